"""What the rules approve without people: at filing, and when the review has missed its time; and never beyond that."""

from contextlib import suppress

import pytest

from backend.domain.case import Actor, Case, Role, State
from backend.domain.lifecycle import Event as E
from backend.domain.payout import last_approver
from backend.domain.request import Reason, Remedy
from backend.domain.rule_types import ReviewBreach, Severity
from backend.errors import Conflict, GuardRefused, IllegalTransition
from backend.ports import World
from backend.services.extras import Wanted, propose_compensation
from tests.clock import FakeClock
from tests.due import run_due
from tests.racing import race
from tests.working import a_working_shop, do, file_case, stored, told, under_rules

R, S = Role, State
SMALL = 5000


def automatic(world: World, **more: object) -> World:
    return under_rules(world, approval__auto__enabled=True, **more)


def on_breach(world: World, **more: object) -> World:
    return under_rules(world, sla__review_breach_action=ReviewBreach.AUTO_APPROVE, **more)


def approvals(world: World, case: Case) -> list[tuple[str, Role]]:
    with world.read() as work:
        return [(entry.actor, entry.role) for entry in work.cases.events(case.id) if entry.event == "approve"]


def past_the_review(clock: FakeClock, case: Case) -> None:
    assert case.due_at is not None
    clock.advance(seconds=(case.due_at - clock.now()).total_seconds() + 1)


def test_off_by_default(world: World) -> None:
    a_working_shop(world, price_fen=SMALL)
    assert file_case(world, Remedy.REFUND_ONLY).state is S.SUBMITTED


def test_a_small_order_that_has_not_left_is_approved_as_soon_as_it_is_filed(each_world: World) -> None:
    world = automatic(each_world)
    a_working_shop(world, price_fen=SMALL)

    case = file_case(world, Remedy.REFUND_ONLY)

    assert (case.state, case.approved_fen) == (S.REFUND_PENDING, SMALL)
    assert approvals(world, case) == [("system", R.SYSTEM)]
    assert told(world, case) == ["case_submitted", "approved_refund"]
    with world.read() as work:
        assert last_approver(work.cases.events(case.id)) == "system"


def test_what_was_missing_and_is_worth_little_goes_straight_to_the_warehouse(world: World) -> None:
    world = automatic(world)
    a_working_shop(world, price_fen=SMALL)
    assert file_case(world, Remedy.RESHIP).state is S.REPLACEMENT_PENDING


def test_goods_that_come_back_are_approved_too_where_their_reason_is_listed(world: World) -> None:
    world = automatic(world, approval__auto__reasons=(Reason.NO_REASON,))
    a_working_shop(world, price_fen=SMALL)
    assert file_case(world, Remedy.RETURN_REFUND).state is S.AWAITING_RETURN


@pytest.mark.parametrize(
    ("price", "remedy", "rules"),
    [
        (SMALL + 2, Remedy.REFUND_ONLY, {}),
        (SMALL, Remedy.RETURN_REFUND, {}),
        (SMALL, Remedy.REFUND_ONLY, {"risk__signals__new_account_amount": SMALL}),
        (SMALL, Remedy.REFUND_ONLY, {"approval__platform_second_review": True}),
    ],
    ids=["too much", "reason not listed", "a risk signal", "the platform reviews"],
)
def test_everything_else_waits_for_people(world: World, price: int, remedy: Remedy, rules: dict[str, object]) -> None:
    world = automatic(world, **rules)
    a_working_shop(world, price_fen=price)
    case = file_case(world, remedy)
    assert (case.state, approvals(world, case)) == (S.SUBMITTED, [])
    with pytest.raises(GuardRefused):
        do(world, case, E.APPROVE, R.SYSTEM)


def test_an_overdue_review_is_escalated_unless_the_rules_say_otherwise(world: World, clock: FakeClock) -> None:
    a_working_shop(world, price_fen=SMALL)
    case = file_case(world)
    past_the_review(clock, case)
    run_due(world)
    assert (stored(world, case).state, stored(world, case).sla_breached) == (S.SUBMITTED, True)


def test_an_overdue_review_ends_with_an_approval_where_the_rules_say_so(each_world: World, clock: FakeClock) -> None:
    world = on_breach(each_world)
    a_working_shop(world, price_fen=SMALL)
    case = file_case(world)
    assert case.due_at is not None
    clock.advance(seconds=(case.due_at - clock.now()).total_seconds() - 60)
    run_due(world)
    assert stored(world, case).state is S.SUBMITTED

    clock.advance(seconds=61)
    run_due(world)

    assert stored(world, case).state is S.AWAITING_RETURN
    assert approvals(world, case) == [("system", R.SYSTEM)]
    with world.read() as work:
        assert not any(alert.detail["about"] == "sla.review" for alert in work.alerts.of_case(case.id))
    assert "approved_return" in told(world, case) and "overdue" not in told(world, case)


