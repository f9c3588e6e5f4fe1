"""Rulings on complaints: what can be ruled, by whom, and how it is carried out, escalated and closed."""

from typing import Any

import pytest

from backend.domain.case import Actor
from backend.domain.complaint import Cause, Deed, Outcome, Stage
from backend.errors import (
    GuardRefused,
    IllegalTransition,
    PayoutRefused,
)
from backend.ports import World
from backend.services import complaints
from backend.services.judgement import Award
from backend.services.refunds import pay_refund
from tests.clock import FakeClock
from tests.complaining import (
    AGENT,
    FINANCE,
    MANAGER,
    SUPERVISOR,
    E,
    R,
    S,
    alerted,
    deeds,
    investigated,
    rejected_twice,
    reload,
    said,
)
from tests.racing import race
from tests.working import APPROVE, CONVERSATION, case_in, do, ruled_for, stored

BAD_RULINGS: list[Any] = [
    pytest.param(Outcome.SUPPORT, "", {}, "write the reason down", id="without a reason"),
    pytest.param(Outcome.SUPPORT, "对", {}, "say where these cases go", id="without saying what follows"),
    pytest.param(Outcome.REJECT, "错", {"to": S.SENDING_BACK}, "awards nothing", id="rejected with an award"),
    pytest.param(Outcome.SUPPORT, "对", {"to": S.CLOSED}, "can go to REFUND_PENDING", id="to where it cannot go"),
    pytest.param(Outcome.SUPPORT, "对", {"to": S.REFUND_PENDING}, "from 1 to 10000 fen", id="without the amount"),
    pytest.param(
        Outcome.SUPPORT, "对", {"to": S.REFUND_PENDING, "amount_fen": 10001}, "from 1 to 10000", id="above the cap"
    ),
    pytest.param(
        Outcome.SUPPORT, "对", {"to": S.REPAIRING, "amount_fen": 1}, "goes with REFUND_PENDING", id="money and repair"
    ),
]


@pytest.mark.parametrize(("outcome", "reason", "award", "what_to_do"), BAD_RULINGS)
def test_a_ruling_that_cannot_be_is_refused_with_what_to_say_instead(
    world: World, outcome: Outcome, reason: str, award: dict[str, Any], what_to_do: str
) -> None:
    case = case_in(world, S.INSPECTION_ISSUE)
    complaint = investigated(world, case)
    awards = {case.case_no or "": Award(**award)} if award else {}
    with pytest.raises(GuardRefused, match=what_to_do):
        complaints.rule(world, complaint.complaint_no, SUPERVISOR, outcome, reason, awards)
    assert reload(world, complaint).stage is Stage.INVESTIGATING


def test_nobody_rules_on_what_they_decided_and_nobody_above_their_limit(world: World) -> None:
    case = rejected_twice(world)
    complaint = investigated(world, case, "不服")
    awards = {case.case_no or "": Award(S.REFUND_PENDING, 10000)}
    with pytest.raises(GuardRefused, match=f"{MANAGER.name} decided on"):
        complaints.rule(world, complaint.complaint_no, MANAGER, Outcome.SUPPORT, "对", awards)


def test_a_supervisor_does_not_award_more_than_they_may_approve(world: World) -> None:
    case = case_in(world, S.REJECTED, price_fen=600000)
    complaint = investigated(world, case)
    awards = {case.case_no or "": Award(S.REFUND_PENDING, 500001)}
    with pytest.raises(GuardRefused, match="let the next level rule"):
        complaints.rule(world, complaint.complaint_no, SUPERVISOR, Outcome.SUPPORT, "对", awards)
    ruled = complaints.rule(world, complaint.complaint_no, MANAGER, Outcome.SUPPORT, "对", awards)
    assert ruled.cases[0].ruled_fen == 500001


