"""Accounts, log-ins and the audit trail: what the services need of their tables, and of the hashing of passwords."""

from datetime import datetime
from typing import Protocol

from backend.domain.access import Account, StaffSession
from backend.domain.audit import AuditEntry


class Accounts(Protocol):
    """What staff log in with."""

    def get(self, name: str) -> Account | None:
        """Read for update: of two log-ins that fail at once both are counted."""

    def put(self, account: Account, at: datetime) -> None:
        """Insert or replace."""

    def count(self) -> int: ...


class StaffSessions(Protocol):
    """Log-ins, found by the hash of their token."""

    def add(self, session: StaffSession) -> None: ...

    def get(self, token_hash: str) -> StaffSession | None: ...

    def touch(self, token_hash: str, at: datetime) -> None:
        """It was used at that time."""

    def revoke(self, token_hash: str) -> None: ...

    def revoke_all(self, name: str) -> int:
        """How many were alive."""

    def of_member(self, name: str, since: datetime) -> list[StaffSession]:
        """Those not revoked that began since then, newest first."""


class AuditTrail(Protocol):
    """What staff did, append-only."""

    def add(self, entry: AuditEntry) -> None: ...

    def find(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        before: int | None = None,
        limit: int,
    ) -> list[AuditEntry]:
        """Newest first; `action` may be only its beginning, `before` is the id of the last one seen."""


class Passwords(Protocol):
    """Slow, salted hashes of passwords."""

    def hash(self, password: str) -> str: ...

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Takes the same long time whether it is right, wrong, or there is no hash at all."""

    def stale(self, password_hash: str) -> bool:
        """Whether it was made by weaker parameters than are used now."""