@pytest.mark.parametrize(
    ("price", "rules"),
    [(SMALL + 2, {}), (SMALL, {"risk__signals__new_account_amount": SMALL})],
    ids=["too much", "a risk signal"],
)
def test_what_is_too_much_or_strange_is_escalated_all_the_same(
    world: World, clock: FakeClock, price: int, rules: dict[str, object]
) -> None:
    world = on_breach(world, **rules)
    a_working_shop(world, price_fen=price)
    case = file_case(world)
    past_the_review(clock, case)
    run_due(world)
    late = stored(world, case)
    assert (late.state, late.sla_breached, approvals(world, case)) == (S.SUBMITTED, True, [])


def test_what_people_have_held_or_heard_an_appeal_about_is_escalated(world: World, clock: FakeClock) -> None:
    world = on_breach(world)
    a_working_shop(world, price_fen=SMALL)
    case = file_case(world)
    do(world, case, E.REJECT, R.AGENT, rules=("window",), reason="不符合", alternatives=())
    appealed = do(world, case, E.APPEAL, R.CUSTOMER, reason="补充说明")
    past_the_review(clock, appealed)

    run_due(world)

    assert stored(world, case).state is S.SUBMITTED
    assert approvals(world, case) == []


def test_what_somebody_asks_a_compensation_for_is_left_to_people(world: World, clock: FakeClock) -> None:
    world = on_breach(world)
    a_working_shop(world, price_fen=SMALL)
    case = file_case(world)
    wanted = Wanted(Severity.LOW, reason=Reason.DAMAGED, evidence="tag")
    propose_compensation(world, case.case_no or "", Actor(R.AGENT, "小林"), wanted)
    past_the_review(clock, case)
    run_due(world)
    assert stored(world, case).state is S.SUBMITTED


def test_nobody_approves_in_the_rules_name_before_the_time(world: World, clock: FakeClock) -> None:
    world = on_breach(world)
    a_working_shop(world, price_fen=SMALL)
    case = file_case(world)
    clock.advance(hours=1)
    with pytest.raises(GuardRefused, match="leave this to people"):
        do(world, case, E.APPROVE, R.SYSTEM)


def test_an_agent_who_approves_at_the_same_instant_and_the_timer_approve_once(
    each_world: World, clock: FakeClock
) -> None:
    world = on_breach(each_world)
    a_working_shop(world, price_fen=SMALL)
    case = file_case(world)
    past_the_review(clock, case)

    def run(number: int) -> None:
        if number == 0:
            do(world, case, E.APPROVE, R.AGENT)
        else:
            run_due(world)

    race(4, run)

    late = stored(world, case)
    assert late.state is S.AWAITING_RETURN
    assert len(approvals(world, case)) == 1
    assert told(world, case).count("approved_return") == 1


def test_an_agent_who_rejects_at_the_same_instant_and_the_timer_decide_once(
    each_world: World, clock: FakeClock
) -> None:
    world = on_breach(each_world)
    a_working_shop(world, price_fen=SMALL)
    case = file_case(world)
    past_the_review(clock, case)

    def run(number: int) -> None:
        if number:
            run_due(world)
            return
        with suppress(IllegalTransition, Conflict):
            do(world, case, E.REJECT, R.AGENT, rules=("window",), reason="不符合", alternatives=())

    race(3, run)
    clock.advance(minutes=2)
    run_due(world)

    late = stored(world, case)
    assert (late.state, len(approvals(world, case))) in [(S.AWAITING_RETURN, 1), (S.REJECTED, 0)]


def test_customers_who_press_twice_have_one_case_that_is_approved_once(each_world: World) -> None:
    from backend.domain.filing import Answers
    from backend.domain.request import Wish
    from backend.services import drafts, filing, identity
    from tests.working import CONVERSATION, ORDER, unship

    world = automatic(each_world)
    a_working_shop(world, price_fen=SMALL)
    unship(world)
    asked = Answers(wish=Wish.REFUND, reason=Reason.ORDERED_BY_MISTAKE, order_no=ORDER, goods=("1",), quantity=2)
    drafts.fill_draft(world, CONVERSATION, asked)
    identity.prove(world, CONVERSATION, ORDER, "6688")
    drafts.fill_draft(world, CONVERSATION, Answers(goods=("1",), quantity=2))
    version = filing.tell_draft(world, CONVERSATION).draft.version

    def submit(_number: int) -> Case | None:
        try:
            return filing.submit_draft(world, CONVERSATION, version)
        except Conflict:
            return None

    [case] = [each for each in race(3, submit) if each is not None]

    assert stored(world, case).state is S.REFUND_PENDING
    assert len(approvals(world, case)) == 1
