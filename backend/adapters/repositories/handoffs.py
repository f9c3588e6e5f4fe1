"""Episodes with people and their append-only log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from backend.adapters.repositories.kept import run
from backend.adapters.repositories.upsert import broke_uniqueness
from backend.adapters.tables import handoff, handoff_event
from backend.domain.conversation import Mode
from backend.errors import Conflict

_CURRENT = select(handoff.c.id).where(handoff.c.conversation_id == bindparam("wanted"), handoff.c.closed_at.is_(None))
_REASONS = select(handoff.c.reason).where(
    handoff.c.conversation_id == bindparam("talk_id"), handoff.c.requested_at >= bindparam("since")
)
"""Kept, for they are asked in every turn, or each filing: building them takes longer than asking."""


class HandoffTable:
    """Keeps `ports.Handoffs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(
        self,
        conversation_id: str,
        *,
        reason: str,
        summary: Mapping[str, Any],
        priority: int,
        at: datetime,
        ranked_at: datetime,
    ) -> int:
        insert = handoff.insert().values(
            conversation_id=conversation_id,
            reason=reason,
            summary=dict(summary),
            priority=priority,
            requested_at=at,
            ranked_at=ranked_at,
        )
        try:
            inserted = self._connection.execute(insert)
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            raise Conflict("this conversation waits for a person already", subject=conversation_id) from exc
        return int(inserted.inserted_primary_key[0])

    def current(self, conversation_id: str) -> int | None:
        found: int | None = run(self._connection, _CURRENT, {"wanted": conversation_id}).scalar()
        return found

    def reasons_since(self, conversation_id: str, since: datetime) -> frozenset[str]:
        asked = {"talk_id": conversation_id, "since": since}
        return frozenset(run(self._connection, _REASONS, asked).scalars())

    def log(self, handoff_id: int, *, at: datetime, actor: str, from_mode: Mode, to_mode: Mode, epoch: int) -> None:
        self._connection.execute(
            handoff_event.insert().values(
                handoff_id=handoff_id,
                at=at,
                actor=actor,
                from_mode=from_mode.value,
                to_mode=to_mode.value,
                epoch=epoch,
            )
        )

    def promise(self, handoff_id: int, promised_at: datetime) -> None:
        self._connection.execute(update(handoff).where(handoff.c.id == handoff_id).values(promised_at=promised_at))

    def promised(self, handoff_id: int) -> datetime | None:
        query = select(handoff.c.promised_at).where(handoff.c.id == handoff_id)
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def close(self, handoff_id: int, *, at: datetime, outcome: str) -> None:
        self._connection.execute(
            update(handoff).where(handoff.c.id == handoff_id).values(closed_at=at, outcome=outcome)
        )
