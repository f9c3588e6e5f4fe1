"""What only one process does at a time."""

from datetime import datetime

from sqlalchemy import delete, or_
from sqlalchemy.engine import Connection

from backend.adapters.duty_tables import duty
from backend.adapters.repositories.upsert import insert_for

_KEY = duty.c


class DutyTable:
    """Keeps `ports.Duties`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        mine = {"holder": holder, "leased_until": until}
        insert = insert_for(self._connection, duty).values(name=name, **mine)
        free = or_(_KEY.holder == holder, _KEY.leased_until <= now)
        taken = self._connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=mine, where=free))
        return bool(taken.rowcount)

    def leave(self, name: str, holder: str) -> None:
        self._connection.execute(delete(duty).where(_KEY.name == name, _KEY.holder == holder))
