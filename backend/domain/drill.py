"""A drill: staff practise on buyers that do not exist, told apart by their channel and their orders' numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from backend.domain.ownership import Outcome

CHANNEL = "drill"
"""The channel of its conversations; nothing leaves the house there."""
ORDERS = "DRILL-"
"""What the numbers of its orders begin with."""
MOST = 50
"""Conversations of one drill; own number."""

_SOLVED = (Outcome.SOLVED.value, Outcome.CASE_FOLLOWS.value)


@dataclass(frozen=True)
class DrillTalk:
    """A conversation of a drill, from when people were asked for. Times are aware UTC, None while it has not happened.

    `outcome` is one of `ownership.Outcome`; `case_no` where a case was filed with it.
    """

    conversation_id: str
    number: int
    requested_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    first_answer_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    case_no: str | None

    @property
    def solved_at(self) -> datetime | None:
        return self.closed_at if self.outcome in _SOLVED else None


@dataclass(frozen=True)
class Reactions:
    """How soon something happened in a drill's conversations: in how many, and after how many whole seconds."""

    happened: int
    average: int | None
    slowest: int | None


def reactions(waits: Iterable[tuple[datetime, datetime | None]]) -> Reactions:
    """Of (since when, until when) for each conversation."""
    seconds = [int((until - since).total_seconds()) for since, until in waits if until is not None]
    if not seconds:
        return Reactions(0, None, None)
    return Reactions(len(seconds), sum(seconds) // len(seconds), max(seconds))
