"""The events of Rasa's tracker."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from backend.adapters.repositories.kept import put, run
from backend.adapters.tables import dialogue_event
from backend.errors import Conflict

SESSION_STARTED = "session_started"
"""The kind of event with which a session begins."""

_key = dialogue_event.c
_BEGAN = select(func.coalesce(func.max(_key.position), 0)).where(
    _key.conversation_id == bindparam("wanted"), _key.kind == SESSION_STARTED
)
_CURRENT_SESSION = (
    select(_key.position, _key.data)
    .where(_key.conversation_id == bindparam("wanted"), _key.position >= _BEGAN.scalar_subquery())
    .order_by(_key.position)
)
_NEWEST = (
    select(_key.position, _key.data)
    .where(_key.conversation_id == bindparam("wanted"))
    .order_by(_key.position.desc())
    .limit(1)
)
"""Kept, for they are asked in every turn and building them takes longer than asking."""


class DialogueEventTable:
    """Keeps `ports.DialogueEvents`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self, conversation_id: str) -> tuple[int, str] | None:
        row = run(self._connection, _NEWEST, {"wanted": conversation_id}).first()
        return None if row is None else (row.position, row.data)

    def current_session(self, conversation_id: str) -> tuple[int, list[str]]:
        rows = run(self._connection, _CURRENT_SESSION, {"wanted": conversation_id}).all()
        return (rows[0].position - 1 if rows else 0), [row.data for row in rows]

    def all_sessions(self, conversation_id: str) -> list[str]:
        query = select(_key.data).where(_key.conversation_id == conversation_id).order_by(_key.position)
        return list(self._connection.execute(query).scalars())

    def append(self, conversation_id: str, position: int, events: Sequence[tuple[str, str]]) -> None:
        rows = [
            {"conversation_id": conversation_id, "position": place, "kind": kind, "data": data}
            for place, (kind, data) in enumerate(events, start=position + 1)
        ]
        if not rows:
            return
        try:
            put(self._connection, dialogue_event, *rows)
        except IntegrityError as exc:
            raise Conflict(f"{conversation_id} has moved on past event {position}", subject=conversation_id) from exc
