"""What a due timer of a complaint does: warnings, missed times, evidence that did not come, the end of the last say.

`services.timers` finds, leases and commits them, as it does those of cases.
"""

from collections.abc import Callable
from datetime import datetime

from backend.domain.case import TIMER
from backend.domain.clocks import Mark, Timer
from backend.domain.complaint import Complaint, Deed, Stage
from backend.domain.rule_types import Clock, Unit
from backend.domain.workdays import clock_deadline
from backend.ports import UnitOfWork, World
from backend.services import complaint_notices
from backend.services.complaint_moving import locked_complaint, move_complaint, rules_in_force

EXTENSION = Clock(1, Unit.WORKDAY)
"""When a time was missed, the customer is told a new one: so much later."""

_PROMISED = ("complaint.ack_hours", "complaint.reply_workdays")
"""Clocks whose end a customer was told as ours, so they are told when it is missed."""


def do(world: World, work: UnitOfWork, timer: Timer, now: datetime) -> bool:
    """Do one in this unit of work; False when the complaint moved on in the meantime. The caller commits."""
    found = work.complaints.get(timer.complaint_id or 0)
    assert found is not None  # a timer's complaint is a foreign key
    complaint = locked_complaint(work, found.complaint_no)
    if not work.timers.finish(timer.id):
        return False
    _EFFECTS[timer.mark](world, work, complaint, timer, now)
    return True


def _warn(world: World, work: UnitOfWork, complaint: Complaint, timer: Timer, now: datetime) -> None:
    role = complaint_notices.handler(complaint.stage, rules_in_force(world, now))
    percent = timer.detail["percent"]
    about = f"{timer.clock}:{percent}"
    complaint_notices.alert(work, complaint, "warning", role, now, about=about, percent=percent)


def _breach(world: World, work: UnitOfWork, complaint: Complaint, timer: Timer, now: datetime) -> None:
    """The shop has missed its time: the last rung of the ladder knows, and the customer is told before they ask."""
    promised = clock_deadline(now, EXTENSION, world.calendar.is_workday)
    late = move_complaint(
        world,
        work,
        complaint,
        Deed.LATE,
        actor=TIMER,
        now=now,
        detail={"clock": timer.clock, "promised_at": promised.isoformat()},
        changes={"sla_breached": True},
        told=timer.clock in _PROMISED,
    )
    role = complaint_notices.superior(rules_in_force(world, now))
    complaint_notices.alert(work, late, "breach", role, now, about=timer.clock)


def _expire(world: World, work: UnitOfWork, complaint: Complaint, timer: Timer, now: datetime) -> None:
    """Evidence that did not come holds nothing up; a ruling that nobody took further is the end."""
    waited = complaint.stage in (Stage.WAIT_CUSTOMER, Stage.WAIT_MERCHANT)
    deed = Deed.LAPSE if waited else Deed.EXPIRE
    moved = move_complaint(world, work, complaint, deed, actor=TIMER, now=now, detail={"clock": timer.clock})
    if complaint.stage is Stage.WAIT_MERCHANT:
        role = complaint_notices.superior(rules_in_force(world, now))
        complaint_notices.alert(work, moved, "escalation", role, now, about=timer.clock)


def _tell(world: World, work: UnitOfWork, complaint: Complaint, timer: Timer, now: datetime) -> None:
    told = timer.detail
    complaint_notices.say_of_complaint(world, work, complaint, told["template"], told["params"], told["version"])


_EFFECTS: dict[Mark, Callable[[World, UnitOfWork, Complaint, Timer, datetime], None]] = {
    Mark.WARN: _warn,
    Mark.BREACH: _breach,
    Mark.EXPIRE: _expire,
    Mark.TELL: _tell,
}
