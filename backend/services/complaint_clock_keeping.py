"""Sets, pauses, resumes and puts away the timers of a complaint as it moves; what is due, `complaint_timers` does."""

from collections.abc import Sequence
from datetime import datetime

from backend.domain.clocks import Mark, Timer, TimerState, days_that_count
from backend.domain.complaint import Complaint, Stage
from backend.domain.complaint_clocks import CLOCKS, TOLD, ComplaintClock, marks
from backend.domain.rules import Rules
from backend.domain.work_time import after_work_time, work_time
from backend.domain.workdays import IsWorkday, clock_deadline
from backend.ports import UnitOfWork, World


def follow(world: World, work: UnitOfWork, before: Stage | None, after: Complaint, rules: Rules, now: datetime) -> None:
    """Bring the timers of a complaint that has changed its stage in line with the new one; `before` is None at C1."""
    open_timers = work.complaint_timers.open_of(after.id) if before is not None else []
    for clock in CLOCKS:
        own = [timer for timer in open_timers if timer.clock == clock.name and timer.mark is not Mark.TELL]
        _follow(world, work, clock, own, before, after, rules, now)


def due_at(
    world: World, work: UnitOfWork, before: Complaint | None, stage: Stage, rules: Rules, now: datetime
) -> datetime | None:
    """By when whoever a stage waits for should have acted: a clock that runs or stood still goes on."""
    name = TOLD.get(stage)
    if name is None:
        return None
    for timer in work.complaint_timers.open_of(before.id) if before is not None else []:
        if timer.clock == name and timer.mark in (Mark.BREACH, Mark.EXPIRE):
            days = _days(world, timer.clock, rules)
            return timer.due_at if timer.remaining is None else after_work_time(now, timer.remaining, days)
    return clock_deadline(now, rules.clock(name), world.calendar.is_workday)


def _follow(
    world: World,
    work: UnitOfWork,
    clock: ComplaintClock,
    own: Sequence[Timer],
    before: Stage | None,
    after: Complaint,
    rules: Rules,
    now: datetime,
) -> None:
    if after.stage in clock.runs_in:
        paused = [timer for timer in own if timer.state is TimerState.PAUSED]
        if paused:
            _resume(world, work, paused, rules, now)
        elif before not in clock.runs_in and before not in clock.pauses_in:
            planned = marks(clock, rules, now, world.calendar.is_workday)
            work.complaint_timers.set(after.id, {clock.name: planned}, now)
    elif after.stage in clock.pauses_in:
        _pause(world, work, [timer for timer in own if timer.state is TimerState.WAITING], rules, now)
    else:
        work.complaint_timers.cancel([timer.id for timer in own])


def _pause(world: World, work: UnitOfWork, timers: Sequence[Timer], rules: Rules, now: datetime) -> None:
    for timer in timers:
        left = work_time(now, timer.due_at, _days(world, timer.clock, rules))
        work.complaint_timers.pause(timer.id, left)


def _resume(world: World, work: UnitOfWork, timers: Sequence[Timer], rules: Rules, now: datetime) -> None:
    for timer in timers:
        assert timer.remaining is not None  # a paused timer knows what was left
        due = after_work_time(now, timer.remaining, _days(world, timer.clock, rules))
        work.complaint_timers.resume(timer.id, due)


def _days(world: World, name: str, rules: Rules) -> IsWorkday:
    return days_that_count(rules.clock(name), world.calendar.is_workday)
