"""What complaints do to their cases: money stands still while they are in dispute, and follows what was ruled (T44).

A dispute also stops the clocks that would take a customer's silence for a yes: one who complains is not silent.
"""

from dataclasses import replace
from datetime import datetime

from backend.domain.case import SYSTEM, Actor, Case, Role, State
from backend.domain.clocks import ARRIVAL, TimerState
from backend.domain.complaint import DISPUTES, Cause, Complaint, ComplaintCase, Deed, Stage, allowed_deeds
from backend.domain.lifecycle import Event
from backend.domain.work_time import ZERO
from backend.domain.workdays import local_day
from backend.ports import UnitOfWork, World
from backend.services.complaint_moving import begin_complaint, move_complaint
from backend.services.moving import move

SILENCE = frozenset({"appeal.days", "inspection_issue.ttl_days", "confirm.auto_days", ARRIVAL})
"""Clocks of a case whose end is what a customer's silence brings about, or is said to a silent one."""


def open_complaint(
    world: World,
    work: UnitOfWork,
    conversation_id: str,
    cause: Cause,
    text: str,
    cases: tuple[Case, ...],
    *,
    actor: Actor,
    now: datetime,
    told: bool = True,
    flag: bool = True,
) -> Complaint:
    """A new complaint, or the one that is open about the first of these cases, with the words added.

    The caller has locked the conversation, and commits. Without `flag` the caller sets `dispute_open` itself.
    """
    found = work.complaints.open_about(conversation_id, cause, cases[0].id if cases else None)
    if found is not None:
        return add_words(world, work, found, text, actor=actor, now=now)
    made = Complaint(
        id=0,
        complaint_no=work.complaints.next_number(local_day(now)),
        conversation_id=conversation_id,
        cause=cause,
        text=text,
        stage=Stage.OPEN,
        version=1,
        opened_at=now,
        stage_since=now,
        cases=tuple(ComplaintCase(case.id, case.case_no or "") for case in cases),
    )
    opened = begin_complaint(world, work, made, actor=actor, now=now, told=told)
    for case in cases:
        _hold_silence(work, case, now)
    if flag:
        _flag(world, work, opened, cases, now)
    return opened


def add_words(
    world: World, work: UnitOfWork, complaint: Complaint, text: str, *, actor: Actor, now: datetime
) -> Complaint:
    """What a customer says once more goes into the complaint, as long as it is looked into."""
    if not text or Deed.ADD_EVIDENCE not in allowed_deeds(complaint.stage, actor.role):
        return complaint
    return move_complaint(
        world, work, complaint, Deed.ADD_EVIDENCE, actor=actor, now=now, detail={"text": text, "evidence": []}
    )


def freeze(world: World, work: UnitOfWork, complaint: Complaint, now: datetime) -> None:
    """It is in dispute again: money and silence of its cases stand still."""
    cases = cases_of(work, complaint)
    for case in cases:
        _hold_silence(work, case, now)
    _flag(world, work, complaint, cases, now)


def thaw(world: World, work: UnitOfWork, complaint: Complaint, now: datetime) -> None:
    """It is in dispute no more: what no other complaint holds may go on."""
    for case in cases_of(work, complaint):
        others = [each for each in work.complaints.of_case(case.id) if each.id != complaint.id]
        if case.dispute_open and not any(each.disputes for each in others):
            _note(world, work, case, complaint, now, dispute_open=False)
        if award_of(work, case) is None and not any(_is_looked_into(each) for each in others):
            _let_silence_count(work, case, now)


def award_of(work: UnitOfWork, case: Case) -> tuple[Complaint, ComplaintCase] | None:
    """What was ruled for a case in the customer's favour and is still to be carried out by it (T44)."""
    for complaint in work.complaints.of_case(case.id):
        for about in complaint.cases:
            waits = complaint.stage is Stage.RULED and about.ruled_to is not None and not about.executed
            if about.case_id == case.id and waits:
                return complaint, about
    return None


def was_ruled(work: UnitOfWork, case: Case, cause: Cause) -> bool:
    """Whether a complaint of this cause about a case was ruled on: it goes on from there, and does not begin anew."""
    return any(each.cause is cause and each.ruling is not None for each in work.complaints.of_case(case.id))


def ruled_target(work: UnitOfWork, case: Case) -> State | None:
    """Where a ruling sends a case, if there is one to carry out."""
    award = award_of(work, case)
    return award[1].ruled_to if award else None


def carried_out(
    world: World, work: UnitOfWork, complaint: Complaint, case_id: int, *, actor: Actor, now: datetime
) -> None:
    """A case has followed its ruling; with the last of them the complaint has been executed (C12)."""
    cases = tuple(replace(each, executed=each.executed or each.case_id == case_id) for each in complaint.cases)
    if any(each.ruled_to is not None and not each.executed for each in cases):
        work.complaints.save(replace(complaint, cases=cases), expected_version=complaint.version)
        return
    case_nos = [each.case_no for each in cases if each.executed]
    detail = {"done": "", "case_nos": case_nos}
    changes = {"cases": cases}
    move_complaint(
        world, work, complaint, Deed.EXECUTE, actor=actor, now=now, detail=detail, changes=changes, told=False
    )


def cases_of(work: UnitOfWork, complaint: Complaint) -> tuple[Case, ...]:
    """The cases that a complaint is about, as they stand."""
    found = [work.cases.get(each.case_id) for each in complaint.cases]
    return tuple(case for case in found if case is not None)


def _flag(world: World, work: UnitOfWork, complaint: Complaint, cases: tuple[Case, ...], now: datetime) -> None:
    for case in cases:
        if complaint.cause in DISPUTES and not case.dispute_open:
            _note(world, work, case, complaint, now, dispute_open=True)


def _note(
    world: World, work: UnitOfWork, case: Case, complaint: Complaint, now: datetime, *, dispute_open: bool
) -> None:
    changes = {"dispute_open": dispute_open}
    detail = {"complaint_no": complaint.complaint_no, **changes}
    move(world, work, case, Event.NOTE, actor=SYSTEM, now=now, detail=detail, changes=changes)


def _is_looked_into(complaint: Complaint) -> bool:
    return Deed.WITHDRAW in allowed_deeds(complaint.stage, Role.CUSTOMER) or complaint.stage is Stage.SUPERVISION


def _hold_silence(work: UnitOfWork, case: Case, now: datetime) -> None:
    for timer in work.timers.open_of(case.id):
        if timer.clock in SILENCE and timer.state is TimerState.WAITING:
            work.timers.pause(timer.id, max(timer.due_at - now, ZERO))


def _let_silence_count(work: UnitOfWork, case: Case, now: datetime) -> None:
    for timer in work.timers.open_of(case.id):
        if timer.clock in SILENCE and timer.remaining is not None:
            work.timers.resume(timer.id, now + timer.remaining)
