"""Every row of the transition table through the services, and every illegal pair refused with what is allowed."""

from itertools import product
from typing import Any

import pytest

from backend.domain.case import Actor, CloseReason, Role, State
from backend.domain.lifecycle import TABLE, Event, allowed_events, targets
from backend.domain.request import Remedy
from backend.errors import CaseNotFound, Conflict, GuardRefused, IllegalTransition
from backend.ports import World
from backend.services.acting import act, happen
from bot import wording
from tests.clock import FakeClock
from tests.due import run_due
from tests.integration.test_every_clock import brought_to
from tests.working import a_working_shop, case_in, do, file_case, ruled_for, stored, told

S, E, R = State, Event, Role

CONSENT = {"consent": "同意"}
RULE = {"rules": ("window",), "reason": "不符合", "alternatives": ()}
REASON = {"reason": "请再核对"}
PHOTO = {"photos": ("shelf",)}

MOVES: list[tuple[str, State, Event, Role, State, dict[str, Any]]] = [
    ("T4", S.SUBMITTED, E.ASK_INFO, R.AGENT, S.NEED_INFO, {"items": ("label", "购买时间")}),
    ("T5", S.NEED_INFO, E.INFO_ADDED, R.CUSTOMER, S.SUBMITTED, {"evidence": ("tag",)}),
    ("T8", S.PENDING_APPROVAL, E.SEND_BACK, R.SUPERVISOR, S.SUBMITTED, REASON),
    ("T9", S.SUBMITTED, E.PROPOSE, R.AGENT, S.PROPOSED, {"amount_fen": 9000, **REASON}),
    ("T9", S.PENDING_APPROVAL, E.PROPOSE, R.SUPERVISOR, S.PROPOSED, {"amount_fen": 9000, **REASON}),
    ("T10", S.PROPOSED, E.ACCEPT, R.CUSTOMER, S.REFUND_PENDING, {}),
    ("T11", S.PROPOSED, E.DECLINE, R.CUSTOMER, S.SUBMITTED, {}),
    ("T12", S.SUBMITTED, E.APPROVE, R.AGENT, S.AWAITING_RETURN, {}),
    ("T12", S.PENDING_APPROVAL, E.APPROVE, R.SUPERVISOR, S.AWAITING_RETURN, {}),
    ("T13", S.PENDING_APPROVAL, E.APPROVE, R.SUPERVISOR, S.REFUND_PENDING, {"remedy": Remedy.REFUND_ONLY, **REASON}),
    ("T13", S.PROPOSED, E.APPROVE, R.AGENT, S.REFUND_PENDING, {**CONSENT}),
    ("T15", S.SUBMITTED, E.REJECT, R.AGENT, S.REJECTED, RULE),
    ("T15", S.PENDING_APPROVAL, E.REJECT, R.SUPERVISOR, S.REJECTED, RULE),
    ("T16", S.REJECTED, E.APPEAL, R.CUSTOMER, S.SUBMITTED, {"evidence": ("tag",)}),
    ("T18", S.AWAITING_RETURN, E.TRACKING_ADDED, R.CUSTOMER, S.RETURN_IN_TRANSIT, {"waybill": "YT9753186420123"}),
    ("T18", S.AWAITING_RETURN, E.PICKUP_SCANNED, R.CARRIER, S.RETURN_IN_TRANSIT, {"waybill": "YT9753186420123"}),
    ("T20", S.AWAITING_RETURN, E.RECEIVE, R.WAREHOUSE, S.RECEIVED, {"counted": {1: 1}}),
    ("T20", S.RETURN_IN_TRANSIT, E.RECEIVE, R.WAREHOUSE, S.RECEIVED, {"counted": {1: 2}}),
    ("T21", S.RECEIVED, E.INSPECT_PASS, R.WAREHOUSE, S.REFUND_PENDING, {"grades": {1: "A"}}),
    ("T22", S.RECEIVED, E.INSPECT_FAIL, R.WAREHOUSE, S.INSPECTION_ISSUE, {"grades": {1: "C"}, **PHOTO, **REASON}),
    ("T23", S.RECEIVED, E.REFUSE_RECEIPT, R.WAREHOUSE, S.SENDING_BACK, {"staff": "周主管", **PHOTO, **REASON}),
    ("T23", S.RECEIVED, E.REFUSE_RECEIPT, R.SUPERVISOR, S.SENDING_BACK, {**PHOTO, **REASON}),
    ("T24", S.INSPECTION_ISSUE, E.ACCEPT_PARTIAL, R.CUSTOMER, S.REFUND_PENDING, CONSENT),
    ("T25", S.INSPECTION_ISSUE, E.CHOOSE_SEND_BACK, R.CUSTOMER, S.SENDING_BACK, {"confirmed": True}),
    ("T26", S.INSPECTION_ISSUE, E.OBJECT, R.CUSTOMER, S.INSPECTION_ISSUE, REASON),
    ("T29", S.REFUND_PENDING, E.AMOUNT_MISMATCH, R.FINANCE, S.PENDING_APPROVAL, REASON),
    (
        "T33",
        S.REPLACEMENT_PENDING,
        E.SHIP,
        R.WAREHOUSE,
        S.REPLACEMENT_SHIPPED,
        {"waybill": "YT9753186420123", "confirmed": True},
    ),
    ("T34", S.REPLACEMENT_PENDING, E.OUT_OF_STOCK, R.WAREHOUSE, S.PROPOSED, {}),
    ("T35", S.REPLACEMENT_SHIPPED, E.DELIVERED, R.CARRIER, S.AWAITING_CONFIRM, {}),
    ("T35", S.REPLACEMENT_SHIPPED, E.DELIVERED, R.CUSTOMER, S.AWAITING_CONFIRM, {}),
    ("T35", S.REPLACEMENT_SHIPPED, E.DELIVERED, R.AGENT, S.AWAITING_CONFIRM, {}),
    ("T36", S.REPAIRING, E.REPAIRED, R.REPAIR, S.REPLACEMENT_SHIPPED, {"waybill": "YT9753186420123"}),
    ("T36", S.REPAIRING, E.UNREPAIRABLE, R.REPAIR, S.PROPOSED, {"amount_fen": 1000, **REASON}),
    ("T37", S.SENDING_BACK, E.DELIVERED, R.CARRIER, S.CLOSED, {"waybill": "YT9753186420123"}),
    ("T37", S.SENDING_BACK, E.DELIVERED, R.CUSTOMER, S.CLOSED, {}),
    ("T38", S.AWAITING_CONFIRM, E.CONFIRM, R.CUSTOMER, S.CLOSED, {}),
    *[
        ("T40", state, E.WITHDRAW, R.CUSTOMER, S.CLOSED, {"confirmed": True})
        for state in (S.SUBMITTED, S.NEED_INFO, S.PROPOSED, S.PENDING_APPROVAL, S.REJECTED, S.AWAITING_RETURN)
    ],
    ("T40", S.RETURN_IN_TRANSIT, E.WITHDRAW, R.CUSTOMER, S.RETURN_IN_TRANSIT, {"confirmed": True}),
    ("T40", S.RETURN_IN_TRANSIT, E.WITHDRAW, R.AGENT, S.CLOSED, REASON),
    ("T41", S.SUBMITTED, E.EDIT, R.CUSTOMER, S.DRAFT, {}),
    ("T42", S.CLOSED, E.REOPEN, R.CUSTOMER, S.SUBMITTED, {}),
    ("T42", S.CLOSED, E.REOPEN, R.AGENT, S.SUBMITTED, REASON),
    ("T43", S.SUBMITTED, E.ASSIGN, R.SUPERVISOR, S.SUBMITTED, {"staff": "小林"}),
    ("T43", S.RECEIVED, E.TAKE_OVER, R.AGENT, S.RECEIVED, {}),
    ("T43", S.SUBMITTED, E.PRIORITY, R.SUPERVISOR, S.SUBMITTED, {"priority": 3}),
    ("T43", S.CLOSED, E.NOTE, R.AGENT, S.CLOSED, REASON),
    ("T43", S.REFUND_PENDING, E.HOLD, R.SUPERVISOR, S.REFUND_PENDING, REASON),
    ("T43", S.SUBMITTED, E.RELEASE, R.SUPERVISOR, S.SUBMITTED, REASON),
    ("T43", S.SUBMITTED, E.OPEN_REVIEW, R.AGENT, S.SUBMITTED, {}),
    ("T44", S.INSPECTION_ISSUE, E.EXECUTE_RULING, R.SUPERVISOR, S.REFUND_PENDING, {"amount_fen": 9500, **REASON}),
    ("T44", S.INSPECTION_ISSUE, E.EXECUTE_RULING, R.SUPERVISOR, S.SENDING_BACK, REASON),
    ("T44", S.INSPECTION_ISSUE, E.EXECUTE_RULING, R.SUPERVISOR, S.REPAIRING, REASON),
    ("T44", S.INSPECTION_ISSUE, E.EXECUTE_RULING, R.SUPERVISOR, S.REPLACEMENT_PENDING, REASON),
    ("T44", S.REJECTED, E.EXECUTE_RULING, R.MANAGER, S.REFUND_PENDING, {"amount_fen": 10000, **REASON}),
    ("T44", S.REJECTED, E.EXECUTE_RULING, R.MANAGER, S.REPLACEMENT_PENDING, REASON),
]

