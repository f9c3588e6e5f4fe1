"""Alerts as members of staff are shown them."""

from datetime import datetime

from sqlalchemy import and_, func, not_, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from backend.adapters.repositories.work import as_alert
from backend.adapters.tables import after_sales_case
from backend.adapters.work_tables import staff_alert
from backend.domain.alert_list import QUEUED, WANTED, AlertLine, Reader

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


def _theirs(reader: Reader) -> ColumnElement[bool]:
    key = staff_alert.c
    about = key.detail["about"].as_string()
    queued = and_(key.kind == _TASK, or_(about.in_(QUEUED), about.like(f"{WANTED}%")))
    theirs = or_(key.staff_name == reader.name, and_(key.staff_name.is_(None), key.role == reader.role.value))
    return and_(theirs, key.seen_at.is_(None), not_(queued))