class TestExecuting:
    """T44: only what was ruled, in the customer's favour, for that case, with that amount, once."""

    def test_without_a_ruling_nothing_is_executed(self, world: World) -> None:
        case = case_in(world, S.INSPECTION_ISSUE)
        with pytest.raises(GuardRefused, match="first rule on a complaint about this case"):
            do(world, case, E.EXECUTE_RULING, R.SUPERVISOR, S.REFUND_PENDING, amount_fen=9000)
        investigated(world, case)
        with pytest.raises(GuardRefused, match="first rule on a complaint about this case"):
            do(world, case, E.EXECUTE_RULING, R.SUPERVISOR, S.REFUND_PENDING, amount_fen=9000)

    def test_a_rejected_complaint_moves_no_case_and_the_customer_may_choose_again(self, world: World) -> None:
        case = case_in(world, S.INSPECTION_ISSUE)
        complaint = investigated(world, case)
        complaints.rule(world, complaint.complaint_no, SUPERVISOR, Outcome.REJECT, "照片能证明")
        with pytest.raises(GuardRefused, match="first rule on"):
            do(world, case, E.EXECUTE_RULING, R.SUPERVISOR, S.REFUND_PENDING, amount_fen=9000)
        with pytest.raises(GuardRefused, match="this was ruled on"):
            do(world, stored(world, case), E.OBJECT, R.CUSTOMER, reason="不服")

        accepted = do(world, stored(world, case), E.ACCEPT_PARTIAL, R.CUSTOMER)

        assert (accepted.state, accepted.dispute_open) == (S.REFUND_PENDING, False)

    def test_another_amount_or_another_way_than_was_ruled_is_refused(self, world: World) -> None:
        case = case_in(world, S.INSPECTION_ISSUE)
        ruled_for(world, case, S.REFUND_PENDING, 9500)
        with pytest.raises(GuardRefused, match="awards 9500 fen, not 9600"):
            do(world, case, E.EXECUTE_RULING, R.SUPERVISOR, amount_fen=9600)
        with pytest.raises(GuardRefused, match="leads to REFUND_PENDING, not to SENDING_BACK"):
            do(world, case, E.EXECUTE_RULING, R.SUPERVISOR, S.SENDING_BACK)

    def test_less_by_a_button_pressed_late_is_refused_once_more_was_ruled(self, world: World) -> None:
        case = case_in(world, S.INSPECTION_ISSUE)
        ruled_for(world, case, S.REFUND_PENDING, 9500)
        for event in (E.ACCEPT_PARTIAL, E.CHOOSE_SEND_BACK):
            with pytest.raises(GuardRefused, match="about to be carried out"):
                do(world, stored(world, case), event, R.CUSTOMER, confirmed=True)

    def test_the_case_takes_the_complaint_along_once_and_its_payer_is_somebody_else(self, each_world: World) -> None:
        case = case_in(each_world, S.REJECTED)
        complaint = ruled_for(each_world, case, S.REFUND_PENDING, 8000)

        moved = do(each_world, case, E.EXECUTE_RULING, R.SUPERVISOR)
        again = complaints.execute(each_world, complaint.complaint_no, SUPERVISOR)

        assert (moved.state, moved.approved_fen) == (S.REFUND_PENDING, 8000)
        assert (again.stage, again.cases[0].executed) == (Stage.EXECUTED, True)
        assert deeds(each_world, complaint).count(Deed.EXECUTE) == 1
        with pytest.raises(PayoutRefused):
            pay_refund(each_world, case.case_no or "", Actor(R.FINANCE, SUPERVISOR.name))

    def test_two_supervisors_at_once_execute_once(self, each_world: World) -> None:
        case = case_in(each_world, S.INSPECTION_ISSUE)
        complaint = ruled_for(each_world, case, S.REFUND_PENDING, 9500)

        def run(number: int) -> Stage | None:
            actor = (SUPERVISOR, MANAGER)[number]
            try:
                return complaints.execute(each_world, complaint.complaint_no, actor).stage
            except (IllegalTransition, GuardRefused):
                return None

        assert Stage.EXECUTED in race(2, run)
        with each_world.read() as work:
            events = [event.event for event in work.cases.events(case.id)]
        assert events.count("execute_ruling") == 1

    def test_where_ordinary_events_follow_a_ruling_they_come_first_and_what_was_done_is_written_down(
        self, world: World
    ) -> None:
        case = case_in(world, S.SUBMITTED)
        complaint = investigated(world, case, "拖了一周")
        awards = {case.case_no or "": Award(amount_fen=10000)}
        complaints.rule(world, complaint.complaint_no, SUPERVISOR, Outcome.SUPPORT, "超时属实", awards)
        with pytest.raises(GuardRefused, match="approve the ruled amount first"):
            complaints.execute(world, complaint.complaint_no, SUPERVISOR, "已致歉")
        event, role, given = APPROVE
        do(world, case, event, role, **given)
        with pytest.raises(GuardRefused, match="say what was done"):
            complaints.execute(world, complaint.complaint_no, SUPERVISOR)

        done = complaints.execute(world, complaint.complaint_no, SUPERVISOR, "已批准退款并电话致歉")

        assert done.stage is Stage.EXECUTED
        assert "已批准退款并电话致歉" in said(world)[-1][1]


