"""Who owns a conversation, and the episodes with people."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, type_coerce, update
from sqlalchemy.engine import Connection, Row

from backend.adapters.columns import UtcTime
from backend.adapters.repositories.conversations import Locked, as_conversation
from backend.adapters.tables import conversation, handoff, handoff_event
from backend.domain.conversation import Conversation, Mode
from backend.domain.ownership import WITH_PEOPLE, Episode, OwnerChange

_PEOPLES = [mode.value for mode in WITH_PEOPLE]


class OwnershipTable:
    """Keeps `ports.Ownership`."""

    def __init__(self, connection: Connection, locked: Locked) -> None:
        self._connection, self._locked = connection, locked

    def give(
        self,
        conversation_id: str,
        owner: str | None,
        *,
        of: Collection[Mode],
        to: Mode,
        owned_by: str | None,
        by: str,
        waiting_since: datetime | None = None,
    ) -> bool:
        key = conversation.c
        self._locked.forget(conversation_id)
        changed = self._connection.execute(
            update(conversation)
            .where(
                key.id == conversation_id,
                key.mode.in_([mode.value for mode in of]),
                key.owner.is_(None) if owned_by is None else key.owner == owned_by,
            )
            .values(
                mode=to.value,
                owner=owner,
                epoch=key.epoch + 1,
                epoch_by=by,
                waiting_since=waiting_since,
                follow_up_at=None,
            )
        )
        return bool(changed.rowcount == 1)

    def wrote(self, conversation_id: str, name: str, at: datetime) -> None:
        self._update(conversation_id, last_agent=name, last_agent_at=at)

    def follow_up(self, conversation_id: str, at: datetime | None) -> None:
        self._update(conversation_id, follow_up_at=at)

    def owned(self, name: str | None = None) -> list[Conversation]:
        key = conversation.c
        query = select(conversation).where(key.mode.in_(_PEOPLES), key.owner.is_not(None))
        if name is not None:
            query = query.where(key.owner == name)
        rows = self._connection.execute(query.order_by(key.last_customer_at, key.id))
        return [as_conversation(row) for row in rows]

    def waiting(self, limit: int) -> list[tuple[Conversation, Episode]]:
        key, episode = conversation.c, handoff.c
        rank = type_coerce(func.coalesce(episode.ranked_at, key.waiting_since), UtcTime)
        columns = (conversation, *(column.label(f"episode_{column.name}") for column in handoff.columns))
        query = (
            select(*columns)
            .join_from(conversation, handoff, (episode.conversation_id == key.id) & episode.closed_at.is_(None))
            .where(key.mode.in_([Mode.QUEUED.value, Mode.TICKET.value]), key.owner.is_(None))
            .order_by(key.mode, rank, key.id)
            .limit(limit)
        )
        return [(as_conversation(row), as_episode(row, "episode_")) for row in self._connection.execute(query)]

    def loads(self) -> dict[str, int]:
        key = conversation.c
        query = select(key.owner, func.count()).where(key.mode.in_(_PEOPLES), key.owner.is_not(None))
        return {row[0]: int(row[1]) for row in self._connection.execute(query.group_by(key.owner))}

    def _update(self, conversation_id: str, **values: Any) -> None:
        self._locked.forget(conversation_id)
        self._connection.execute(update(conversation).where(conversation.c.id == conversation_id).values(**values))


class EpisodeTable:
    """Keeps `ports.Episodes`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def current(self, conversation_id: str) -> Episode | None:
        key = handoff.c
        query = select(handoff).where(key.conversation_id == conversation_id, key.closed_at.is_(None))
        row = self._connection.execute(query).first()
        return None if row is None else as_episode(row)

    def of_conversation(self, conversation_id: str) -> list[Episode]:
        query = select(handoff).where(handoff.c.conversation_id == conversation_id).order_by(handoff.c.id.desc())
        return [as_episode(row) for row in self._connection.execute(query)]

    def log_of(self, episode_id: int) -> list[OwnerChange]:
        query = select(handoff_event).where(handoff_event.c.handoff_id == episode_id).order_by(handoff_event.c.id)
        return [as_change(row) for row in self._connection.execute(query)]

    def change(self, episode_id: int, **values: Any) -> None:
        self._connection.execute(update(handoff).where(handoff.c.id == episode_id).values(**values))

    def rate(self, episode_id: int, score: int, comment: str) -> bool:
        unrated = (handoff.c.id == episode_id) & handoff.c.score.is_(None)
        rated = self._connection.execute(update(handoff).where(unrated).values(score=score, comment=comment))
        return bool(rated.rowcount)

    def add_words(self, episode_id: int, words: str) -> bool:
        key = handoff.c
        wordless = (key.id == episode_id) & key.score.is_not(None) & (func.coalesce(key.comment, "") == "")
        return bool(self._connection.execute(update(handoff).where(wordless).values(comment=words)).rowcount)


def as_change(row: Row) -> OwnerChange:
    """A line of an episode's log from its row."""
    return OwnerChange(row.at, row.actor, Mode(row.from_mode), Mode(row.to_mode), row.epoch)


def as_episode(row: Row, prefix: str = "") -> Episode:
    """An episode from its columns, whose labels may begin with a prefix."""
    told = {name: row._mapping[prefix + name] for name in Episode.__dataclass_fields__}
    return Episode(**{**told, "ranked_at": told["ranked_at"] or told["requested_at"]})
