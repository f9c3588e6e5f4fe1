"""Improvement actions."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from backend.adapters.report_tables import improvement_action
from backend.adapters.repositories.upsert import broke_uniqueness
from backend.domain.improvement import Improvement
from backend.errors import Conflict


class ImprovementTable:
    """Keeps `ports.Improvements`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, action: Improvement) -> Improvement:
        row = {name: value for name, value in vars(action).items() if name != "id"}
        try:
            result = self._connection.execute(improvement_action.insert().values(row))
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            subject = f"{action.reason}:{action.sku}"
            raise Conflict(f"an action against {action.reason} of {action.sku} is open", subject=subject) from exc
        return Improvement(id=int(result.inserted_primary_key[0]), **row)

    def get(self, action_id: int) -> Improvement | None:
        query = select(improvement_action).where(improvement_action.c.id == action_id)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else Improvement(**row)

    def all(self, *, only_open: bool) -> list[Improvement]:
        table = improvement_action.c
        query = select(improvement_action).order_by(table.due, table.id)
        if only_open:
            query = query.where(table.closed_at.is_(None))
        return [Improvement(**row) for row in self._connection.execute(query).mappings()]

    def close(self, action_id: int, *, by: str, at: datetime, outcome: str) -> bool:
        table = improvement_action.c
        changed = self._connection.execute(
            update(improvement_action)
            .where(table.id == action_id, table.closed_at.is_(None))
            .values(closed_by=by, closed_at=at, outcome=outcome)
        )
        return bool(changed.rowcount)
