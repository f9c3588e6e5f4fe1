"""Causes that repeat: the crisis signal, what is done about them, and whether it helped."""

from datetime import date, timedelta
from typing import Any

import pytest

from backend.domain.case import Actor, Role
from backend.errors import Conflict, ImprovementNotFound, ImprovementRefused
from backend.ports import World
from backend.services.crisis import watch_for_crises
from backend.services.improvements import add_improvement, close_improvement, list_improvements
from backend.services.reports import make_report
from tests.clock import START, FakeClock
from tests.racing import race
from tests.working import a_working_shop, file_case

SUPERVISOR = Actor(Role.SUPERVISOR, "周主管")
DUE = date(2026, 12, 1)
CAUSE = {"reason": "no_reason", "sku": "CUP"}
ACTION: dict[str, Any] = {**CAUSE, "action": "改页面上的尺寸图", "owner": "小林", "due": DUE, "by": SUPERVISOR}


@pytest.fixture
def world(each_world: World) -> World:
    return each_world


def a_case(world: World, number: int) -> int:
    """One more case about the same cup, for the same reason."""
    shop: dict[str, Any] = {"conversation": f"conv-{number}", "order": f"2026112000{number:02d}"}
    a_working_shop(world, **shop)
    return file_case(world, **shop).id


def alerts(world: World, case_id: int) -> list[tuple[str, str]]:
    with world.read() as work:
        return [(each.kind, each.role.value) for each in work.alerts.of_case(case_id) if each.kind == "crisis"]


def test_five_cases_of_one_cause_in_a_day_alert_the_managers_once(world: World, clock: FakeClock) -> None:
    for number in range(1, 5):
        a_case(world, number)
    assert watch_for_crises(world) == 0
    fifth = a_case(world, 5)
    assert watch_for_crises(world) == 1
    assert alerts(world, fifth) == [("crisis", "manager")]
    a_case(world, 6)
    assert watch_for_crises(world) == 0, "the same cause is not alerted twice a day"
    clock.advance(hours=15)  # after midnight there, and still within 24 hours
    assert watch_for_crises(world) == 1


def test_five_cases_in_two_days_are_no_crisis(world: World, clock: FakeClock) -> None:
    for number in range(1, 6):
        a_case(world, number)
        clock.advance(hours=7)
    assert watch_for_crises(world) == 0


def test_a_crisis_is_alerted_once_however_many_workers_watch(world: World) -> None:
    for number in range(1, 6):
        a_case(world, number)
    assert sum(race(4, lambda _: watch_for_crises(world))) == 1


def test_an_action_is_begun_and_finished_and_told_with_its_cause(world: World, clock: FakeClock) -> None:
    a_case(world, 1)
    action = add_improvement(world, **ACTION)
    report = make_report(world, "causes", START.date(), START.date(), least=1)
    assert [(row["improvement_id"], row["owner"], row["due"]) for row in report.rows] == [
        (action.id, "小林", "2026-12-01")
    ]
    clock.advance(days=1)
    closed = close_improvement(world, action.id, outcome="已上线", by=Actor(Role.AGENT, "小林"))
    assert (closed.closed_by, closed.outcome, closed.closed_at) == ("小林", "已上线", clock.now())
    assert list_improvements(world, only_open=True) == []


def test_closing_again_keeps_the_first_outcome(world: World) -> None:
    a_case(world, 1)
    action = add_improvement(world, **ACTION)
    close_improvement(world, action.id, outcome="已上线", by=SUPERVISOR)
    assert close_improvement(world, action.id, outcome="别的", by=SUPERVISOR).outcome == "已上线"


def test_one_action_against_a_cause_is_open_at_a_time(world: World) -> None:
    a_case(world, 1)

    def begin(_: int) -> bool:
        try:
            add_improvement(world, **ACTION)
        except Conflict:
            return False
        return True

    assert sum(race(4, begin)) == 1
    (action,) = list_improvements(world)
    close_improvement(world, action.id, outcome="已上线", by=SUPERVISOR)
    assert begin(0), "a finished one does not stand in the way"


@pytest.mark.parametrize(
    ("changes", "what_to_do"),
    [
        ({"reason": "weather"}, "name a reason out of quality"),
        ({"sku": "MUG"}, "there was no case of no_reason with 'MUG'"),
        ({"action": "  "}, "say what is done"),
        ({"owner": "无名氏"}, "name an active member of staff"),
        ({"due": date(2026, 11, 21)}, "name a day from 2026-11-22 on"),
        ({"by": Actor(Role.AGENT, "小林")}, "小林 may not"),
    ],
    ids=["reason", "sku", "action", "owner", "due", "role"],
)
def test_an_action_that_cannot_be_is_refused_with_what_to_give(
    world: World, changes: dict[str, Any], what_to_do: str
) -> None:
    a_case(world, 1)
    with pytest.raises(ImprovementRefused, match=what_to_do):
        add_improvement(world, **{**ACTION, **changes})


def test_only_the_owner_or_who_decides_closes_an_action_that_there_is(world: World) -> None:
    a_case(world, 1)
    action = add_improvement(world, **ACTION)
    with pytest.raises(ImprovementRefused, match="老吴 may not"):
        close_improvement(world, action.id, outcome="好了", by=Actor(Role.WAREHOUSE, "老吴"))
    with pytest.raises(ImprovementNotFound):
        close_improvement(world, 999, outcome="好了", by=SUPERVISOR)


def test_the_effect_is_cases_and_pieces_sold_before_and_after(world: World, clock: FakeClock) -> None:
    for number in (1, 2, 3):
        a_case(world, number)
    clock.advance(days=1)
    action = add_improvement(world, **ACTION)
    close_improvement(world, action.id, outcome="已上线", by=SUPERVISOR)
    clock.advance(days=2)
    a_case(world, 4)
    clock.advance(seconds=1)
    last = (clock.now() + timedelta(days=1)).date()
    (row,) = make_report(world, "improvements", START.date(), last).rows
    assert (row["cases_before"], row["cases_after"]) == (3, 1)
    assert (row["sold_before"], row["rate_before_pct"]) == (8, 37.5)
    assert row["compared_seconds"] == 2 * 86400 + 1
