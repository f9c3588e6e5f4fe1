"""Two things happen to one case in the same instant: one of them counts, and nothing is done twice."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.domain.case import Actor, Case, Role, State
from backend.domain.lifecycle import Event as E
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.errors import Conflict, GuardRefused, IllegalTransition, PayoutRefused
from backend.ports import World
from backend.services.acting import act
from backend.services.acts import Given
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund, record_voucher, reroute_refund, retry_refund
from tests.clock import FakeClock
from tests.due import run_due
from tests.money import FINANCE, approved_case, events_of, reload, reserved
from tests.racing import race
from tests.working import NAMES, REJECT, case_in, do, stored, told

R, S = Role, State
Deed = Callable[[], object]

LOST = (IllegalTransition, GuardRefused, PayoutRefused, Conflict)
"""What whoever comes second is answered with."""


def at_once(*deeds: Deed) -> list[Exception | None]:
    """Do them all in the same instant; for each, what it was refused with."""

    def attempt(number: int) -> Exception | None:
        try:
            deeds[number]()
        except LOST as refused:
            return refused
        return None

    return race(len(deeds), attempt)


def moves_of(world: World, case: Case) -> list[str]:
    """The events that changed the case's state since it was as given, in order."""
    with world.read() as work:
        events = work.cases.events(case.id)
    return [each.event for each in events if each.version > case.version and each.from_state is not each.to_state]


def by(world: World, case: Case, event: E, role: Role, **given: Any) -> Deed:
    return lambda: do(world, case, event, role, **given)


def the_clock(world: World) -> Deed:
    return lambda: run_due(world)


def test_of_two_staff_who_decide_differently_one_decides(each_world: World) -> None:
    case = case_in(each_world, S.SUBMITTED)

    refused = at_once(
        by(each_world, case, E.APPROVE, R.AGENT), by(each_world, case, E.REJECT, R.SUPERVISOR, **REJECT[2])
    )

    assert sum(each is None for each in refused) == 1
    (decided,) = moves_of(each_world, case)
    assert stored(each_world, case).state is {"approve": S.AWAITING_RETURN, "reject": S.REJECTED}[decided]


def test_of_two_who_decide_on_what_they_both_have_before_their_eyes_one_decides(each_world: World) -> None:
    case = case_in(each_world, S.PENDING_APPROVAL)

    def deed(event: E, role: Role, **given: Any) -> Deed:
        actor, seen = Actor(role, NAMES[role]), case.version
        return lambda: act(
            each_world, case.case_no or "", event, actor=actor, given=Given(**given), expected_version=seen
        )

    refused = at_once(deed(E.SEND_BACK, R.MANAGER, reason="再核对"), deed(E.APPROVE, R.SUPERVISOR))

    assert sum(each is None for each in refused) == 1 == len(moves_of(each_world, case))


