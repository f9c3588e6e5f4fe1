"""Risk signals, and what has to be looked up for them: what the services need of their tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from backend.domain.case import Case
from backend.domain.evidence import Evidence
from backend.domain.risk import CustomerRecord, Finding, SeenPhoto, Signal


class RiskSignals(Protocol):
    """Signals of cases, each once for its kind and subject, and the look-ups behind them."""

    def add(self, case_id: int, finding: Finding, at: datetime) -> bool:
        """False when the case has it already."""

    def of_case(self, case_id: int) -> list[Signal]:
        """In the order they were found."""

    def customer_record(self, customer_id: int, beside: Case) -> CustomerRecord:
        """What the customer has beside that case and its order."""

    def remember(self, photos: Sequence[Evidence]) -> None:
        """Keep the fingerprints of photos that hang on a case, so that others are found to be like them."""

    def seen_before(self, photos: Sequence[Evidence], case: Case) -> list[SeenPhoto]:
        """Photos of other cases that are one of these or may look like one.

        Cases about the same order that ended without taking its goods do not count: who asks again shows the same.
        """

    def with_waybill(self, waybill_no: str, case: Case) -> list[str]:
        """Numbers of other cases that had a parcel with this number, in any direction."""
