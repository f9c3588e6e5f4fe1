"""Days are counted from the day after, in the merchant's zone, and working days ask the calendar."""

import logging
from datetime import date, datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.adapters.work_calendar import ChineseWorkCalendar
from backend.domain.workdays import add_workdays, day_deadline, local_day, workday_deadline

CALENDAR = ChineseWorkCalendar(dict)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_seven_days_after_signing_end_with_the_seventh_day_after_it() -> None:
    end = day_deadline(at("2026-11-01T00:30:00+08:00"), 7)
    assert at("2026-11-08T23:59:59+08:00") < end < at("2026-11-09T00:00:00+08:00")
    assert end.tzinfo is timezone.utc


def test_the_day_is_the_merchants_day_not_the_servers() -> None:
    assert local_day(at("2026-11-01T17:00:00+00:00")) == date(2026, 11, 2)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        local_day(datetime(2026, 11, 1))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        pytest.param(date(2026, 11, 4), 1, date(2026, 11, 5), id="midweek"),
        pytest.param(date(2026, 11, 6), 1, date(2026, 11, 9), id="over-a-weekend"),
        pytest.param(date(2026, 9, 30), 1, date(2026, 10, 8), id="over-the-national-holiday"),
        pytest.param(date(2026, 10, 9), 1, date(2026, 10, 10), id="a-worked-saturday"),
        pytest.param(date(2026, 11, 7), 0, date(2026, 11, 7), id="no-days"),
    ],
)
def test_working_days_skip_holidays_and_count_worked_weekends(start: date, days: int, end: date) -> None:
    assert add_workdays(start, days, CALENDAR.is_workday) == end


def test_a_working_day_deadline_is_the_end_of_that_day() -> None:
    end = workday_deadline(at("2026-11-06T15:00:00+08:00"), 1, CALENDAR.is_workday)
    assert at("2026-11-09T23:59:59+08:00") < end < at("2026-11-10T00:00:00+08:00")


@given(st.dates(date(2026, 1, 1), date(2026, 11, 1)), st.integers(0, 30))
def test_exactly_that_many_working_days_lie_behind_the_result(start: date, days: int) -> None:
    end = add_workdays(start, days, CALENDAR.is_workday)
    passed = [date.fromordinal(day) for day in range(start.toordinal() + 1, end.toordinal() + 1)]
    assert sum(map(CALENDAR.is_workday, passed)) == days


def test_negative_days_are_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        add_workdays(date(2026, 11, 4), -1, CALENDAR.is_workday)


def test_an_override_wins_over_the_calendar() -> None:
    calendar = ChineseWorkCalendar({date(2026, 10, 10): False, date(2026, 10, 1): True}.copy)
    assert not calendar.is_workday(date(2026, 10, 10))
    assert calendar.is_workday(date(2026, 10, 1))


def test_a_year_without_published_holidays_counts_weekdays_and_warns_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calendar = ChineseWorkCalendar({date(2027, 1, 1): False}.copy)
    with caplog.at_level(logging.WARNING):
        worked = [calendar.is_workday(date(2027, 1, day)) for day in (1, 2, 4, 5)]
    assert worked == [False, False, True, True]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "2027" in caplog.text and "work_day" in caplog.text


@pytest.mark.parametrize(("year", "known"), [(2003, False), (2004, True), (2026, True), (2027, False)])
def test_the_calendar_says_which_years_it_knows(year: int, known: bool) -> None:
    assert CALENDAR.covers(year) is known