BY_THE_CLOCK = [
    ("T6", S.NEED_INFO, S.CLOSED, 3.1, CloseReason.EXPIRED),
    ("T11", S.PROPOSED, S.SUBMITTED, 4, None),
    ("T17", S.REJECTED, S.CLOSED, 8, CloseReason.REJECTED),
    ("T19", S.AWAITING_RETURN, S.CLOSED, 10, CloseReason.EXPIRED),
    ("T27", S.INSPECTION_ISSUE, S.INSPECTION_ISSUE, 4, None),
    ("T35", S.REPLACEMENT_SHIPPED, S.AWAITING_CONFIRM, 16, None),
    ("T38", S.AWAITING_CONFIRM, S.CLOSED, 8, CloseReason.RESOLVED),
]

ELSEWHERE = {"T1", "T2", "T3", "T7", "T14", "T28", "T30", "T31", "T32", "T39"}
"""Rows with tests of their own: drafts (test_filing), recommending and resending (test_review), money."""


@pytest.mark.parametrize(
    ("number", "state", "event", "role", "to", "given"),
    MOVES,
    ids=["-".join((move[0], move[1].value, move[2].value, move[4].value)) for move in MOVES],
)
def test_an_event_moves_the_case_logs_it_and_says_so_in_words(
    world: World, number: str, state: State, event: Event, role: Role, to: State, given: dict[str, Any]
) -> None:
    before = case_in(world, state)
    if event is E.EXECUTE_RULING:
        ruled_for(world, before, to, given.get("amount_fen"))
        before = stored(world, before)

    after = do(world, before, event, role, target=to if event is E.EXECUTE_RULING else None, **given)

    assert (after.state, after.version) == (to, before.version + 1)
    assert stored(world, after) == after
    with world.read() as work:
        last = work.cases.events(after.id)[-1]
        notices = [row for row in work.messages.queued(after.conversation_id, 100) if row.template]
    assert (last.event, last.from_state, last.to_state, last.version) == (event.value, state, to, after.version)
    assert (last.role, last.actor) == (role, last.actor) and last.actor
    for row in notices:
        assert wording.render(row.template or "", row.payload["params"]).text


