"""Presence, notes, drafts of replies, and what is handed back to the bot."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection, Row

from backend.adapters.ownership_tables import agent_presence, conversation_note, handback, reply_draft
from backend.adapters.repositories.upsert import insert_for
from backend.domain.ownership import Handback, Note, Presence, PresenceState


class PresenceTable:
    """Keeps `ports.Presences`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Presence | None:
        row = self._connection.execute(select(agent_presence).where(agent_presence.c.name == name)).first()
        return None if row is None else _presence(row)

    def put(self, presence: Presence) -> None:
        row = {**vars(presence), "state": presence.state.value}
        insert = insert_for(self._connection, agent_presence).values(row)
        self._connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=row))

    def hear(self, name: str, at: datetime) -> None:
        self._connection.execute(update(agent_presence).where(agent_presence.c.name == name).values(heard_at=at))

    def all(self) -> list[Presence]:
        query = select(agent_presence).order_by(agent_presence.c.name)
        return [_presence(row) for row in self._connection.execute(query)]


class NoteTable:
    """Keeps `ports.Notes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, note: Note) -> None:
        self._connection.execute(conversation_note.insert().values(vars(note)))

    def of_conversation(self, conversation_id: str) -> list[Note]:
        key = conversation_note.c
        query = select(key.conversation_id, key.author, key.text, key.at)
        rows = self._connection.execute(query.where(key.conversation_id == conversation_id).order_by(key.id))
        return [Note(**row._mapping) for row in rows]

    def keep_draft(self, name: str, conversation_id: str, text: str) -> None:
        row = {"name": name, "conversation_id": conversation_id, "text": text}
        if not text:
            mine = (reply_draft.c.name == name) & (reply_draft.c.conversation_id == conversation_id)
            self._connection.execute(delete(reply_draft).where(mine))
            return
        insert = insert_for(self._connection, reply_draft).values(row)
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["name", "conversation_id"], set_={"text": text})
        )

    def draft(self, name: str, conversation_id: str) -> str:
        key = reply_draft.c
        query = select(key.text).where(key.name == name, key.conversation_id == conversation_id)
        return self._connection.execute(query).scalar() or ""


class HandbackTable:
    """Keeps `ports.Handbacks`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, conversation_id: str, *, outcome: str, note: str, slots: Mapping[str, Any], resume: bool, at: datetime
    ) -> None:
        row = {"conversation_id": conversation_id, "outcome": outcome, "note": note, "slots": dict(slots)}
        self._connection.execute(handback.insert().values({**row, "resume": resume, "at": at}))

    def waiting(self, limit: int) -> list[Handback]:
        query = select(handback).where(handback.c.taken_at.is_(None)).order_by(handback.c.id).limit(limit)
        return [_handback(row) for row in self._connection.execute(query)]

    def take(self, handback_id: int, at: datetime) -> bool:
        free = (handback.c.id == handback_id) & handback.c.taken_at.is_(None)
        return bool(self._connection.execute(update(handback).where(free).values(taken_at=at)).rowcount)


def _presence(row: Row) -> Presence:
    return Presence(row.name, PresenceState(row.state), row.heard_at, row.capacity)


def _handback(row: Row) -> Handback:
    return Handback(row.id, row.conversation_id, row.outcome, row.note, row.slots, row.resume)
