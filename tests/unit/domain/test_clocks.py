"""The clocks of a case: every parameter with a clock has one, and their marks lie where the rule book says."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.adapters.rule_book import SHIPPED, parse, read_directory
from backend.domain.case import State
from backend.domain.clocks import CLOCKS, CaseClock, Mark, marks
from backend.domain.progress import WAITING
from backend.domain.quiet_hours import when_awake
from backend.domain.rules import Rules
from backend.domain.work_time import after_work_time, work_time
from tests.builders import a_filed_case
from tests.unit.rules.orders import at


def weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.fixture(scope="module")
def rules() -> Rules:
    return parse(read_directory(SHIPPED).text).rules


def clock_named(name: str) -> CaseClock:
    return next(clock for clock in CLOCKS if clock.name == name)


def test_every_state_that_waits_has_its_clock() -> None:
    for state, waiting in WAITING.items():
        running = {clock.name for clock in CLOCKS if state in clock.runs_in}
        expected = waiting.clock.removesuffix(".default") if waiting.clock else None
        assert expected is None or expected in running, state


def test_nothing_runs_once_a_case_is_closed() -> None:
    assert not [clock.name for clock in CLOCKS if State.CLOSED in clock.runs_in | clock.pauses_in]


def test_a_review_is_warned_about_at_50_and_80_percent_of_the_working_day(rules: Rules) -> None:
    planned = marks(clock_named("sla.review"), a_filed_case(), rules, at("2026-11-20 18:00:00"), weekday)  # a Friday
    assert [each.mark for each in planned] == [Mark.WARN, Mark.WARN, Mark.BREACH]
    # Six hours of Friday and twenty-four of Monday: half of them are over on Monday at nine.
    assert abs(planned[0].due_at - at("2026-11-23 09:00:00")) < timedelta(seconds=1)
    assert planned[2].due_at.replace(microsecond=0) == at("2026-11-23 23:59:59")
    assert planned[0].due_at < planned[1].due_at < planned[2].due_at


def test_a_return_is_reminded_of_on_day_3_and_6_and_ends_two_days_after_the_told_end(rules: Rules) -> None:
    start = at("2026-11-20 10:00:00")
    planned = marks(clock_named("return.ship_by_days"), a_filed_case(), rules, start, weekday)
    assert [each.due_at for each in planned[:2]] == [start + timedelta(days=3), start + timedelta(days=6)]
    assert planned[2].due_at.replace(microsecond=0) == at("2026-11-29 23:59:59")
    told = datetime.fromisoformat(planned[2].detail["told_until"])
    assert told.replace(microsecond=0) == at("2026-11-27 23:59:59")


def test_a_refund_for_a_changed_mind_is_due_sooner(rules: Rules) -> None:
    start = at("2026-11-23 10:00:00")  # a Monday
    refund = clock_named("refund.max_workdays")
    cases = [replace(a_filed_case(), reason_claimed=reason) for reason in ("no_reason", "quality")]
    ends = [marks(refund, case, rules, start, weekday)[-1].due_at.replace(microsecond=0) for case in cases]
    assert ends == [at("2026-11-26 23:59:59"), at("2026-12-02 23:59:59")]


MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 1)).map(
    lambda naive: naive.astimezone()
)


@given(MOMENTS, st.integers(min_value=1, max_value=10 * 24 * 3600))
def test_a_clock_that_stood_still_goes_on_where_it_stopped(start: datetime, seconds: int) -> None:
    amount = timedelta(seconds=seconds)
    assert work_time(start, after_work_time(start, amount, weekday), weekday) == amount


@given(MOMENTS, MOMENTS, MOMENTS)
def test_work_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    a, b, c = sorted((one, two, three))
    assert work_time(a, b, weekday) + work_time(b, c, weekday) == work_time(a, c, weekday)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("2026-11-20 21:59:59", "2026-11-20 21:59:59"),
        ("2026-11-20 22:00:00", "2026-11-21 08:00:00"),
        ("2026-11-21 03:00:00", "2026-11-21 08:00:00"),
        ("2026-11-21 08:00:00", "2026-11-21 08:00:00"),
    ],
)
def test_customers_are_left_in_peace_at_night(said: str, heard: str) -> None:
    assert when_awake(at(said), 22, 8) == at(heard)


def test_quiet_hours_may_lie_within_a_day() -> None:
    assert when_awake(at("2026-11-20 03:00:00"), 0, 8) == at("2026-11-20 08:00:00")
    assert when_awake(at("2026-11-20 23:00:00"), 0, 8) == at("2026-11-20 23:00:00")