@pytest.mark.parametrize(("number", "state", "to", "days", "why"), BY_THE_CLOCK, ids=[row[0] for row in BY_THE_CLOCK])
def test_the_clock_moves_a_case_whose_time_is_over(
    world: World, clock: FakeClock, number: str, state: State, to: State, days: float, why: CloseReason | None
) -> None:
    case = case_in(world, state)
    clock.advance(days=days)

    run_due(world)

    after = stored(world, case)
    assert (after.state, after.close_reason) == (to, why)
    with world.read() as work:
        assert any(event.role is R.TIMER for event in work.cases.events(case.id))
        rows = work.messages.queued(case.conversation_id, 100)
    assert all(wording.render(row.template, row.payload["params"]).text for row in rows if row.template)


def test_every_row_of_the_table_is_tested() -> None:
    covered = {move[0] for move in MOVES} | {row[0] for row in BY_THE_CLOCK} | ELSEWHERE
    assert covered >= {row.number for row in TABLE}


OFFERS = [
    ("T10", Remedy.EXCHANGE, E.ACCEPT, R.CUSTOMER, S.AWAITING_RETURN),
    ("T10", Remedy.RESHIP, E.ACCEPT, R.CUSTOMER, S.REPLACEMENT_PENDING),
    ("T14", Remedy.RESHIP, E.APPROVE, R.AGENT, S.REPLACEMENT_PENDING),
]


