"""Alerts as members of staff are shown them."""

from datetime import datetime

from sqlalchemy import and_, exists, func, not_, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from backend.adapters.repositories.work import as_alert
from backend.adapters.tables import after_sales_case, handoff
from backend.adapters.work_tables import staff_alert
from backend.domain.alert_list import PASSING, QUEUED, URGED, WANTED, AlertLine, Reader
from backend.domain.case import State

_TASK = "task"


class AlertListTable:
    """Keeps `ports.alert_list.AlertLists`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open_of(self, reader: Reader, limit: int) -> list[AlertLine]:
        key = staff_alert.c
        query = (
            select(staff_alert, after_sales_case.c.case_no)
            .select_from(staff_alert.outerjoin(after_sales_case, after_sales_case.c.id == key.case_id))
            .where(_theirs(reader))
            .order_by(key.id.desc())
            .limit(limit)
        )
        return [AlertLine(row.id, as_alert(row), row.case_no) for row in self._connection.execute(query)]

    def count(self, reader: Reader) -> int:
        query = select(func.count()).select_from(staff_alert).where(_theirs(reader))
        return int(self._connection.execute(query).scalar_one())

    def settle(self, reader: Reader, alert_ids: list[int], by: str, at: datetime) -> int:
        chosen = and_(_theirs(reader), staff_alert.c.id.in_(alert_ids))
        done = self._connection.execute(update(staff_alert).where(chosen).values(seen_at=at, seen_by=by))
        return int(done.rowcount)

    def settle_moot(self, by: str, at: datetime, limit: int) -> int:
        key = staff_alert.c
        nobodys = select(key.id).where(key.seen_at.is_(None), or_(_queued(), _moot())).order_by(key.id).limit(limit)
        done = self._connection.execute(
            update(staff_alert).where(key.id.in_(nobodys), key.seen_at.is_(None)).values(seen_at=at, seen_by=by)
        )
        return int(done.rowcount)


def _theirs(reader: Reader) -> ColumnElement[bool]:
    key = staff_alert.c
    theirs = or_(key.staff_name == reader.name, and_(key.staff_name.is_(None), key.role == reader.role.value))
    return and_(theirs, key.seen_at.is_(None), not_(_queued()), not_(_moot()))


def _queued() -> ColumnElement[bool]:
    """Tasks that a queue shows."""
    about = staff_alert.c.detail["about"].as_string()
    return and_(staff_alert.c.kind == _TASK, or_(about.in_(QUEUED), about.like(f"{WANTED}%")))


def _moot() -> ColumnElement[bool]:
    return and_(staff_alert.c.kind.in_(PASSING), or_(_talk_is_over(), _case_is_closed(), _was_heard()))


def _talk_is_over() -> ColumnElement[bool]:
    """An alert about a conversation that nobody needs people in any more."""
    talk = staff_alert.c.conversation_id
    still_open = exists().where(handoff.c.conversation_id == talk, handoff.c.closed_at.is_(None))
    return and_(talk.is_not(None), not_(still_open))


def _case_is_closed() -> ColumnElement[bool]:
    """An alert about a case that is over."""
    closed = after_sales_case.alias()
    over = exists().where(closed.c.id == staff_alert.c.case_id, closed.c.state == State.CLOSED.value)
    return and_(staff_alert.c.case_id.is_not(None), over)


def _was_heard() -> ColumnElement[bool]:
    """A customer has pressed for a case that has moved on since."""
    detail, moved = staff_alert.c.detail, after_sales_case.alias()
    elsewhere = exists().where(moved.c.id == staff_alert.c.case_id, moved.c.state != detail["state"].as_string())
    return and_(detail["about"].as_string() == URGED, elsewhere)
