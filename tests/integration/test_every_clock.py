"""D1: every parameter with a clock is read: time moved past each reminder, warning and end shows what it does.

A clock of `domain.clocks.CLOCKS` without a line in `SEEN` fails here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from backend.domain.case import Case, CloseReason, State
from backend.domain.clocks import ARRIVAL, CLOCKS, WARNINGS, CaseClock, Mark, Timer
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event
from backend.domain.progress import WAITING
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.domain.work import Alert
from backend.ports import World
from backend.services import drafts, notices
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund
from tests.clock import FakeClock
from tests.due import run_due
from tests.money import FINANCE
from tests.working import CONVERSATION, ORDER, a_working_shop, case_in, stored

S = State


@dataclass(frozen=True)
class Seen:
    """Where a clock is looked at, the template of its reminders, and the state that its end leads to, if to another."""

    state: State
    leads_to: State | None = None
    reminder: str | None = None


SEEN: dict[str, Seen] = {
    "draft.ttl_hours": Seen(S.DRAFT, S.CLOSED, "nudge_draft"),
    "sla.review": Seen(S.SUBMITTED),
    "sla.first_response_hours": Seen(S.SUBMITTED),
    "sla.solution_hours": Seen(S.SUBMITTED),
    "need_info.ttl_hours": Seen(S.NEED_INFO, S.CLOSED, "nudge_need_info"),
    "proposal.ttl_days": Seen(S.PROPOSED, S.SUBMITTED),
    "sla.approval": Seen(S.PENDING_APPROVAL),
    "appeal.days": Seen(S.REJECTED, S.CLOSED),
    "return.ship_by_days": Seen(S.AWAITING_RETURN, S.CLOSED, "nudge_return"),
    "return.transit_alert_days": Seen(S.RETURN_IN_TRANSIT),
    "sla.inspect": Seen(S.RECEIVED),
    "inspection_issue.ttl_days": Seen(S.INSPECTION_ISSUE),
    "sla.send_back_workdays": Seen(S.SENDING_BACK),
    "sla.repair_workdays": Seen(S.REPAIRING),
    "sla.finance": Seen(S.REFUND_PENDING),
    "refund.eta_workdays": Seen(S.REFUNDING),
    "refund.max_workdays": Seen(S.REFUNDING),
    "refund.max_workdays.warn_calendar_days": Seen(S.REFUNDING),
    "sla.replacement_ship_hours": Seen(S.REPLACEMENT_PENDING),
    "exchange.delivered_days": Seen(S.REPLACEMENT_SHIPPED, S.AWAITING_CONFIRM),
    ARRIVAL: Seen(S.AWAITING_CONFIRM, reminder="refund_arrived"),
    "confirm.auto_days": Seen(S.AWAITING_CONFIRM, S.CLOSED),
}

CLOSED_AS = {
    "draft.ttl_hours": CloseReason.EXPIRED,
    "need_info.ttl_hours": CloseReason.EXPIRED,
    "appeal.days": CloseReason.REJECTED,
    "return.ship_by_days": CloseReason.EXPIRED,
    "confirm.auto_days": CloseReason.RESOLVED,
}


TOLD_OF = {waiting.clock for waiting in WAITING.values()} | {"refund.max_workdays"}
"""Clocks that a customer knows of: they end with the time that was told for a state."""


def a_paid_case(world: World) -> Case:
    case = brought_to(world, S.REFUNDING)
    paid = RefundAnswer(f"{case.case_no}-1", LegState.SUCCESS, case.amount_fen or 0, account="招商银行信用卡0403")
    record_result(world, paid, Source.QUERY, by="test")
    return stored(world, case)


def case_of(world: World, one: CaseClock) -> Case:
    """A case whose clock has just begun to run."""
    return a_paid_case(world) if one.name == ARRIVAL else brought_to(world, SEEN[one.name].state)


def brought_to(world: World, state: State) -> Case:
    """A case in any state, in a new shop."""
    if state is S.DRAFT:
        a_working_shop(world)
        return drafts.fill_draft(world, CONVERSATION, Answers(order_no=ORDER)).draft
    if state in (S.REFUNDING, S.REFUND_FAILED):
        return being_paid(world, state)
    return case_in(world, state)


def being_paid(world: World, state: State) -> Case:
    case = pay_refund(world, case_in(world, S.REFUND_PENDING).case_no or "", FINANCE)
    if state is S.REFUND_FAILED:
        failed = RefundAnswer(f"{case.case_no}-1", LegState.FAILED, case.amount_fen or 0)
        record_result(world, failed, Source.QUERY, by="test")
    return stored(world, case)


def planned(world: World, case: Case, clock: CaseClock, *marks: Mark) -> list[Timer]:
    with world.read() as work:
        found = [timer for timer in work.timers.of_case(case.id) if timer.clock == clock.name]
    return [timer for timer in found if not marks or timer.mark in marks]


def pass_to(world: World, clock: FakeClock, moment: datetime) -> None:
    """Let the worker do all that is due until then, each thing when it is."""
    while True:
        with world.read() as work:
            due = work.timers.due(moment, 1)
        if not due:
            break
        clock.advance(seconds=max(0.0, (due[0].due_at - clock.now()).total_seconds()))
        run_due(world)
    clock.advance(seconds=max(0.0, (moment - clock.now()).total_seconds()))


def alerts_of(world: World, case: Case, clock: CaseClock) -> list[Alert]:
    with world.read() as work:
        found = work.alerts.of_case(case.id)
    return [each for each in found if each.detail["about"].partition(":")[0] == clock.name]


def told_of(world: World, case: Case) -> list[str | None]:
    with world.read() as work:
        rows = work.messages.queued(case.conversation_id, 100)
    return [row.template for row in rows if row.case_id == case.id]


def breached(world: World, case: Case, clock: CaseClock) -> bool:
    now, role = stored(world, case), notices.next_role(notices.RESPONSIBLE[case.state])
    told = any(alert.kind == "breach" and alert.role is role for alert in alerts_of(world, case, clock))
    return told and now.sla_breached and now.priority > case.priority


def came_to_people(world: World, case: Case, clock: CaseClock) -> bool:
    roles = {alert.role for alert in alerts_of(world, case, clock) if alert.kind == "escalation"}
    return notices.RESPONSIBLE[case.state] in roles and stored(world, case).state is case.state


def was_escalated(world: World, case: Case, clock: CaseClock) -> bool:
    with world.read() as work:
        events = [event.event for event in work.cases.events(case.id)]
    return came_to_people(world, case, clock) and events.count(Event.ESCALATE.value) == 1


def moved_on(world: World, case: Case, clock: CaseClock) -> bool:
    now = stored(world, case)
    return now.state is SEEN[clock.name].leads_to and now.close_reason is CLOSED_AS.get(clock.name)


def reminded(world: World, case: Case, clock: CaseClock) -> bool:
    """Said, or to be said in the morning."""
    with world.read() as work:
        waiting = [timer.detail["template"] for timer in work.timers.open_of(case.id) if timer.mark is Mark.TELL]
    return [*told_of(world, case), *waiting].count(SEEN[clock.name].reminder) == 1


HAPPENED: dict[Mark, Callable[[World, Case, CaseClock], bool]] = {
    Mark.BREACH: breached,
    Mark.ALERT: came_to_people,
    Mark.ESCALATE: was_escalated,
    Mark.NUDGE: reminded,
    Mark.EXPIRE: moved_on,
    Mark.DELIVERED: moved_on,
    Mark.AUTO_CONFIRM: moved_on,
}


def test_every_clock_is_looked_at() -> None:
    assert set(SEEN) == {clock.name for clock in CLOCKS}
    assert {waiting.clock for waiting in WAITING.values() if waiting.clock} <= set(SEEN) | {
        "refund.max_workdays.default"
    }
    assert {clock.end for clock in CLOCKS} == set(HAPPENED)


@pytest.mark.parametrize("one", CLOCKS, ids=lambda clock: clock.name)
def test_d1_a_clocks_end_has_its_effect_and_not_a_moment_before(world: World, clock: FakeClock, one: CaseClock) -> None:
    case = case_of(world, one)
    (end,) = planned(world, case, one, one.end)
    assert case.state in one.runs_in

    pass_to(world, clock, end.due_at - timedelta(seconds=1))
    assert not HAPPENED[one.end](world, case, one)

    pass_to(world, clock, end.due_at)
    assert HAPPENED[one.end](world, case, one)
    with world.read() as work:
        assert work.timers.due(clock.now(), 100) == []


@pytest.mark.parametrize("one", [one for one in CLOCKS if one.end is Mark.BREACH], ids=lambda clock: clock.name)
def test_d1_staff_are_warned_at_half_and_at_four_fifths_of_a_clock(
    world: World, clock: FakeClock, one: CaseClock
) -> None:
    case = case_of(world, one)
    warnings = planned(world, case, one, Mark.WARN)
    assert [timer.detail["percent"] for timer in warnings] == list(WARNINGS)

    for number, timer in enumerate(warnings):
        pass_to(world, clock, timer.due_at - timedelta(seconds=1))
        assert len(alerts_of(world, case, one)) == number
        pass_to(world, clock, timer.due_at)
        warned = alerts_of(world, case, one)[-1]
        assert (warned.kind, warned.role) == ("warning", notices.RESPONSIBLE[case.state])
        assert warned.detail["percent"] == timer.detail["percent"]


@pytest.mark.parametrize("one", [one for one in CLOCKS if one.end is Mark.BREACH], ids=lambda clock: clock.name)
def test_n11_whoever_was_told_a_time_hears_of_its_miss_and_of_a_new_one_before_they_ask(
    world: World, clock: FakeClock, one: CaseClock
) -> None:
    case = case_of(world, one)
    (end,) = planned(world, case, one, one.end)
    pass_to(world, clock, end.due_at)
    pass_to(world, clock, clock.now() + timedelta(hours=9))  # nobody is written to at night

    with world.read() as work:
        rows = work.messages.queued(case.conversation_id, 100)
    said = [row.payload["params"] for row in rows if row.template == "overdue"]
    mine = [params for params in said if params["clock"] == one.name]
    assert len(mine) == (one.name in TOLD_OF)
    assert all(params["promised_at"] > end.due_at.isoformat() for params in mine)


@pytest.mark.parametrize("one", [one for one in CLOCKS if one.nudges], ids=lambda clock: clock.name)
def test_d1_the_customer_is_reminded_at_each_time_that_the_rules_name(
    world: World, clock: FakeClock, one: CaseClock
) -> None:
    case, template = case_of(world, one), SEEN[one.name].reminder
    for number, timer in enumerate(planned(world, case, one, Mark.NUDGE)):
        pass_to(world, clock, timer.due_at - timedelta(seconds=1))
        assert told_of(world, case).count(template) == number
        pass_to(world, clock, timer.due_at)
        assert told_of(world, case).count(template) == number + 1


@pytest.mark.parametrize("one", [one for one in CLOCKS if one.pauses_in], ids=lambda clock: clock.name)
def test_a_clock_that_stands_still_for_the_customer_is_one_of_the_shops(one: CaseClock) -> None:
    assert one.end in (Mark.BREACH, Mark.ALERT)
    assert all(WAITING[state].paused for state in one.pauses_in)
