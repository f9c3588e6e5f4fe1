"""Minted button tokens."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from backend.adapters.tables import button


class ButtonTable:
    """Keeps `ports.Buttons`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mint(self, conversation_id: str, token: str, title: str, payload: str, expires_at: datetime) -> None:
        self._connection.execute(
            button.insert().values(
                token=token,
                conversation_id=conversation_id,
                title=title,
                payload=payload,
                expires_at=expires_at,
            )
        )

    def forget(self, tokens: Sequence[str]) -> None:
        if tokens:
            self._connection.execute(delete(button).where(button.c.token.in_(tokens)))

    def redeem(self, conversation_id: str, token: str, now: datetime) -> tuple[str, str] | None:
        key = button.c
        query = select(key.title, key.payload).where(
            key.token == token, key.conversation_id == conversation_id, key.expires_at > now
        )
        row = self._connection.execute(query).first()
        return None if row is None else (row.title, row.payload)
