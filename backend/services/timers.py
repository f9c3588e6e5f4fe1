"""Does what is due: reminders, warnings, missed times, expiry, and what silence brings about (lifecycle page, 4).

A timer is leased by one conditional UPDATE and done in one transaction with its effect, so it has its effect once
however many workers there are and wherever one of them dies: a lease that is over is simply taken again.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from backend.domain.case import SYSTEM, TIMER, Case, Role, State
from backend.domain.clocks import Mark, Timer
from backend.domain.lifecycle import Event
from backend.domain.progress import WAITING
from backend.domain.rule_types import Clock, Unit
from backend.domain.workdays import clock_deadline
from backend.errors import BackendError
from backend.logs import once_committed
from backend.ports import UnitOfWork, World
from backend.services import complaint_timers, notices
from backend.services.automatic import approve_overdue
from backend.services.case_rules import book_of, rules_of
from backend.services.extras import compensate_breach
from backend.services.locking import locked_by_id
from backend.services.moving import move

LEASE = timedelta(seconds=60)
"""A timer whose effect failed, or whose worker died, is tried again after so long."""

EXTENSION = Clock(1, Unit.WORKDAY)
"""When a time was missed, the customer is told a new one: so much later."""

_NUDGES = {
    State.DRAFT: "nudge_draft",
    State.NEED_INFO: "nudge_need_info",
    State.AWAITING_RETURN: "nudge_return",
    State.AWAITING_CONFIRM: "refund_arrived",
}

_OWN_CLOCKS = frozenset(waiting.clock for waiting in WAITING.values()) | {"refund.max_workdays"}
"""Clocks whose end a customer was told, so they are told when it is missed."""

log = logging.getLogger(__name__)


def due_timers(world: World, limit: int = 100) -> list[list[int]]:
    """The ids of the timers that are due and in nobody's hands, each case's or complaint's together, oldest first."""
    owners: dict[tuple[int | None, int | None], list[int]] = {}
    with world.read() as work:
        for timer in work.timers.due(world.clock.now(), limit):
            owners.setdefault((timer.case_id, timer.complaint_id), []).append(timer.id)
    return list(owners.values())


def run_timers(world: World, timer_ids: Sequence[int]) -> int:
    """Do some timers, one after the other, so that a case's last reminder does not come after its end.

    Gives how many had their effect: none that is not due, is in somebody else's hands, or failed (it is tried again).
    """
    return sum(_run(world, timer_id) for timer_id in timer_ids)


def _run(world: World, timer_id: int) -> bool:
    now = world.clock.now()
    with world.write() as work:
        timer = work.timers.lease(timer_id, now, now + LEASE)
        work.commit()
    if timer is None:
        return False
    try:
        return _do(world, timer, now)
    except BackendError:
        log.exception("%s failed", timer)
        return False


def _do(world: World, timer: Timer, now: datetime) -> bool:
    with world.write() as work:
        if timer.case_id is None:
            done = complaint_timers.do(world, work, timer, now)
        else:
            done = _do_of_case(world, work, timer, timer.case_id, now)
        if done:
            work.commit()
    return done


def _do_of_case(world: World, work: UnitOfWork, timer: Timer, case_id: int, now: datetime) -> bool:
    case = locked_by_id(work, case_id)
    if not work.timers.finish(timer.id):
        return False  # the case moved on in the meantime
    _EFFECTS[timer.mark](world, work, case, timer, now)
    facts = {"conversation": case.conversation_id, "case": case.case_no}
    once_committed(work, log, "timer %s of %s has had its effect", timer.mark.value, timer.clock, **facts)
    return True


def _nudge(world: World, work: UnitOfWork, case: Case, timer: Timer, now: datetime) -> None:
    rules = rules_of(world, work, case, now)
    notices.tell(
        world,
        work,
        case,
        _NUDGES[case.state],
        book=book_of(world, case, now),
        rules=rules,
        now=now,
        detail=_asked(work, case),
        by_clock=True,
        number=timer.detail.get("number", 1),
    )


def _asked(work: UnitOfWork, case: Case) -> dict[str, Any]:
    """What the customer was asked for when the case came to them."""
    last = work.cases.last_move(case.id)
    return {} if last is None else dict(last.detail)


def _warn(world: World, work: UnitOfWork, case: Case, timer: Timer, now: datetime) -> None:
    role = notices.RESPONSIBLE[case.state]
    percent = timer.detail["percent"]
    notices.alert(work, case, "warning", role, now, about=f"{timer.clock}:{percent}", percent=percent)


def _breach(world: World, work: UnitOfWork, case: Case, timer: Timer, now: datetime) -> None:
    """The shop has missed its time: the next role knows, the case goes first, the customer is told (N11).

    A review that the rules end by themselves then ends with an approval instead.
    """
    rules = rules_of(world, work, case, now)
    if timer.clock == "sla.review" and approve_overdue(world, work, case, rules, now) is not None:
        return
    detail = {"clock": timer.clock, "breached": True}
    changes = {"sla_breached": True, "priority": case.priority + 1}
    late = move(world, work, case, Event.PRIORITY, actor=SYSTEM, now=now, detail=detail, changes=changes)
    compensate_breach(work, late, rules, now)
    role = notices.next_role(notices.RESPONSIBLE[case.state])
    notices.alert(work, late, "breach", role, now, about=timer.clock)
    if timer.clock in _OWN_CLOCKS:
        _apologise(world, work, late, timer, now)


def _apologise(world: World, work: UnitOfWork, case: Case, timer: Timer, now: datetime) -> None:
    promised = clock_deadline(now, EXTENSION, world.calendar.is_workday)
    notices.tell(
        world,
        work,
        case,
        "overdue",
        book=book_of(world, case, now),
        rules=rules_of(world, work, case, now),
        now=now,
        detail={"clock": timer.clock, "promised_at": promised.isoformat()},
        by_clock=True,
    )


def _alert(world: World, work: UnitOfWork, case: Case, timer: Timer, now: datetime) -> None:
    notices.alert(work, case, "escalation", notices.RESPONSIBLE[case.state], now, about=timer.clock)


def _escalate(world: World, work: UnitOfWork, case: Case, timer: Timer, now: datetime) -> None:
    """Silence about an inspection never cuts a customer's money: people take it up (T27)."""
    moved = move(world, work, case, Event.ESCALATE, actor=TIMER, now=now)
    for role in (Role.AGENT, Role.SUPERVISOR):
        notices.alert(work, moved, "escalation", role, now, about=f"{timer.clock}:{role.value}")


def _tell(world: World, work: UnitOfWork, case: Case, timer: Timer, now: datetime) -> None:
    told = timer.detail
    notices.say_of_case(
        world, work, case, told["template"], told["params"], version=told["version"], number=told["number"]
    )


def _mover(event: Event) -> Callable[[World, UnitOfWork, Case, Timer, datetime], None]:
    def effect(world: World, work: UnitOfWork, case: Case, timer: Timer, now: datetime) -> None:
        move(world, work, case, event, actor=TIMER, now=now, detail={"clock": timer.clock})

    return effect


_EFFECTS: dict[Mark, Callable[[World, UnitOfWork, Case, Timer, datetime], None]] = {
    Mark.NUDGE: _nudge,
    Mark.WARN: _warn,
    Mark.BREACH: _breach,
    Mark.ALERT: _alert,
    Mark.EXPIRE: _mover(Event.EXPIRE),
    Mark.ESCALATE: _escalate,
    Mark.DELIVERED: _mover(Event.DELIVERED),
    Mark.AUTO_CONFIRM: _mover(Event.AUTO_CONFIRM),
    Mark.TELL: _tell,
}
