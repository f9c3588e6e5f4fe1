"""The one way a complaint changes: stage and version checked; log, timers, notice and alert in one transaction.

Every verb ends here. A verb checks the guard of its row first; this module checks the table.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from backend.domain.case import Actor, Role
from backend.domain.complaint import Complaint, Deed, Entry, Step, next_stage
from backend.domain.rules import Rules
from backend.errors import ComplaintNotFound
from backend.logs import once_committed
from backend.ports import UnitOfWork, World
from backend.services import complaint_clock_keeping, complaint_notices

log = logging.getLogger(__name__)


def locked_complaint(work: UnitOfWork, complaint_no: str) -> Complaint:
    """The complaint as nobody else changes it now: its conversation is locked first. Raises ComplaintNotFound."""
    found = work.complaints.by_number(complaint_no)
    if found is None:
        raise ComplaintNotFound(complaint_no)
    work.conversations.lock(found.conversation_id)
    return work.complaints.get(found.id) or found


def rules_in_force(world: World, now: datetime) -> Rules:
    """The rules that a complaint is handled by: a complaint is about many goods, or none."""
    return world.rule_book(now).rules_for()


def step_of(work: UnitOfWork, complaint: Complaint, deed: Deed, actor: Actor, detail: Mapping[str, Any]) -> Step:
    """What a deed comes to. The deed that led here, by the same role with the same detail, is `repeated`.

    Raises IllegalTransition naming what is allowed.
    """
    moves = [entry for entry in work.complaints.log(complaint.id) if entry.from_stage is not entry.to_stage]
    last = moves[-1] if moves else None
    told = last is not None and last.detail == dict(detail)
    return next_stage(complaint.stage, deed, actor.role, last_deed=last.deed if last is not None and told else None)


def move_complaint(
    world: World,
    work: UnitOfWork,
    complaint: Complaint,
    deed: Deed,
    *,
    actor: Actor,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    told: bool = True,
) -> Complaint:
    """Make a deed happen to a complaint as it was read in this unit of work, and give it as it is then.

    `detail`, plain JSON, goes into the log and into the notice, which is left out unless `told`. A repeat changes
    nothing. The caller commits. Raises IllegalTransition, or Conflict when somebody else was first.
    """
    detail = dict(detail or {})
    step = step_of(work, complaint, deed, actor, detail)
    if step.repeated:
        return complaint
    rules = rules_in_force(world, now)
    moved = replace(complaint, **(changes or {}), version=complaint.version + 1)
    if step.changed:
        due = complaint_clock_keeping.due_at(world, work, complaint, step.to_stage, rules, now)
        moved = replace(moved, stage=step.to_stage, stage_since=now, due_at=due)
    work.complaints.save(moved, expected_version=complaint.version)
    if step.changed:
        complaint_clock_keeping.follow(world, work, complaint.stage, moved, rules, now)
    _write(world, work, moved, step, deed, actor, rules, now, detail, told)
    return moved


def begin_complaint(
    world: World, work: UnitOfWork, complaint: Complaint, *, actor: Actor, now: datetime, told: bool = True
) -> Complaint:
    """Insert a complaint and all that goes with it (C1). Raises Conflict when one is open about the same already."""
    rules = rules_in_force(world, now)
    step = next_stage(None, Deed.OPEN, actor.role)
    due = complaint_clock_keeping.due_at(world, work, None, step.to_stage, rules, now)
    added = work.complaints.add(replace(complaint, due_at=due))
    complaint_clock_keeping.follow(world, work, None, added, rules, now)
    _write(world, work, added, step, Deed.OPEN, actor, rules, now, {"text": complaint.text}, told)
    return added


def _write(
    world: World,
    work: UnitOfWork,
    complaint: Complaint,
    step: Step,
    deed: Deed,
    actor: Actor,
    rules: Rules,
    now: datetime,
    detail: Mapping[str, Any],
    told: bool,
) -> None:
    entry = Entry(now, deed, actor.name, actor.role, step.from_stage, step.to_stage, complaint.version, dict(detail))
    work.complaints.append(complaint.id, entry)
    facts = {"conversation": complaint.conversation_id, "complaint": complaint.complaint_no}
    once_committed(work, log, "%s by %s: now %s", deed.value, actor.role.value, complaint.stage.value, **facts)
    complaint_notices.alert_task(work, complaint, step, rules, now, detail)
    template = complaint_notices.template_after(step, actor.role)
    if told and template is not None:
        by_clock = actor.role is Role.TIMER
        complaint_notices.tell(world, work, complaint, template, rules, now, detail, by_clock=by_clock)
