"""The one way a case changes: state and version checked, log appended, timers, notice and alert in one transaction.

Every verb ends here. A verb checks the guard of its row first; this module checks the table.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.domain.case import STAFF_ROLES, SYSTEM, Actor, Case, CaseEvent, CloseReason, Role, State
from backend.domain.clocks import due_at
from backend.domain.earlier import gave_back
from backend.domain.lifecycle import Event, Step, allowed_events, next_state, targets
from backend.domain.progress import WAITING
from backend.domain.refund_leg import LegState
from backend.domain.rules import Rules
from backend.domain.stock import StockItem
from backend.errors import GuardRefused, IllegalTransition
from backend.logs import once_committed
from backend.ports import UnitOfWork, World
from backend.services import clock_keeping, collections, notices, stock
from backend.services.case_rules import book_of, rules_of
from backend.services.conversations import Notice
from backend.services.locking import lock_conversations, refuse_stale
from backend.services.reaching import say_about

log = logging.getLogger(__name__)

_CLOSED_BY = {
    Event.CONFIRM: CloseReason.RESOLVED,
    Event.AUTO_CONFIRM: CloseReason.RESOLVED,
    Event.WITHDRAW: CloseReason.CANCELLED,
    Event.DELIVERED: CloseReason.RETURNED_TO_CUSTOMER,
    Event.EXPIRE: CloseReason.EXPIRED,
}


def step_of(
    work: UnitOfWork,
    case: Case,
    event: Event,
    actor: Actor,
    target: State | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Step:
    """What an event comes to in the case's present state. Raises IllegalTransition naming what is allowed.

    The event that led here, by the same role with the same detail, is `repeated`; with another detail it is illegal.
    """
    if targets(case.state, event, actor.role):
        return next_state(case.state, event, actor.role, target=target)
    last = work.cases.last_move(case.id)
    step = next_state(
        case.state, event, actor.role, target=target, last_event=Event(last.event) if last is not None else None
    )
    if step.repeated and last is not None and detail is not None and dict(detail) != last.detail:
        raise illegal(case, event, actor)
    return step


def move(
    world: World,
    work: UnitOfWork,
    case: Case,
    event: Event,
    *,
    actor: Actor,
    now: datetime,
    target: State | None = None,
    detail: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
    notice: Callable[[Case], Notice] | None = None,
) -> Case:
    """Make an event happen to a case as it was read in this unit of work, and give the case as it is then.

    `changes` are other fields of the case to set; `detail`, plain JSON, goes into the log and into the notice that
    `notices.AFTER` names; `notice` makes another one of the moved case. `expected_version` is the one that whoever
    decided has seen. A repeat changes nothing; a replacement of which there is none in stock is offered instead of at
    once (T34). The caller commits. Raises IllegalTransition, Conflict when somebody else was first, and GuardRefused
    where staff approve a replacement that is not in stock.
    """
    refuse_stale(case, expected_version)
    step = step_of(work, case, event, actor, target, detail)
    if step.repeated:
        return case
    lock_conversations(work, case)  # before the case: one order of locks everywhere
    moved = _moved(world, work, case, step, event, changes or {}, now)
    work.cases.save(moved, expected_version=case.version)
    work.cases.append(moved.id, event_of(event, actor, case.state, moved, now, detail))
    _note(work, case.state, moved, event, actor)
    _settle_pieces(work, case, moved)
    rules = rules_of(world, work, moved, now)
    short = stock.follow(work, case, moved, now)
    if short is not None:
        return _nothing_to_send(world, work, moved, event, step, short, rules, now)
    if step.changed:
        clock_keeping.follow(world, work, case, moved, event, rules, now)
        notices.alert_task(work, moved, now)
    if notice is not None:
        say_about(world, work, moved, notice(moved))
    else:
        _tell(world, work, moved, step, event, actor, rules, now, detail)
    collections.follow(world, work, case, moved, rules, now)
    return moved


def begin(work: UnitOfWork, draft: Case, *, actor: Actor, now: datetime) -> Case:
    """Insert a draft and write its first event (T1). Raises Conflict when the conversation has one already."""
    next_state(None, Event.START, actor.role)
    added = work.cases.add(draft)
    work.cases.append(added.id, event_of(Event.START, actor, None, added, now))
    _note(work, None, added, Event.START, actor)
    return added


def event_of(
    event: Event,
    actor: Actor,
    came_from: State | None,
    case: Case,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> CaseEvent:
    """The log's entry for an event that led to the case as given."""
    return CaseEvent(
        at=now,
        event=event.value,
        actor=actor.name,
        role=actor.role,
        from_state=came_from,
        to_state=case.state,
        version=case.version,
        detail=dict(detail or {}),
    )


