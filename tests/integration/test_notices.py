"""N1 to N12: each is there, said once for case, template and version, and in quiet hours only when people act."""

from datetime import timedelta

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event
from backend.domain.order import PaymentMethod
from backend.domain.progress import WITH_STAFF
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.domain.request import Remedy
from backend.domain.workdays import MERCHANT_ZONE
from backend.ports import World
from backend.services import notices
from backend.services.case_rules import book_of, rules_of
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund
from bot import wording
from tests.clock import FakeClock
from tests.due import run_due
from tests.money import FINANCE, approved_case
from tests.racing import race
from tests.working import (
    APPROVE,
    PASS,
    RECEIVE,
    REJECT,
    SEND,
    SHIP,
    WAYS,
    Step,
    a_working_shop,
    case_in,
    do,
    file_case,
    told,
)

E, R, S = Event, Role, State

NUMBERS: dict[str, set[str]] = {
    "N1": {"case_submitted", "appeal_received", "case_reopened"},
    "N2": {"approved_return", "approved_refund", "approved_replacement", "repair_begins"},
    "N3": {"rejected", "rejection_final"},
    "N4": {
        "info_asked",
        "info_received",
        "info_expired",
        "nudge_need_info",
        "approval_asked",
        "proposal_made",
        "proposal_declined",
        "proposal_expired",
        "return_on_its_way",
        "nudge_return",
        "return_expired",
        "parcel_received",
        "receipt_refused",
        "partial_accepted",
        "send_back_chosen",
        "objection_received",
        "inspection_escalated",
        "returned_to_customer",
        "refund_started",
        "refund_troubled",
        "out_of_stock",
        "repair_quote",
        "ruling_executed",
        "withdrawn",
        "withdrawal_noted",
        "nudge_draft",
        "draft_expired",
    },
    "N5": {"inspection_passed", "inspection_issue"},
    "N6": {"refund_done"},
    "N7": {"refund_arrived"},
    "N8": {"replacement_shipped", "repaired_shipped", "replacement_delivered"},
    "N9": {"rules_changed"},
    "N10": {"case_closed"},
    "N11": {"overdue"},
}
"""What the lifecycle page's notices are called here. N12 goes to staff: `alert`."""


def walk(world: World, case: Case, *steps: Step) -> Case:
    for event, role, given in steps:
        case = do(world, case, event, role, **given)
    return case


def pay(world: World, case: Case) -> None:
    pay_refund(world, case.case_no or "", FINANCE)
    answer = RefundAnswer(f"{case.case_no}-1", LegState.SUCCESS, case.amount_fen or 0)
    for _ in range(2):  # a callback and a poll
        record_result(world, answer, Source.QUERY, by="test")


def test_every_number_has_its_words_and_every_template_of_a_step_has_one_number() -> None:
    numbered = [template for templates in NUMBERS.values() for template in templates]
    assert list(NUMBERS) == [f"N{number}" for number in range(1, 12)]
    assert len(numbered) == len(set(numbered))
    assert set(numbered) <= set(wording.notice_names())
    assert set(notices.AFTER.values()) <= set(numbered)


def test_a_refund_tells_n1_to_n7_and_n10_each_once(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    case = file_case(world)
    for step in (APPROVE, SEND, RECEIVE, PASS):
        case = walk(world, case, step, step)  # whoever presses twice
    pay(world, case)
    for _ in range(4 * 24):
        clock.advance(hours=1)
        run_due(world)
    do(world, case, E.CONFIRM, R.CUSTOMER)

    said = told(world, case)
    assert [template for template in said if not template.startswith("nudge")] == [
        "case_submitted",
        "approved_return",
        "return_on_its_way",
        "parcel_received",
        "inspection_passed",
        "refund_started",
        "refund_done",
        "refund_arrived",
        "case_closed",
    ]


def test_a_rejection_tells_n3_and_an_exchange_n8(world: World) -> None:
    a_working_shop(world)
    other = {"conversation": "conv-2", "order": "202611200002"}
    a_working_shop(world, conversation="conv-2", order="202611200002", phone="13900006688")
    rejected = walk(world, file_case(world), REJECT)
    sent = (E.TRACKING_ADDED, R.CUSTOMER, {"waybill": "SF1357924680999"})
    exchanged = walk(world, file_case(world, Remedy.EXCHANGE, **other), APPROVE, sent, RECEIVE, PASS, SHIP)
    assert told(world, rejected)[-1] == "rejected"
    assert told(world, exchanged)[-1] == "replacement_shipped"


def test_two_processes_that_tell_the_same_tell_it_once(each_world: World) -> None:
    case = case_in(each_world, S.AWAITING_RETURN)
    now = each_world.clock.now()

    def tell(_number: int) -> None:
        with each_world.write() as work:
            book, rules = book_of(each_world, case, now), rules_of(each_world, work, case, now)
            notices.tell(each_world, work, case, "overdue", book=book, rules=rules, now=now, detail=LATE)
            work.commit()

    race(4, tell)
    assert told(each_world, case).count("overdue") == 1


LATE = {"clock": "sla.review", "promised_at": "2026-11-24T15:59:59+00:00"}

BY_THE_CLOCK = {
    "nudge_need_info": S.NEED_INFO,
    "proposal_expired": S.PROPOSED,
    "rejection_final": S.REJECTED,
    "inspection_escalated": S.INSPECTION_ISSUE,
    "case_closed": S.AWAITING_CONFIRM,
    "overdue": S.RECEIVED,
}


@pytest.mark.parametrize(("template", "state"), BY_THE_CLOCK.items(), ids=BY_THE_CLOCK)
def test_what_the_clock_alone_brings_about_is_never_said_at_night(
    world: World, clock: FakeClock, template: str, state: State
) -> None:
    case = case_in(world, state)
    clock.advance(hours=12, minutes=30)  # 22:30
    ends = clock.now() + timedelta(days=10)
    while template not in told(world, case):
        assert clock.now() < ends
        clock.advance(hours=1)
        run_due(world)
    assert 8 <= clock.now().astimezone(MERCHANT_ZONE).hour < 22


@pytest.mark.parametrize("step", [APPROVE, REJECT], ids=["approved", "rejected"])
def test_what_people_decide_is_said_at_once_even_at_night(world: World, clock: FakeClock, step: Step) -> None:
    clock.advance(hours=15)  # 01:00
    case = case_in(world, S.SUBMITTED)
    before = len(told(world, case))
    walk(world, case, step)
    assert len(told(world, case)) == before + 1


def test_money_that_was_paid_is_told_at_once_even_at_night(world: World, clock: FakeClock) -> None:
    clock.advance(hours=15)
    case = approved_case(world, 5000, ((PaymentMethod.WECHAT, 10000),))
    pay(world, case)
    assert told(world, case) == ["refund_started", "refund_done"]


@pytest.mark.parametrize("state", [state for state in WAYS if state in WITH_STAFF])
def test_n12_whoever_has_to_act_next_is_told_when_a_case_comes_to_them(world: World, state: State) -> None:
    case = case_in(world, state)
    with world.read() as work:
        alerts = [(each.kind, each.role, each.detail["about"]) for each in work.alerts.of_case(case.id)]
    assert alerts.count(("task", notices.RESPONSIBLE[state], state.value)) == 1
