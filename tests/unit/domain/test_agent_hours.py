"""Working time of agents: it passes in their hours only, on their days only, over any number of nights."""

from datetime import date, datetime, timedelta

import pytest

from backend.domain.agent_hours import AgentHours
from backend.domain.workdays import MERCHANT_ZONE

HOURS = AgentHours(9, 21)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=MERCHANT_ZONE)


def _weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (_at(23, 10), _at(23, 10, 30), 30),
        (_at(23, 8), _at(23, 9, 30), 30),
        (_at(23, 20, 30), _at(23, 23), 30),
        (_at(23, 20), _at(24, 10), 120),
        (_at(23, 21), _at(24, 9), 0),
        (_at(23, 8), _at(25, 8), 24 * 60),
        (_at(23, 11), _at(23, 10), 0),
        (_at(24, 8), _at(23, 22), 0),
    ],
    ids=[
        "within",
        "before opening",
        "after closing",
        "over a night",
        "a night",
        "two days",
        "backwards",
        "and at night",
    ],
)
def test_only_the_hours_of_agents_pass(start: datetime, end: datetime, minutes: int) -> None:
    assert HOURS.between(start, end) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        (_at(23, 10), 30, _at(23, 10, 30)),
        (_at(23, 8), 30, _at(23, 9, 30)),
        (_at(23, 20, 50), 20, _at(24, 9, 10)),
        (_at(23, 20), 60, _at(23, 21)),
        (_at(23, 22), 0, _at(24, 9)),
        (_at(23, 10), 24 * 60, _at(25, 10)),
    ],
    ids=["within", "from opening", "over a night", "to the last minute", "nothing", "two days"],
)
def test_what_is_allowed_is_over_when_that_much_time_was_worked(start: datetime, minutes: int, end: datetime) -> None:
    found = HOURS.after(start, timedelta(minutes=minutes))
    assert found == end and found.utcoffset() == timedelta(0)


def test_days_off_do_not_count() -> None:
    hours = AgentHours(9, 21, works_on=_weekday)
    friday, monday = _at(20, 20, 50), _at(23, 9, 10)
    assert hours.between(friday, monday) == timedelta(minutes=20)
    assert hours.after(friday, timedelta(minutes=20)) == monday
    assert not hours.cover(_at(21, 12)) and hours.next_moment(_at(21, 12)) == _at(23, 9)


def test_hours_that_end_with_the_day_are_followed_by_the_next() -> None:
    always = AgentHours(0, 24)
    assert always.between(_at(23, 22), _at(24, 2)) == timedelta(hours=4)
    assert always.next_moment(_at(23, 23, 59)) == _at(23, 23, 59)