@pytest.mark.parametrize(("number", "remedy", "event", "role", "to"), OFFERS)
def test_a_yes_leads_to_where_the_offered_remedy_begins(
    world: World, number: str, remedy: Remedy, event: Event, role: Role, to: State
) -> None:
    case = case_in(world, S.SUBMITTED)
    do(world, case, E.PROPOSE, R.SUPERVISOR, remedy=remedy, reason="换一种办法")

    after = do(world, case, event, role, consent="电话同意" if role is R.AGENT else "")

    assert (after.state, after.remedy) == (to, remedy.value)


def test_t14_what_was_recommended_is_sent_again_once_approved(world: World) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.RESHIP)
    do(world, case, E.HOLD, R.AGENT, reason="再看看")
    do(world, case, E.RECOMMEND, R.AGENT)

    assert do(world, case, E.APPROVE, R.SUPERVISOR).state is S.REPLACEMENT_PENDING


@pytest.mark.parametrize("state", State, ids=[state.value for state in State])
def test_what_the_table_does_not_have_is_refused_naming_what_it_has_and_changes_nothing(
    world: World, state: State
) -> None:
    case = brought_to(world, state)
    now = world.clock.now()
    with world.write() as work:
        events = work.cases.events(case.id)
        last = work.cases.last_move(case.id)
        assert last is not None
        illegal = [
            (event, role)
            for event, role in product(Event, Role)
            if not targets(state, event, role) and event.value != last.event  # a repeat is another matter
        ]
        for event, role in illegal:
            with pytest.raises(IllegalTransition) as refused:
                happen(world, work, case, event, Actor(role, role.value), now)
            assert refused.value.allowed == tuple(each.value for each in allowed_events(state, role))
        assert work.cases.get(case.id) == case
        assert work.cases.events(case.id) == events
    assert len(illegal) > 300


def test_a_repeat_changes_nothing_and_says_nothing_again(world: World) -> None:
    case = case_in(world, S.AWAITING_RETURN)
    said = told(world, case)

    again = do(world, case, E.APPROVE, R.AGENT)

    assert again == case
    assert told(world, case) == said


def test_a_repeat_that_says_something_else_is_refused(world: World) -> None:
    case = case_in(world, S.RETURN_IN_TRANSIT)

    with pytest.raises(IllegalTransition):
        do(world, case, E.TRACKING_ADDED, R.CUSTOMER, carrier="yto", waybill="YT9753186420123")


def test_whoever_decided_on_an_old_version_is_told_so(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    do(world, case, E.NOTE, R.AGENT, reason="客户来电")

    with pytest.raises(Conflict):
        act(
            world,
            case.case_no or "",
            E.APPROVE,
            actor=Actor(R.AGENT, "小林"),
            expected_version=case.version,
        )
    assert stored(world, case).state is S.SUBMITTED


def test_there_is_no_case_of_that_number(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    with world.read() as work:
        assert work.cases.by_number("RC1") is None
    with pytest.raises(CaseNotFound):
        from dataclasses import replace

        do(world, replace(case, case_no="RC1"), E.NOTE, R.AGENT, reason="x")


def test_the_pieces_of_a_case_that_ended_without_them_can_be_asked_for_again(world: World) -> None:
    case = case_in(world, S.CLOSED)
    with world.read() as work:
        assert work.orders.claimed_pieces(case.order_no or "") == {1: 0}

    other = file_case(world, Remedy.EXCHANGE)
    with pytest.raises(Conflict):
        do(world, case, E.REOPEN, R.CUSTOMER)

    assert other.state is S.SUBMITTED
    assert stored(world, case).state is S.CLOSED


def test_a_reopened_case_has_its_pieces_again(world: World) -> None:
    case = case_in(world, S.CLOSED)

    do(world, case, E.REOPEN, R.CUSTOMER)

    with world.read() as work:
        assert work.orders.claimed_pieces(case.order_no or "") == {1: 2}


def test_a_customer_reopens_within_seven_days_and_an_agent_later_with_a_reason(world: World, clock: FakeClock) -> None:
    case = case_in(world, S.CLOSED)
    clock.advance(days=8, hours=12)

    with pytest.raises(GuardRefused, match="within_reopen_days"):
        do(world, case, E.REOPEN, R.CUSTOMER)
    with pytest.raises(GuardRefused, match="give a reason"):
        do(world, case, E.REOPEN, R.AGENT)

    assert do(world, case, E.REOPEN, R.AGENT, reason="客户来电补充了照片").state is S.SUBMITTED
