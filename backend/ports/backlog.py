"""What is on its way or left over, in numbers: what an operator watches."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Count:
    """So many rows of a kind, such as messages of the outbox, in a state."""

    kind: str
    state: str
    number: int


@dataclass(frozen=True)
class Oldest:
    """Since when the oldest row of a kind waits; None where none does."""

    kind: str
    since: datetime | None


class Backlogs(Protocol):
    """Counts by index alone, so that they cost the same in a large shop."""

    def counts(self, now: datetime) -> list[Count]:
        """`outbox`, `inbox` (undone updates by channel), `unanswered`, `waiting` (conversations with people by mode),
        `refund` (legs under way by state), `timer` (overdue), `case` (by state).
        """

    def oldest(self, now: datetime) -> list[Oldest]:
        """Of `outbox` (to be sent), `inbox`, `unanswered`, `refund` and `timer` (by when they were due)."""
