"""Episodes with people and their append-only log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from backend.adapters.tables import handoff, handoff_event
from backend.domain.conversation import Mode


class HandoffTable:
    """Keeps `ports.Handoffs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(
        self, conversation_id: str, *, reason: str, summary: Mapping[str, Any], priority: int, at: datetime
    ) -> int:
        inserted = self._connection.execute(
            handoff.insert().values(
                conversation_id=conversation_id,
                reason=reason,
                summary=dict(summary),
                priority=priority,
                requested_at=at,
            )
        )
        return int(inserted.inserted_primary_key[0])

    def current(self, conversation_id: str) -> int | None:
        key = handoff.c
        query = select(key.id).where(key.conversation_id == conversation_id, key.closed_at.is_(None))
        found: int | None = self._connection.execute(query).scalar()
        return found

    def log(
        self, handoff_id: int, *, at: datetime, actor: str, from_mode: Mode, to_mode: Mode, epoch: int
    ) -> None:
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
        self._connection.execute(
            update(handoff).where(handoff.c.id == handoff_id).values(promised_at=promised_at)
        )

    def close(self, handoff_id: int, *, at: datetime, outcome: str) -> None:
        self._connection.execute(
            update(handoff).where(handoff.c.id == handoff_id).values(closed_at=at, outcome=outcome)
        )
