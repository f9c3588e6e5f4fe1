"""What a report is counted over: periods in the merchant's zone, the phases of a case, and how shares are rounded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from enum import Enum

from backend.domain.case import State
from backend.domain.clocks import CLOCKS
from backend.domain.complaint import Stage
from backend.domain.complaint_clocks import CLOCKS as COMPLAINT_CLOCKS
from backend.domain.lifecycle import Event
from backend.domain.workdays import MERCHANT_ZONE

MOST_PERIODS = 400
"""More than a year of days: a report with more lines than that is meant otherwise."""


class By(str, Enum):
    """How a range is cut: not at all, into weeks that begin on Monday, or into months."""

    WHOLE = "whole"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Period:
    """From `since` to before `until`, aware UTC; `label` is like 2026-11-01/2026-11-30, 2026-W47 or 2026-11."""

    label: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Phase:
    """A part of the way of a case or a complaint: the time spent in `states`.

    Time in `pauses`, between two stays, is not counted. `starts_by` empty means that any entry begins a visit. `clock`
    is the parameter whose time limit is kept or missed.
    """

    name: str
    clock: str
    states: frozenset[State] | frozenset[Stage]
    pauses: frozenset[State] | frozenset[Stage]
    starts_by: frozenset[Event]
    limited: bool


_PHASES = {
    "first_answer": "sla.first_response_hours",
    "review": "sla.review",
    "approval": "sla.approval",
    "solution": "sla.solution_hours",
    "ship_back": "return.ship_by_days",
    "inspect": "sla.inspect",
    "repair": "sla.repair_workdays",
    "replacement": "sla.replacement_ship_hours",
    "send_back": "sla.send_back_workdays",
    "finance": "sla.finance",
    "payout": "refund.max_workdays",
}
_CUSTOMERS = frozenset({"ship_back"})
"""Phases whose time is the customer's: there is nothing of ours to be kept."""


def _phase(name: str, clock_name: str) -> Phase:
    clock = next(each for each in CLOCKS if each.name == clock_name)
    return Phase(name, clock_name, clock.runs_in, clock.pauses_in, clock.starts_by, name not in _CUSTOMERS)


PHASES: tuple[Phase, ...] = tuple(_phase(name, clock) for name, clock in _PHASES.items())
"""Every phase that is reported, each over the states in which its clock runs."""

_COMPLAINT_PHASES = {"acknowledge": "complaint.ack_hours", "rule": "complaint.reply_workdays"}


def _complaint_phase(name: str, clock_name: str) -> Phase:
    clock = next(each for each in COMPLAINT_CLOCKS if each.name == clock_name)
    return Phase(name, clock_name, clock.runs_in, clock.pauses_in, frozenset(), limited=True)


COMPLAINT_PHASES: tuple[Phase, ...] = tuple(_complaint_phase(*each) for each in _COMPLAINT_PHASES.items())
"""The phases of a complaint: until somebody has acknowledged it, and until it is ruled on (anew, after supervision)."""


def periods(first: date, last: date, by: By = By.WHOLE) -> tuple[Period, ...]:
    """The days from `first` to `last`, both included, cut as told; the outer ones may be shorter.

    Raises ValueError when `last` is before `first`, and for more than 400 periods.
    """
    if last < first:
        raise ValueError(f"{last} is before {first}")
    cut = tuple(_cut(first, last, by))
    if len(cut) > MOST_PERIODS:
        raise ValueError(f"{len(cut)} periods are too many: {MOST_PERIODS} at most")
    return tuple(Period(_label(start, end, by), day_begins(start), day_begins(end + _DAY)) for start, end in cut)


def day_begins(day: date) -> datetime:
    """Midnight of a day in the merchant's zone, in UTC."""
    return datetime.combine(day, time.min, tzinfo=MERCHANT_ZONE).astimezone(timezone.utc)


def percent(part: int, whole: int) -> float | None:
    """A share of a count in percent, half rounded up to one decimal by whole numbers; None of nothing.

    For people to read: it is never of money, and nothing is decided by it (`backend.domain.risk` compares the counts).
    """
    return (2000 * part + whole) // (2 * whole) / 10 if whole else None


def average(total: int, number: int) -> float | None:
    """A mean of scores, half rounded up to two decimals by whole numbers; for people to read. None of nothing."""
    return (200 * total + number) // (2 * number) / 100 if number else None


_DAY = timedelta(days=1)


def _cut(first: date, last: date, by: By) -> Iterator[tuple[date, date]]:
    start = first
    while start <= last:
        end = min(_ends(start, last, by), last)
        yield start, end
        start = end + _DAY


def _ends(start: date, last: date, by: By) -> date:
    if by is By.WEEK:
        return start + timedelta(days=6 - start.weekday())
    if by is By.MONTH:
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1) - _DAY
    return last


def _label(start: date, end: date, by: By) -> str:
    if by is By.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{start:%Y-%m}" if by is By.MONTH else f"{start}/{end}"
