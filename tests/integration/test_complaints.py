"""Complaints from the first word on: what is written, told and moved, and what is refused."""

from dataclasses import replace

import pytest

from backend.domain.case import State
from backend.domain.complaint import Cause, Deed, Outcome, Stage
from backend.domain.rules import with_parameter
from backend.errors import (
    CaseNotFound,
    ComplaintNotFound,
    Conflict,
    ConversationNotFound,
    GuardRefused,
    IllegalTransition,
)
from backend.ports import World
from backend.services import complaints
from backend.services.complaint_notices import handler, superior
from backend.services.judgement import Award
from tests.builders import a_conversation, a_photo
from tests.clock import FakeClock
from tests.complaining import (
    AGENT,
    CUSTOMER,
    SUPERVISOR,
    WAREHOUSE,
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
from tests.working import CONVERSATION, REJECT, case_in, do, file_case, ruled_for, stored


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