def test_two_who_pass_the_same_goods_pass_them_once(each_world: World) -> None:
    case = case_in(each_world, S.RECEIVED)

    at_once(*[by(each_world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"})] * 3)

    assert moves_of(each_world, case) == ["inspect_pass"]
    assert told(each_world, case).count("inspection_passed") == 1


def test_one_who_passes_goods_and_one_who_finds_fault_do_not_both(each_world: World) -> None:
    case = case_in(each_world, S.RECEIVED)
    fault: dict[str, Any] = {"grades": {1: "C"}, "photos": ("shelf",), "reason": "有划痕"}

    refused = at_once(
        by(each_world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"}),
        by(each_world, case, E.INSPECT_FAIL, R.WAREHOUSE, **fault),
    )

    assert sum(each is None for each in refused) == 1 == len(moves_of(each_world, case))


CUSTOMER_AND_STAFF = [
    pytest.param(S.SUBMITTED, (E.WITHDRAW, {"confirmed": True}), (E.APPROVE, R.AGENT, {}), id="withdraw-approve"),
    pytest.param(S.SUBMITTED, (E.EDIT, {}), (E.APPROVE, R.AGENT, {}), id="edit-approve"),
    pytest.param(
        S.AWAITING_RETURN,
        (E.WITHDRAW, {"confirmed": True}),
        (E.RECEIVE, R.WAREHOUSE, {"counted": {1: 2}}),
        id="withdraw-receive",
    ),
    pytest.param(S.PROPOSED, (E.DECLINE, {}), (E.APPROVE, R.AGENT, {"consent": "电话同意"}), id="decline-approve"),
    pytest.param(S.REJECTED, (E.APPEAL, {"reason": "补充"}), (E.NOTE, R.AGENT, {"reason": "x"}), id="appeal-note"),
]


@pytest.mark.parametrize(("state", "customers", "staffs"), CUSTOMER_AND_STAFF)
def test_of_customer_and_staff_at_once_each_case_has_one_story(
    each_world: World, state: State, customers: tuple[E, dict[str, Any]], staffs: tuple[E, Role, dict[str, Any]]
) -> None:
    case = case_in(each_world, state)
    event, role, given = staffs

    at_once(by(each_world, case, customers[0], R.CUSTOMER, **customers[1]), by(each_world, case, event, role, **given))

    with each_world.read() as work:
        events = work.cases.events(case.id)
    steps = [(each.from_state, each.to_state) for each in events if each.version > case.version]
    ends = [case.state, *(to for _, to in steps)]
    assert [came for came, _ in steps] == ends[:-1], "every event goes on from where the one before it led"
    assert stored(each_world, case).state is ends[-1]
    assert [each.version for each in events] == sorted({each.version for each in events})


def test_a_customer_who_says_yes_and_no_at_once_has_said_one_of_them(each_world: World) -> None:
    case = case_in(each_world, S.PROPOSED)

    refused = at_once(by(each_world, case, E.ACCEPT, R.CUSTOMER), by(each_world, case, E.DECLINE, R.CUSTOMER))

    assert sum(each is None for each in refused) == 1 == len(moves_of(each_world, case))


def test_whoever_objects_and_agrees_at_once_never_loses_the_objection(each_world: World) -> None:
    case = case_in(each_world, S.INSPECTION_ISSUE)

    at_once(
        by(each_world, case, E.OBJECT, R.CUSTOMER, reason="寄出时完好"),
        by(each_world, case, E.ACCEPT_PARTIAL, R.CUSTOMER, consent="同意"),
    )

    now = stored(each_world, case)
    assert (now.state, now.dispute_open) in ((S.REFUND_PENDING, False), (S.INSPECTION_ISSUE, True))


CLOCK_AND_PEOPLE = [
    pytest.param(S.NEED_INFO, 3.2, E.INFO_ADDED, R.CUSTOMER, {"evidence": ("tag",)}, "expire", id="answer"),
    pytest.param(S.PROPOSED, 4, E.ACCEPT, R.CUSTOMER, {}, "expire", id="yes"),
    pytest.param(S.REJECTED, 8, E.APPEAL, R.CUSTOMER, {"reason": "补充说明"}, "expire", id="appeal"),
    pytest.param(S.AWAITING_RETURN, 10, E.RECEIVE, R.WAREHOUSE, {"counted": {1: 2}}, "expire", id="parcel"),
    pytest.param(S.REPLACEMENT_SHIPPED, 16, E.DELIVERED, R.CARRIER, {}, "delivered", id="delivery"),
    pytest.param(S.AWAITING_CONFIRM, 8, E.CONFIRM, R.CUSTOMER, {}, "auto_confirm", id="confirmation"),
]


@pytest.mark.parametrize(("state", "days", "event", "role", "given", "by_clock"), CLOCK_AND_PEOPLE)
def test_of_the_clock_and_somebody_in_its_last_moment_one_comes_first(
    each_world: World,
    clock: FakeClock,
    state: State,
    days: float,
    event: E,
    role: Role,
    given: dict[str, Any],
    by_clock: str,
) -> None:
    case = case_in(each_world, state)
    clock.advance(days=days)

    at_once(by(each_world, case, event, role, **given), the_clock(each_world), the_clock(each_world))

    moves = moves_of(each_world, case)
    assert moves and moves[0] in (event.value, by_clock)
    assert moves.count(by_clock) <= 1 and moves.count(event.value) <= 1
    with each_world.read() as work:
        assert work.timers.due(clock.now(), 100) == []


def test_a_case_that_is_held_while_it_is_paid_is_paid_whole_or_not_at_all(each_world: World) -> None:
    case = approved_case(each_world)

    refused = at_once(
        lambda: pay_refund(each_world, case.case_no or "", FINANCE),
        by(each_world, case, E.HOLD, R.SUPERVISOR, reason="金额可疑"),
    )

    now = reload(each_world, case)
    assert now.risk_hold and refused[1] is None
    assert (now.state, reserved(each_world, case)) == (
        (S.REFUNDING, 5000) if refused[0] is None else (S.REFUND_PENDING, 0)
    )


def test_finance_pays_or_gives_back_to_the_approver_but_not_both(each_world: World) -> None:
    case = approved_case(each_world)

    refused = at_once(
        lambda: pay_refund(each_world, case.case_no or "", FINANCE),
        by(each_world, case, E.AMOUNT_MISMATCH, R.FINANCE, reason="金额不符"),
    )

    assert sum(each is None for each in refused) == 1
    assert reserved(each_world, case) == (5000 if reload(each_world, case).state is S.REFUNDING else 0)


def answer(case: Case, state: LegState) -> RefundAnswer:
    return RefundAnswer(f"{case.case_no}-1", state, 5000, provider_no="P1", account="招商银行信用卡0403")


def test_a_callback_a_repeat_of_it_and_our_own_question_settle_a_refund_once(each_world: World) -> None:
    case = approved_case(each_world)
    pay_refund(each_world, case.case_no or "", FINANCE)
    paid = answer(case, LegState.SUCCESS)

    legs = race(
        4,
        lambda number: record_result(
            each_world, paid, (Source.CALLBACK, Source.QUERY)[number % 2], by=f"worker-{number}"
        ),
    )

    assert {leg.state for leg in legs} == {LegState.SUCCESS}
    assert events_of(each_world, case).count("refund_succeeded") == 1
    assert told(each_world, case).count("refund_done") == 1
    assert reserved(each_world, case) == 5000


def test_a_failed_refund_that_two_try_again_at_once_gets_one_new_number(each_world: World) -> None:
    case = approved_case(each_world)
    pay_refund(each_world, case.case_no or "", FINANCE)
    record_result(each_world, answer(case, LegState.FAILED), Source.QUERY, by="test")

    race(4, lambda _: retry_refund(each_world, case.case_no or "", FINANCE))

    with each_world.read() as work:
        numbers = [leg.refund_no for leg in work.refunds.of_case(case.id)]
    assert numbers == [f"{case.case_no}-1", f"{case.case_no}-1-r2"]
    assert reserved(each_world, case) == 5000


def test_of_two_vouchers_for_one_refund_one_is_kept(each_world: World) -> None:
    case = approved_case(each_world)
    pay_refund(each_world, case.case_no or "", FINANCE)
    record_result(each_world, answer(case, LegState.FAILED), Source.QUERY, by="test")
    reroute_refund(each_world, case.case_no or "", FINANCE, "电话同意退到银行卡")
    number = f"{case.case_no}-1-r2"

    race(3, lambda each: at_once(lambda: record_voucher(each_world, number, f"回单-{each}", FINANCE)))

    assert events_of(each_world, case).count("refund_succeeded") == 1
    with each_world.read() as work:
        leg = work.refunds.by_number(number)
    assert leg is not None and leg.provider_no.startswith("回单-")