class TestDispute:
    """D20: money stands still while a dispute about it is open, and no longer."""

    def test_d20_a_payout_objection_blocks_the_payout_until_it_is_ruled_on(self, each_world: World) -> None:
        case = case_in(each_world, S.REFUND_PENDING)
        number = case.case_no or ""
        opened = complaints.open_(each_world, CONVERSATION, Cause.PAYOUT, "金额不对", AGENT, (number,))
        with pytest.raises(PayoutRefused) as refused:
            pay_refund(each_world, number, FINANCE)
        assert refused.value.reason == "disputed"
        complaints.acknowledge(each_world, opened.complaint_no, AGENT)
        complaints.investigate(each_world, opened.complaint_no, AGENT)

        complaints.rule(each_world, opened.complaint_no, SUPERVISOR, Outcome.REJECT, "金额按实付计算")

        assert pay_refund(each_world, number, FINANCE).state is S.REFUNDING

    def test_d20_a_plain_complaint_does_not_hold_up_the_customers_own_money(self, world: World) -> None:
        case = case_in(world, S.REFUND_PENDING)
        complaints.file_complaint(world, CONVERSATION, "怎么这么慢", case.case_no)
        assert pay_refund(world, case.case_no or "", FINANCE).state is S.REFUNDING

    def test_d20_what_another_dispute_holds_stays_held(self, world: World) -> None:
        case = case_in(world, S.REFUND_PENDING)
        numbers = (case.case_no or "",)
        first = complaints.open_(world, CONVERSATION, Cause.PAYOUT, "金额不对", AGENT, numbers)
        second = complaints.open_(world, CONVERSATION, Cause.REJECTION, "另一半也要退", AGENT, numbers)

        complaints.withdraw(world, CONVERSATION, first.complaint_no)
        assert stored(world, case).dispute_open
        complaints.withdraw(world, CONVERSATION, second.complaint_no)
        assert not stored(world, case).dispute_open

    def test_d20_an_escalation_blocks_it_again_until_the_final_ruling(self, world: World) -> None:
        case = case_in(world, S.INSPECTION_ISSUE)
        complaint = investigated(world, case)
        complaints.rule(world, complaint.complaint_no, SUPERVISOR, Outcome.REJECT, "照片能证明")
        complaints.escalate(world, CONVERSATION, complaint.complaint_no, "不认同")
        assert stored(world, case).dispute_open
        with pytest.raises(GuardRefused, match="a ruling comes first"):
            do(world, stored(world, case), E.ACCEPT_PARTIAL, R.CUSTOMER)
        complaints.rule(world, complaint.complaint_no, MANAGER, Outcome.REJECT, "维持")
        assert not stored(world, case).dispute_open


class TestEscalation:
    """Once, to somebody else, whose word is final."""

    def test_a_customer_escalates_once_and_the_ruling_of_somebody_else_is_final(self, each_world: World) -> None:
        case = case_in(each_world, S.INSPECTION_ISSUE)
        complaint = investigated(each_world, case)
        number = complaint.complaint_no
        complaints.rule(each_world, number, MANAGER, Outcome.REJECT, "照片能证明")
        escalated = complaints.escalate(each_world, CONVERSATION, number, "照片不是我的")
        assert (escalated.stage, escalated.escalated) == (Stage.SUPERVISION, True)
        assert ("task", R.MANAGER, "SUPERVISION") in alerted(each_world, complaint)
        with pytest.raises(IllegalTransition):
            complaints.rule(each_world, number, SUPERVISOR, Outcome.REJECT, "维持")
        with pytest.raises(GuardRefused, match="ruled on this first"):
            complaints.rule(each_world, number, MANAGER, Outcome.REJECT, "维持")

        other = Actor(R.MANAGER, "钱总")
        awards = {case.case_no or "": Award(S.REFUND_PENDING, 10000)}
        final = complaints.rule(each_world, number, other, Outcome.SUPPORT, "入库记录缺失", awards)

        assert final.ruling is not None and final.ruling.final
        words = said(each_world)[-1][1]
        assert "最终处理结果：支持您的诉求" in words and "另行复核" not in words
        with pytest.raises(GuardRefused, match="it is final"):
            complaints.escalate(each_world, CONVERSATION, number)
        assert complaints.execute(each_world, number, other).stage is Stage.EXECUTED
        assert stored(each_world, case).approved_fen == 10000

    def test_pressed_twice_it_is_escalated_once(self, world: World) -> None:
        complaint = investigated(world, case_in(world, S.INSPECTION_ISSUE))
        complaints.rule(world, complaint.complaint_no, SUPERVISOR, Outcome.REJECT, "照片能证明")
        first = complaints.escalate(world, CONVERSATION, complaint.complaint_no)
        assert complaints.escalate(world, CONVERSATION, complaint.complaint_no) == first

    def test_staff_do_not_end_what_a_customer_may_still_escalate(self, world: World, clock: FakeClock) -> None:
        complaint = investigated(world, case_in(world, S.INSPECTION_ISSUE))
        complaints.rule(world, complaint.complaint_no, SUPERVISOR, Outcome.REJECT, "照片能证明")
        complaints.execute(world, complaint.complaint_no, SUPERVISOR)
        with pytest.raises(GuardRefused, match="they may still escalate"):
            complaints.close(world, complaint.complaint_no, SUPERVISOR)
        assert complaints.close(world, complaint.complaint_no, SUPERVISOR, "买家来电同意").stage is Stage.CLOSED
