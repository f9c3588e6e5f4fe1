"""Complaints from the first word to the end: what is written, told and moved, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from backend.domain.case import Actor, Case, Role, State
from backend.domain.complaint import Cause, Complaint, Deed, Outcome, Stage
from backend.domain.lifecycle import Event
from backend.domain.rules import with_parameter
from backend.errors import (
    CaseNotFound,
    ComplaintNotFound,
    Conflict,
    ConversationNotFound,
    GuardRefused,
    IllegalTransition,
    PayoutRefused,
)
from backend.ports import World
from backend.services import complaints
from backend.services.complaint_notices import handler, superior
from backend.services.judgement import Award
from backend.services.refunds import pay_refund
from bot import wording
from tests.builders import a_conversation, a_photo
from tests.clock import FakeClock
from tests.racing import race
from tests.working import APPROVE, CONVERSATION, NAMES, REJECT, case_in, do, file_case, ruled_for, stored

S, E, R = State, Event, Role
CUSTOMER = Actor(R.CUSTOMER, CONVERSATION)
AGENT, SUPERVISOR, MANAGER, WAREHOUSE, FINANCE = (
    Actor(role, NAMES[role]) for role in (R.AGENT, R.SUPERVISOR, R.MANAGER, R.WAREHOUSE, R.FINANCE)
)


def reload(world: World, complaint: Complaint) -> Complaint:
    with world.read() as work:
        found = work.complaints.get(complaint.id)
    assert found is not None
    return found


def deeds(world: World, complaint: Complaint) -> list[Deed]:
    with world.read() as work:
        return [entry.deed for entry in work.complaints.log(complaint.id)]


def alerted(world: World, complaint: Complaint) -> list[tuple[str, Role, str]]:
    with world.read() as work:
        return [(each.kind, each.role, each.detail["about"]) for each in work.alerts.of_complaint(complaint.id)]


def said(world: World) -> list[tuple[str, str]]:
    """Template and words of everything that was said in the conversation, in order."""
    with world.read() as work:
        rows = [row for row in work.messages.queued(CONVERSATION, 200) if row.template]
    return [(row.template or "", wording.render(row.template or "", row.payload["params"]).text) for row in rows]


def investigated(world: World, case: Case, text: str = "验收照片不是我的杯子") -> Complaint:
    """A complaint about the case that somebody looks into."""
    filed = complaints.file_complaint(world, CONVERSATION, text, case.case_no)
    complaints.acknowledge(world, filed.complaint_no, AGENT)
    return complaints.investigate(world, filed.complaint_no, AGENT)


def rejected_twice(world: World) -> Case:
    """Rejected by an agent, appealed, rejected by the manager."""
    case = do(world, case_in(world, S.REJECTED), E.APPEAL, R.CUSTOMER, reason="再看一下照片")
    return do(world, case, E.REJECT, R.MANAGER, rules=("window",), reason="仍不符合", alternatives=())


def test_a_complaint_goes_all_its_way_and_its_customer_is_told_of_every_step(
    each_world: World, clock: FakeClock
) -> None:
    case = case_in(each_world, S.INSPECTION_ISSUE)
    filed = complaints.file_complaint(each_world, CONVERSATION, "验收照片不是我的杯子", case.case_no)
    number = filed.complaint_no
    assert number == "CP20261122000001"
    assert (filed.cause, filed.stage, filed.text) == (Cause.INSPECTION, Stage.OPEN, "验收照片不是我的杯子")

    complaints.acknowledge(each_world, number, AGENT)
    complaints.investigate(each_world, number, AGENT)
    complaints.ask(each_world, number, AGENT, "请发一张寄出前的照片")
    complaints.add_evidence(each_world, number, CUSTOMER, evidence=("tag",))
    complaints.ask(each_world, number, AGENT, "入库时的照片在哪里", of=R.WAREHOUSE)
    complaints.add_evidence(each_world, number, WAREHOUSE, "当时没有拍全")
    award = {case.case_no or "": Award(S.REFUND_PENDING, 9500)}
    complaints.rule(each_world, number, SUPERVISOR, Outcome.PARTIAL, "照片不全，各担一半", award)
    complaints.execute(each_world, number, SUPERVISOR)
    ended = complaints.accept_ruling(each_world, CONVERSATION, number)

    assert deeds(each_world, filed) == [
        Deed.OPEN, Deed.ACKNOWLEDGE, Deed.INVESTIGATE, Deed.ASK_CUSTOMER, Deed.ADD_EVIDENCE, Deed.ASK_MERCHANT,
        Deed.ADD_EVIDENCE, Deed.RULE, Deed.EXECUTE, Deed.CLOSE,
    ]  # fmt: skip
    assert (ended.stage, ended.due_at, ended.ruling and ended.ruling.by) == (Stage.CLOSED, None, SUPERVISOR.name)
    after = stored(each_world, case)
    assert (after.state, after.approved_fen, after.dispute_open) == (S.REFUND_PENDING, 9500, False)
    told = said(each_world)
    assert [template for template, _ in told if "complaint" in template or template.endswith(("received", "executed"))][
        -8:
    ] == [
        "objection_received", "complaint_acknowledged", "complaint_asked", "complaint_evidence_received",
        "complaint_checking", "complaint_ruled", "ruling_executed", "complaint_closed",
    ]  # fmt: skip
    words = dict(told)
    assert number in words["objection_received"] and "11月23日 10:00 前受理" in words["objection_received"]
    assert "11月25日 23:59" in words["complaint_acknowledged"], "three working days, none of them the Sunday"
    assert "请发一张寄出前的照片" in words["complaint_asked"] and "11月24日 10:00" in words["complaint_asked"]
    assert "部分支持" in words["complaint_ruled"] and "¥95.00" in words["complaint_ruled"]
    assert "照片不全，各担一半" in words["complaint_ruled"] and "11月29日 23:59 前提出" in words["complaint_ruled"]


def test_an_objection_opens_one_complaint_and_said_again_adds_to_it(each_world: World) -> None:
    case = case_in(each_world, S.INSPECTION_ISSUE)
    objected = do(each_world, case, E.OBJECT, R.CUSTOMER, reason="寄出时是好的")
    do(each_world, objected, E.OBJECT, R.CUSTOMER, reason="我有视频")
    again = complaints.file_complaint(each_world, CONVERSATION, "什么时候处理", case.case_no)

    with each_world.read() as work:
        (complaint,) = work.complaints.of_case(case.id)
        texts = [entry.detail["text"] for entry in work.complaints.log(complaint.id)]
    assert again.id == complaint.id and complaint.cause is Cause.INSPECTION
    assert texts == ["寄出时是好的", "我有视频", "什么时候处理"]
    assert stored(each_world, case).dispute_open
    assert ("task", R.SUPERVISOR, "OPEN") in alerted(each_world, complaint)


def test_of_complaints_filed_at_the_same_moment_one_is_opened(each_world: World) -> None:
    case = case_in(each_world, S.SUBMITTED)

    filed = race(4, lambda number: complaints.file_complaint(each_world, CONVERSATION, f"太慢了{number}", case.case_no))
    plain = race(4, lambda number: complaints.file_complaint(each_world, CONVERSATION, f"态度不好{number}"))

    assert len({each.id for each in filed}) == 1 == len({each.id for each in plain})
    assert len(complaints.complaints_of(each_world, CONVERSATION)) == 2


@pytest.mark.parametrize(
    ("state", "cause"),
    [(S.SUBMITTED, Cause.PLAIN), (S.REJECTED, Cause.PLAIN), (S.INSPECTION_ISSUE, Cause.INSPECTION)],
    ids=["in review", "may still appeal", "after the inspection"],
)
def test_what_a_complaint_is_about_follows_from_its_case(world: World, state: State, cause: Cause) -> None:
    case = case_in(world, state)
    filed = complaints.file_complaint(world, CONVERSATION, "我要投诉", case.case_no)
    assert filed.cause is cause
    assert stored(world, case).dispute_open is (cause is Cause.INSPECTION), "only a dispute keeps money from moving"


def test_after_the_last_appeal_the_complaint_is_the_dispute(world: World) -> None:
    case = rejected_twice(world)
    words = [text for template, text in said(world) if template == "rejected"]
    assert "申诉一次" in words[0] and "申诉一次" not in words[1] and "投诉" in words[1]
    filed = complaints.file_complaint(world, CONVERSATION, "还是不服", case.case_no)
    assert filed.cause is Cause.REJECTION
    assert stored(world, case).dispute_open


def test_a_complaint_about_no_case_is_about_the_service(world: World) -> None:
    case_in(world, S.SUBMITTED)
    filed = complaints.file_complaint(world, CONVERSATION, "客服态度很差")
    assert (filed.cause, filed.cases) == (Cause.SERVICE, ())
    template, words = said(world)[-1]
    assert template == "complaint_opened" and "服务质量" in words and filed.complaint_no in words
    with pytest.raises(ConversationNotFound):
        complaints.file_complaint(world, "nobody", "喂")


def test_staff_open_one_complaint_about_several_cases_of_a_conversation(world: World) -> None:
    first = case_in(world, S.REJECTED)
    do(world, first, E.WITHDRAW, R.CUSTOMER, confirmed=True)
    second = file_case(world)
    numbers = (first.case_no or "", second.case_no or "")

    opened = complaints.open_(world, CONVERSATION, Cause.SERVICE, "两次都没人联系", SUPERVISOR, numbers)

    assert [each.case_no for each in opened.cases] == list(numbers)
    with pytest.raises(GuardRefused, match="say what the customer complains of"):
        complaints.open_(world, CONVERSATION, Cause.SERVICE, "  ", SUPERVISOR)


def test_somebody_elses_case_or_complaint_looks_like_none(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    filed = complaints.file_complaint(world, CONVERSATION, "太慢", case.case_no)
    with world.write() as work:
        work.conversations.open(a_conversation("conv-2"))
        work.commit()
    with pytest.raises(CaseNotFound):
        complaints.file_complaint(world, "conv-2", "太慢", case.case_no)
    with pytest.raises(ComplaintNotFound):
        complaints.withdraw(world, "conv-2", filed.complaint_no)
    with pytest.raises(ComplaintNotFound):
        complaints.acknowledge(world, "CP20990101000001", AGENT)


def test_what_cannot_be_done_yet_is_refused_naming_what_can_and_changes_nothing(world: World) -> None:
    filed = complaints.file_complaint(world, CONVERSATION, "太慢", case_in(world, S.SUBMITTED).case_no)
    with pytest.raises(IllegalTransition, match="allowed: acknowledge, add_evidence"):
        complaints.rule(world, filed.complaint_no, SUPERVISOR, Outcome.REJECT, "没有依据")
    with pytest.raises(IllegalTransition):
        complaints.escalate(world, CONVERSATION, filed.complaint_no)
    assert reload(world, filed) == filed


def test_acknowledged_twice_is_acknowledged_once(world: World) -> None:
    filed = complaints.file_complaint(world, CONVERSATION, "太慢", case_in(world, S.SUBMITTED).case_no)
    complaints.acknowledge(world, filed.complaint_no, AGENT)
    complaints.acknowledge(world, filed.complaint_no, AGENT)
    assert deeds(world, filed) == [Deed.OPEN, Deed.ACKNOWLEDGE]


def test_evidence_hangs_on_the_case_that_the_complaint_is_about(world: World) -> None:
    case = case_in(world, S.INSPECTION_ISSUE)
    complaint = investigated(world, case)
    complaints.add_evidence(world, complaint.complaint_no, CUSTOMER, evidence=("clip",))
    with world.read() as work:
        assert "clip" in [piece.id for piece in work.evidence.of_case(case.id)]


def test_the_ladder_of_the_rule_book_says_who_handles_a_complaint_and_who_is_above(
    world: World, clock: FakeClock
) -> None:
    rules = world.rule_book(clock.now()).rules
    assert (handler(Stage.OPEN, rules), handler(Stage.SUPERVISION, rules)) == (R.SUPERVISOR, R.MANAGER)
    shorter = with_parameter(rules, ("complaint", "ladder"), ("agent", "supervisor"))
    assert (handler(Stage.OPEN, shorter), superior(shorter)) == (R.AGENT, R.SUPERVISOR)


def test_evidence_is_something_new_of_this_conversation(world: World) -> None:
    complaint = investigated(world, case_in(world, S.INSPECTION_ISSUE))
    with world.write() as work:
        work.conversations.open(a_conversation("conv-2"))
        work.evidence.add(a_photo("foreign", conversation_id="conv-2"))
        work.commit()
    with pytest.raises(GuardRefused, match="say or send something new"):
        complaints.add_evidence(world, complaint.complaint_no, CUSTOMER, "  ")
    with pytest.raises(GuardRefused, match="of the complaint's conversation"):
        complaints.add_evidence(world, complaint.complaint_no, CUSTOMER, evidence=("foreign",))


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


def test_the_database_itself_refuses_a_second_open_complaint_of_one_cause(each_world: World) -> None:
    filed = complaints.file_complaint(each_world, CONVERSATION, "太慢", case_in(each_world, S.SUBMITTED).case_no)
    caseless = complaints.file_complaint(each_world, CONVERSATION, "态度不好")
    for complaint in (filed, caseless):
        with each_world.write() as work, pytest.raises(Conflict):
            work.complaints.add(replace(complaint, complaint_no="CP-another"))


def test_a_rejection_of_the_first_reviewer_can_be_complained_of_and_paid(world: World) -> None:
    case = case_in(world, S.REJECTED)
    assert REJECT[1] is R.AGENT
    ruled_for(world, case, S.REPLACEMENT_PENDING)
    assert do(world, case, E.EXECUTE_RULING, R.MANAGER).state is S.REPLACEMENT_PENDING
