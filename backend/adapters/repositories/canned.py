"""The merchant's own canned replies."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.dml import Insert, Update

from backend.adapters.desk_tables import own_reply
from backend.adapters.repositories.upsert import broke_uniqueness
from backend.domain.canned import OwnReply, ReplyText
from backend.errors import Conflict


class OwnReplyTable:
    """Keeps `ports.canned.OwnReplies`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[OwnReply]:
        return [_reply(row) for row in self._connection.execute(select(own_reply).order_by(own_reply.c.title))]

    def get(self, reply_id: int) -> OwnReply | None:
        row = self._connection.execute(select(own_reply).where(own_reply.c.id == reply_id)).first()
        return None if row is None else _reply(row)

    def add(self, wanted: ReplyText, by: str, at: datetime) -> OwnReply:
        row = {**_columns(wanted, by, at), "version": 1}
        added = self._write(own_reply.insert().values(row), wanted.title)
        return OwnReply(int(added.inserted_primary_key[0]), wanted.title, wanted.text, wanted.tags, 1, by, at)

    def change(self, reply_id: int, version: int, wanted: ReplyText, by: str, at: datetime) -> bool:
        same = (own_reply.c.id == reply_id) & (own_reply.c.version == version)
        row = {**_columns(wanted, by, at), "version": version + 1}
        return bool(self._write(update(own_reply).where(same).values(row), wanted.title).rowcount)

    def remove(self, reply_id: int, version: int) -> bool:
        same = (own_reply.c.id == reply_id) & (own_reply.c.version == version)
        return bool(self._connection.execute(delete(own_reply).where(same)).rowcount)

    def _write(self, statement: Insert | Update, title: str) -> Any:
        try:
            return self._connection.execute(statement)
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            raise Conflict(f"there is a reply called {title}", subject="title") from exc


def _columns(wanted: ReplyText, by: str, at: datetime) -> dict[str, Any]:
    return {
        "title": wanted.title,
        "text": wanted.text,
        "tags": list(wanted.tags),
        "changed_by": by,
        "changed_at": at,
    }


def _reply(row: Row) -> OwnReply:
    return OwnReply(row.id, row.title, row.text, tuple(row.tags), row.version, row.changed_by, row.changed_at)
