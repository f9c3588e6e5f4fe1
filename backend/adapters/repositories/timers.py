"""Timers of cases and complaints: the rows that say what is due when."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Column, bindparam, or_, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from backend.adapters.repositories.kept import change, put, run
from backend.adapters.work_tables import timer
from backend.domain.clocks import Mark, Planned, Timer, TimerState

_IS_OPEN = (timer.c.state == TimerState.WAITING.value) | (timer.c.state == TimerState.PAUSED.value)
_CANCEL = (
    update(timer).where(timer.c.id.in_(bindparam("given", expanding=True))).values(state=TimerState.CANCELLED.value)
)


@lru_cache
def _open_of(owner: Column) -> Select:
    """Kept, as all that each step of a form asks: building it takes longer than asking."""
    return select(timer).where(owner == bindparam("owner"), _IS_OPEN).order_by(timer.c.id)


class TimerTable:
    """Keeps `ports.Timers`; `owner` is the column that says whose timers are set and listed."""

    def __init__(self, connection: Connection, owner: Column = timer.c.case_id) -> None:
        self._connection, self._owner = connection, owner

    def set(self, owner_id: int, planned: Mapping[str, Sequence[Planned]], at: datetime) -> None:
        rows = [
            {
                self._owner.name: owner_id,
                "clock": clock,
                "mark": each.mark.value,
                "state": TimerState.WAITING.value,
                "due_at": each.due_at,
                "set_at": at,
                "detail": each.detail,
            }
            for clock, marks in planned.items()
            for each in marks
        ]
        if rows:
            put(self._connection, timer, *rows)

    def of_case(self, owner_id: int) -> list[Timer]:
        query = select(timer).where(self._owner == owner_id).order_by(timer.c.due_at, timer.c.id)
        return [_timer(row) for row in self._connection.execute(query)]

    def open_of(self, owner_id: int) -> list[Timer]:
        rows = run(self._connection, _open_of(self._owner), {"owner": owner_id})
        return [_timer(row) for row in rows]

    def pause(self, timer_id: int, remaining: timedelta) -> None:
        self._put(timer_id, state=TimerState.PAUSED.value, remaining_seconds=remaining.total_seconds())

    def resume(self, timer_id: int, due_at: datetime) -> None:
        self._put(timer_id, state=TimerState.WAITING.value, remaining_seconds=None, due_at=due_at)

    def cancel(self, timer_ids: Sequence[int]) -> None:
        if timer_ids:
            change(self._connection, _CANCEL, {"given": list(timer_ids)})

    def due(self, now: datetime, limit: int) -> list[Timer]:
        key = timer.c
        free = or_(key.leased_until.is_(None), key.leased_until < now)
        query = (
            select(timer)
            .where(key.state == TimerState.WAITING.value, key.due_at <= now, free)
            .order_by(key.due_at, key.id)
            .limit(limit)
        )
        return [_timer(row) for row in self._connection.execute(query)]

    def lease(self, timer_id: int, now: datetime, until: datetime) -> Timer | None:
        key = timer.c
        free = or_(key.leased_until.is_(None), key.leased_until < now)
        taken = self._connection.execute(
            update(timer)
            .where(key.id == timer_id, key.state == TimerState.WAITING.value, key.due_at <= now, free)
            .values(leased_until=until, attempts=key.attempts + 1)
        )
        return self._get(timer_id) if taken.rowcount == 1 else None

    def finish(self, timer_id: int) -> bool:
        key = timer.c
        done = self._connection.execute(
            update(timer)
            .where(key.id == timer_id, key.state == TimerState.WAITING.value)
            .values(state=TimerState.DONE.value)
        )
        return bool(done.rowcount == 1)

    def _get(self, timer_id: int) -> Timer:
        return _timer(self._connection.execute(select(timer).where(timer.c.id == timer_id)).one())

    def _put(self, timer_id: int, **values: object) -> None:
        self._connection.execute(update(timer).where(timer.c.id == timer_id).values(**values))


def _timer(row: Row) -> Timer:
    remaining = None if row.remaining_seconds is None else timedelta(seconds=row.remaining_seconds)
    return Timer(
        id=row.id,
        case_id=row.case_id,
        clock=row.clock,
        mark=Mark(row.mark),
        state=TimerState(row.state),
        due_at=row.due_at,
        remaining=remaining,
        attempts=row.attempts,
        detail=row.detail,
        complaint_id=row.complaint_id,
    )
