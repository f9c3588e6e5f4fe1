"""Minted button tokens."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection

from backend.adapters.repositories.kept import put, run
from backend.adapters.tables import button

_REDEEM = select(button.c.token, button.c.title, button.c.payload).where(
    button.c.token.in_(bindparam("given", expanding=True)),
    button.c.conversation_id == bindparam("talk_id"),
    button.c.expires_at > bindparam("now"),
)
"""Kept, for they are asked in every turn and building them takes longer than asking."""


class ButtonTable:
    """Keeps `ports.Buttons`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mint(self, conversation_id: str, buttons: Sequence[tuple[str, str, str]], expires_at: datetime) -> None:
        shared = {"conversation_id": conversation_id, "expires_at": expires_at}
        rows = [{**shared, "token": token, "title": title, "payload": payload} for token, title, payload in buttons]
        if rows:
            put(self._connection, button, *rows)

    def forget(self, tokens: Sequence[str]) -> None:
        if tokens:
            self._connection.execute(delete(button).where(button.c.token.in_(tokens)))

    def redeem(self, conversation_id: str, token: str, now: datetime) -> tuple[str, str] | None:
        return self.redeem_all(conversation_id, [token], now).get(token)

    def redeem_all(self, conversation_id: str, tokens: Sequence[str], now: datetime) -> dict[str, tuple[str, str]]:
        if not tokens:
            return {}
        asked = {"given": tokens, "talk_id": conversation_id, "now": now}
        return {row.token: (row.title, row.payload) for row in run(self._connection, _REDEEM, asked)}
