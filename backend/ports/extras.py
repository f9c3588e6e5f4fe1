"""What cases give beside their refunds, and the spot checks of refunds: what the services need of their tables."""

from datetime import datetime
from typing import Any, Protocol

from backend.domain.extra import Extra, ExtraState
from backend.domain.spot_check import Found, SpotCheck


class Extras(Protocol):
    """Compensations and reimbursed freight, each with its append-only log."""

    def add(self, extra: Extra, *, by: str) -> Extra:
        """Insert with a line in the log. Raises Conflict: `freight` or `cause` for one that the case has already."""

    def save(self, extra: Extra, *, by: str, at: datetime, detail: dict[str, Any]) -> Extra:
        """Write as the next version, with a line in the log. Raises Conflict unless the stored version is its own."""

    def by_number(self, extra_no: str) -> Extra | None: ...

    def of_case(self, case_id: int) -> list[Extra]:
        """In the order they were proposed."""

    def find(self, *, state: ExtraState | None, limit: int) -> list[Extra]:
        """Newest first."""

    def log(self, extra_id: int) -> list[tuple[datetime, str, ExtraState, dict[str, Any]]]:
        """Every change as (time, who, state, detail), oldest first."""


class SpotChecks(Protocol):
    """Refunds that somebody looks at again."""

    def add(self, check: SpotCheck) -> bool:
        """False when the refund was drawn before."""

    def by_number(self, refund_no: str) -> SpotCheck | None: ...

    def find(self, *, only_open: bool, limit: int) -> list[SpotCheck]:
        """Newest first."""

    def settle(self, refund_no: str, by: str, at: datetime, found: Found, note: str) -> bool:
        """Record what was found, by one conditional UPDATE; False when somebody did before."""
