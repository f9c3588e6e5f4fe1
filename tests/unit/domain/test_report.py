"""How a range of days is cut, and how shares are rounded."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from backend.domain.improvement import Improvement, compared
from backend.domain.report import PHASES, By, average, percent, periods
from tests.clock import START


def labels(first: date, last: date, by: By) -> list[str]:
    return [period.label for period in periods(first, last, by)]


def test_a_day_lasts_from_midnight_to_midnight_of_the_merchants_zone() -> None:
    (day,) = periods(date(2026, 11, 22), date(2026, 11, 22))
    assert day.since == datetime(2026, 11, 21, 16, tzinfo=timezone.utc)
    assert day.until - day.since == timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "last", "by", "expected"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), By.WHOLE, ["2026-11-01/2026-11-30"]),
        (date(2026, 11, 22), date(2026, 11, 23), By.WEEK, ["2026-W47", "2026-W48"]),
        (date(2026, 12, 31), date(2027, 1, 1), By.WEEK, ["2026-W53"]),
        (date(2026, 11, 30), date(2027, 1, 1), By.MONTH, ["2026-11", "2026-12", "2027-01"]),
        (date(2024, 2, 29), date(2024, 3, 1), By.MONTH, ["2024-02", "2024-03"]),
    ],
    ids=["whole", "sunday-and-monday", "week-over-new-year", "months", "leap-day"],
)
def test_ranges_are_cut_at_mondays_and_firsts(first: date, last: date, by: By, expected: list[str]) -> None:
    assert labels(first, last, by) == expected


@pytest.mark.parametrize("by", list(By))
def test_periods_follow_each_other_without_gap_or_overlap(by: By) -> None:
    cut = periods(date(2026, 1, 15), date(2026, 12, 15), by)
    assert all(before.until == after.since for before, after in pairwise(cut))
    (whole,) = periods(date(2026, 1, 15), date(2026, 12, 15))
    assert (cut[0].since, cut[-1].until) == (whole.since, whole.until)


def test_more_periods_than_anybody_reads_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        periods(date(1990, 1, 1), date(2026, 1, 1), By.WEEK)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(1, 3, 33.3), (2, 3, 66.7), (1, 8, 12.5), (1, 2000, 0.1), (1, 2001, 0.0), (0, 5, 0.0), (5, 5, 100.0)],
)
def test_a_share_has_one_decimal_half_rounded_up(part: int, whole: int, expected: float) -> None:
    assert percent(part, whole) == expected


def test_a_share_of_nothing_and_a_mean_of_nothing_are_no_figures() -> None:
    assert (percent(0, 0), average(0, 0)) == (None, None)


def test_a_mean_has_two_decimals() -> None:
    assert (average(13, 3), average(9, 2)) == (4.33, 4.5)


def test_the_phases_run_where_their_clocks_run() -> None:
    review = next(phase for phase in PHASES if phase.name == "review")
    assert {state.value for state in review.states} == {"SUBMITTED"}
    assert {state.value for state in review.pauses} == {"NEED_INFO", "PROPOSED"}


def an_action(**changes: object) -> Improvement:
    made = {"id": 1, "reason": "size", "sku": "CUP", "action": "改尺码表", "owner": "小林", "due": date(2026, 12, 1)}
    return Improvement(**{**made, "opened_by": "周主管", "opened_at": START, **changes})  # type: ignore[arg-type]


def test_an_effect_is_compared_over_stretches_of_the_same_length() -> None:
    action = an_action(closed_at=START + timedelta(days=10))
    found = compared(action, START + timedelta(days=15))
    assert found is not None
    assert found.before == (START - timedelta(days=5), START)
    assert found.after == (START + timedelta(days=10), START + timedelta(days=15))
    long_ago = compared(action, START + timedelta(days=400))
    assert long_ago is not None and long_ago.after[1] - long_ago.after[0] == timedelta(days=28)


def test_there_is_no_effect_before_the_action_is_finished() -> None:
    assert compared(an_action(), START + timedelta(days=5)) is None