def illegal(case: Case, event: Event, actor: Actor) -> IllegalTransition:
    """The error for an event that cannot happen now, naming what can."""
    allowed = tuple(each.value for each in allowed_events(case.state, actor.role))
    return IllegalTransition(state=case.state.value, event=event.value, role=actor.role.value, allowed=allowed)


def _note(work: UnitOfWork, came_from: State | None, case: Case, event: Event, actor: Actor) -> None:
    before, who = came_from.value if came_from else "nothing", actor.name if actor.role in STAFF_ROLES else "-"
    said = "%s by %s (%s): %s to %s"
    facts = {"conversation": case.conversation_id, "case": case.case_no}
    once_committed(work, log, said, event.value, actor.role.value, who, before, case.state.value, **facts)


def _moved(
    world: World,
    work: UnitOfWork,
    case: Case,
    step: Step,
    event: Event,
    changes: Mapping[str, Any],
    now: datetime,
) -> Case:
    changed = replace(case, **changes, version=case.version + 1)
    if not step.changed:
        return changed
    held = (now - case.state_since).total_seconds() if WAITING[case.state].paused else 0
    changed = replace(
        changed,
        state=step.to_state,
        state_since=now,
        held_seconds=changed.held_seconds + int(held),
        close_reason=_close_reason(work, case, event) if step.to_state is State.CLOSED else None,
    )
    return replace(changed, due_at=_due_at(world, work, case, changed, rules_of(world, work, changed, now), now))


def _due_at(world: World, work: UnitOfWork, before: Case, after: Case, rules: Rules, now: datetime) -> datetime | None:
    """A clock that stood still goes on; any other begins, but none before the customer has paid what they owe."""
    if collections.waits_for_payment(work, after):
        return None
    resumed = clock_keeping.resumed_due(world, work, before, after, rules, now)
    return resumed or due_at(after.state, after, rules, now, world.calendar.is_workday)


def _close_reason(work: UnitOfWork, case: Case, event: Event) -> CloseReason:
    """A case that was paid ends resolved, whatever became of what came up later: its pieces stay its own (D16)."""
    if any(leg.state is not LegState.FAILED for leg in work.refunds.of_case(case.id)):
        return CloseReason.RESOLVED
    return CloseReason.REJECTED if case.state is State.REJECTED and event is Event.EXPIRE else _CLOSED_BY[event]


def _settle_pieces(work: UnitOfWork, before: Case, after: Case) -> None:
    """Pieces are free again when a case ends without having taken them, and taken again when it goes on."""
    if before.case_no is None or before.state is after.state or before.order_no is None:
        return
    for line in before.lines:
        if _frees_pieces(before, after):
            work.orders.free_pieces(before.order_no, line.line_no, line.quantity or 0)
        elif before.state is State.CLOSED and gave_back(before):
            work.orders.claim_pieces(before.order_no, line.line_no, line.quantity or 0)


def _frees_pieces(before: Case, after: Case) -> bool:
    if after.state is State.DRAFT:
        return True
    return after.state is State.CLOSED and before.state is not State.DRAFT and gave_back(after)


def _nothing_to_send(
    world: World, work: UnitOfWork, case: Case, event: Event, step: Step, short: StockItem, rules: Rules, now: datetime
) -> Case:
    """A replacement was decided on, but there is none (T34): the customer chooses anew, and hears of that alone.

    Staff who approve are told before it happens. Raises GuardRefused then.
    """
    if event is Event.APPROVE:
        what_to_do = "only {free} of {sku} are free: propose something else, or wait"
        raise GuardRefused(step.guard, "stock_short", what_to_do, free=short.free, sku=short.sku)
    notices.alert(work, case, "warning", Role.WAREHOUSE, now, about=f"stock:{short.sku}")
    offer = stock.offer_instead(case, rules, after=event.value, sku=short.sku)
    return move(world, work, case, Event.OUT_OF_STOCK, actor=SYSTEM, now=now, detail=offer)


def _tell(
    world: World,
    work: UnitOfWork,
    case: Case,
    step: Step,
    event: Event,
    actor: Actor,
    rules: Rules,
    now: datetime,
    detail: Mapping[str, Any] | None,
) -> None:
    template = notices.template_after(step, event, case)
    if template is None:
        return
    by_clock = actor.role is Role.TIMER
    book = book_of(world, case, now, work)
    notices.tell(world, work, case, template, book=book, rules=rules, now=now, detail=detail, by_clock=by_clock)
