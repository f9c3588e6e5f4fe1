"""Sets, pauses, resumes and puts away the timers of a case as it moves; what they do when due stands in `timers`."""

from collections.abc import Sequence
from datetime import datetime

from backend.domain.case import Case
from backend.domain.clocks import (
    CLOCKS,
    CaseClock,
    Mark,
    Planned,
    Timer,
    TimerState,
    days_that_count,
    limit_of,
    marks,
)
from backend.domain.lifecycle import Event
from backend.domain.progress import WAITING
from backend.domain.rules import Rules
from backend.domain.work_time import after_work_time, work_time
from backend.domain.workdays import IsWorkday
from backend.ports import UnitOfWork, World


def follow(
    world: World, work: UnitOfWork, before: Case | None, after: Case, event: Event, rules: Rules, now: datetime
) -> None:
    """Bring the timers of a case that has changed its state in line with the new one; `before` is None at T1.

    The state's own clock does not begin while nothing is due (`Case.due_at`): `restart_own` begins it.
    """
    open_timers = work.timers.open_of(after.id) if before is not None else []
    over: list[Timer] = []
    begun: dict[str, Sequence[Planned]] = {}
    for clock in CLOCKS:
        own = [timer for timer in open_timers if timer.clock == clock.name and timer.mark is not Mark.TELL]
        if after.state in clock.runs_in:
            if not _resumed(world, work, own, after, rules, now) and _begins(clock, before, after, event):
                begun[clock.name] = marks(clock, after, rules, now, world.calendar.is_workday)
        elif after.state in clock.pauses_in:
            _pause(world, work, [timer for timer in own if timer.state is TimerState.WAITING], after, rules, now)
        else:
            over += own
    work.timers.cancel([timer.id for timer in over])
    work.timers.set(after.id, begun, now)


def resumed_due(
    world: World, work: UnitOfWork, before: Case, after: Case, rules: Rules, now: datetime
) -> datetime | None:
    """When the clock of the new state ends that stood still until now; None when it begins anew."""
    name = WAITING[after.state].clock
    if name is None or not WAITING[before.state].paused:
        return None
    for timer in work.timers.open_of(before.id):
        if timer.clock == name and timer.mark is Mark.BREACH and timer.remaining is not None:
            return after_work_time(now, timer.remaining, _days(world, timer, after, rules))
    return None


def restart(world: World, work: UnitOfWork, case: Case, rules: Rules, now: datetime) -> None:
    """Begin the clocks of the present state anew: a draft's, whenever its customer has said something."""
    work.timers.cancel([timer.id for timer in work.timers.open_of(case.id)])
    mine = (clock for clock in CLOCKS if case.state in clock.runs_in and not clock.starts_by)
    begun = {clock.name: marks(clock, case, rules, now, world.calendar.is_workday) for clock in mine}
    work.timers.set(case.id, begun, now)


def restart_own(world: World, work: UnitOfWork, case: Case, rules: Rules, now: datetime) -> None:
    """Begin anew the one clock that is the present state's: what the shop had to wait for has come."""
    (clock,) = (each for each in CLOCKS if each.name == WAITING[case.state].clock)
    own = [timer for timer in work.timers.open_of(case.id) if timer.clock == clock.name]
    work.timers.cancel([timer.id for timer in own if timer.mark is not Mark.TELL])
    work.timers.set(case.id, {clock.name: marks(clock, case, rules, now, world.calendar.is_workday)}, now)


def hold_back(work: UnitOfWork, case: Case, planned: Planned, now: datetime) -> None:
    """Keep something to be told for later."""
    work.timers.set(case.id, {"notify.quiet_hours": [planned]}, now)


def _resumed(world: World, work: UnitOfWork, own: Sequence[Timer], after: Case, rules: Rules, now: datetime) -> bool:
    """Whether the clock stood still, and goes on now."""
    paused = [timer for timer in own if timer.state is TimerState.PAUSED]
    _resume(world, work, paused, after, rules, now)
    return bool(paused)


def _begins(clock: CaseClock, before: Case | None, after: Case, event: Event) -> bool:
    """Whether a clock of the new state begins with this event."""
    ran = before is not None and before.state in clock.runs_in
    return not ran and not _is_idle(clock, after) and (not clock.starts_by or event in clock.starts_by)


def _is_idle(clock: CaseClock, case: Case) -> bool:
    return case.due_at is None and clock.name == WAITING[case.state].clock


def _pause(world: World, work: UnitOfWork, timers: Sequence[Timer], case: Case, rules: Rules, now: datetime) -> None:
    for timer in timers:
        work.timers.pause(timer.id, work_time(now, timer.due_at, _days(world, timer, case, rules)))


def _resume(world: World, work: UnitOfWork, timers: Sequence[Timer], case: Case, rules: Rules, now: datetime) -> None:
    for timer in timers:
        assert timer.remaining is not None  # a paused timer knows what was left
        due = after_work_time(now, timer.remaining, _days(world, timer, case, rules))
        work.timers.resume(timer.id, due)


def _days(world: World, timer: Timer, case: Case, rules: Rules) -> IsWorkday:
    return days_that_count(limit_of(timer.clock, case, rules), world.calendar.is_workday)
