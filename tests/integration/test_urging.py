"""What comes of a customer who presses for their case: whoever has to act is told, once a day."""

import pytest

from backend.domain.alert_list import URGED
from backend.domain.case import Case, Role, State
from backend.domain.work import Alert
from backend.errors import CaseNotFound, Conflict
from backend.ports import World
from backend.services.care_urging import urge
from tests.clock import FakeClock
from tests.racing import race
from tests.working import CONVERSATION, PASS, WORK_OF, case_in, do


def alerts_of(world: World, case: Case) -> list[Alert]:
    with world.read() as work:
        return [alert for alert in work.alerts.of_case(case.id) if alert.detail["about"] == URGED]


def words_kept(world: World, case: Case) -> list[str]:
    with world.read() as work:
        return [entry.detail["reason"] for entry in work.cases.events(case.id) if entry.event == "note"]


@pytest.mark.parametrize(
    ("role", "state"),
    [*WORK_OF.items(), (Role.WAREHOUSE, State.SENDING_BACK), (Role.WAREHOUSE, State.REPLACEMENT_PENDING)],
)
def test_whoever_has_to_act_next_is_told(world: World, role: Role, state: State) -> None:
    case = case_in(world, state)

    assert urge(world, CONVERSATION, case.case_no or "", "快点吧")

    (alert,) = alerts_of(world, case)
    assert (alert.role, alert.detail["reason"]) == (role, "快点吧")
    assert words_kept(world, case)[-1:] == ["快点吧"]


def test_pressing_by_the_button_stands_in_the_log_without_words(world: World) -> None:
    case = case_in(world, State.SUBMITTED)

    assert urge(world, CONVERSATION, case.case_no or "", "")

    with world.read() as work:
        (noted,) = [entry for entry in work.cases.events(case.id) if entry.event == "note"]
    assert (noted.detail[URGED], noted.detail["reason"]) == (State.SUBMITTED.value, "")


def test_pressing_at_the_same_moment_is_told_once(each_world: World) -> None:
    case = case_in(each_world, State.SUBMITTED)

    told = race(4, lambda number: urge(each_world, CONVERSATION, case.case_no or "", f"快点 {number}"))

    assert sorted(told) == [False, False, False, True]
    assert len(alerts_of(each_world, case)) == len(words_kept(each_world, case)) == 1


def test_the_next_day_it_is_told_again(world: World, clock: FakeClock) -> None:
    case = case_in(world, State.SUBMITTED)

    assert urge(world, CONVERSATION, case.case_no or "", "快点")
    clock.advance(hours=24)
    assert urge(world, CONVERSATION, case.case_no or "", "怎么还没好")

    assert [alert.detail["reason"] for alert in alerts_of(world, case)] == ["快点", "怎么还没好"]


def test_what_has_moved_on_can_be_pressed_for_on_the_same_day(world: World) -> None:
    case = case_in(world, State.RECEIVED)

    assert urge(world, CONVERSATION, case.case_no or "", "验一下")
    do(world, case, *PASS[:2], **PASS[2])
    assert urge(world, CONVERSATION, case.case_no or "", "退钱")

    assert [alert.role for alert in alerts_of(world, case)] == [Role.WAREHOUSE, Role.FINANCE]


@pytest.mark.parametrize("state", [State.NEED_INFO, State.PROPOSED, State.AWAITING_RETURN, State.CLOSED])
def test_where_nobody_of_the_shop_can_act_nobody_is_told(world: World, state: State) -> None:
    case = case_in(world, state)

    with pytest.raises(Conflict) as refused:
        urge(world, CONVERSATION, case.case_no or "", "快点")

    assert refused.value.subject == "state"
    assert alerts_of(world, case) == []


def test_a_strangers_case_looks_like_none(world: World) -> None:
    case = case_in(world, State.SUBMITTED)

    with pytest.raises(CaseNotFound):
        urge(world, "nobody", case.case_no or "", "快点")
