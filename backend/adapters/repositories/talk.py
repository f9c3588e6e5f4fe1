"""Signs of the people in a conversation, and lines of it found by what they are."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from backend.adapters.desk_tables import customer_read
from backend.adapters.ownership_tables import talk_sign
from backend.adapters.repositories.conversations import Locked, as_conversation
from backend.adapters.repositories.kept import run
from backend.adapters.repositories.messages import as_message
from backend.adapters.repositories.ownership import as_change, as_episode
from backend.adapters.repositories.upsert import insert_for
from backend.adapters.tables import conversation as conversation_table
from backend.adapters.tables import handoff, handoff_event, message
from backend.adapters.work_tables import staff_alert
from backend.domain.conversation import Conversation, Delivery, Message
from backend.domain.ownership import Episode, OwnerChange, TalkSign

_COMES = (message.c.delivery != Delivery.FAILED.value, message.c.delivery != Delivery.SUPERSEDED.value)
"""Told one by one: a list is spelled out anew each time it is asked for."""
_MAY_BE_SENT_AGAIN = (Delivery.FAILED.value, Delivery.UNKNOWN.value, Delivery.HELD.value)


_newest_of = (
    select(message).where(message.c.conversation_id == bindparam("talk_id")).order_by(message.c.seq.desc()).limit(1)
)
_SIGNS = select(talk_sign.c.conversation_id, talk_sign.c.typing_until, talk_sign.c.read_seq)
_SIGN_OF = _SIGNS.where(talk_sign.c.conversation_id == bindparam("talk_id"))
_SIGNS_SINCE = _SIGNS.where(talk_sign.c.changed_at >= bindparam("at"))
_LAST_TOLD = _newest_of.where(message.c.template.in_(bindparam("templates", expanding=True)))
_LAST_BEFORE = _newest_of.where(message.c.seq < bindparam("before"), *_COMES)
"""Kept, for they are asked in every turn and building them takes longer than asking."""


class TalkTable:
    """Keeps `ports.talk.TalkRecords`."""

    def __init__(self, connection: Connection, locked: Locked) -> None:
        self._connection, self._locked = connection, locked

    def sign(self, sign: TalkSign, at: datetime) -> None:
        row = {**vars(sign), "changed_at": at}
        insert = insert_for(self._connection, talk_sign).values(row)
        self._connection.execute(insert.on_conflict_do_update(index_elements=["conversation_id"], set_=row))

    def sign_of(self, conversation_id: str) -> TalkSign | None:
        row = run(self._connection, _SIGN_OF, {"talk_id": conversation_id}).first()
        return None if row is None else TalkSign(**row._mapping)

    def signs_since(self, at: datetime) -> list[TalkSign]:
        return [TalkSign(**row._mapping) for row in run(self._connection, _SIGNS_SINCE, {"at": at})]

    def last_told(self, conversation_id: str, templates: Collection[str]) -> Message | None:
        return self._newest(_LAST_TOLD, talk_id=conversation_id, templates=list(templates))

    def last_before(self, conversation_id: str, seq: int) -> Message | None:
        return self._newest(_LAST_BEFORE, talk_id=conversation_id, before=seq)

    def message(self, message_id: int) -> Message | None:
        row = self._connection.execute(select(message).where(message.c.id == message_id)).first()
        return None if row is None else as_message(row)

    def send_again(self, conversation: Conversation, message_id: int, at: datetime) -> bool:
        key, owner = message.c, conversation_table.c
        stuck = (key.id == message_id) & (key.conversation_id == conversation.id) & key.delivery.in_(_MAY_BE_SENT_AGAIN)
        seq = conversation.last_seq + 1
        queued = {"delivery": Delivery.QUEUED.value, "epoch": conversation.epoch, "seq": seq, "at": at, "error": ""}
        changed = self._connection.execute(update(message).where(stuck).values(queued))
        if changed.rowcount != 1:
            return False
        self._locked.forget(conversation.id)
        self._connection.execute(update(conversation_table).where(owner.id == conversation.id).values(last_seq=seq))
        return True

    def open_episodes(self, limit: int) -> list[tuple[Conversation, Episode, tuple[OwnerChange, ...]]]:
        key = handoff.c
        query = (
            select(conversation_table, *(column.label(f"episode_{column.name}") for column in handoff.columns))
            .join_from(conversation_table, handoff, key.conversation_id == conversation_table.c.id)
            .where(key.closed_at.is_(None))
            .order_by(key.id)
            .limit(limit)
        )
        found = [(as_conversation(row), as_episode(row, "episode_")) for row in self._connection.execute(query)]
        logs = self._logs([episode.id for _, episode in found])
        return [(owner, episode, tuple(logs[episode.id])) for owner, episode in found]

    def _logs(self, episode_ids: Collection[int]) -> Mapping[int, list[OwnerChange]]:
        key = handoff_event.c
        query = select(handoff_event).where(key.handoff_id.in_(episode_ids)).order_by(key.id)
        logs: dict[int, list[OwnerChange]] = {each: [] for each in episode_ids}
        for row in self._connection.execute(query):
            logs[row.handoff_id].append(as_change(row))
        return logs

    def told_of(self, episode_id: int) -> frozenset[str]:
        key = staff_alert.c
        theirs = select(handoff.c.conversation_id).where(handoff.c.id == episode_id).scalar_subquery()
        query = select(key.detail).where(key.conversation_id == theirs)
        details = self._connection.execute(query).scalars()
        return frozenset(each["about"] for each in details if each.get("episode") == episode_id)

    def customer_has_read(self, conversation_id: str, seq: int, at: datetime) -> None:
        row = {"conversation_id": conversation_id, "seq": seq, "at": at}
        insert = insert_for(self._connection, customer_read).values(row)
        further = customer_read.c.seq < insert.excluded.seq
        self._connection.execute(
            insert.on_conflict_do_update(index_elements=["conversation_id"], set_=row, where=further)
        )

    def read_by_customer(self, conversation_id: str) -> int:
        query = select(customer_read.c.seq).where(customer_read.c.conversation_id == conversation_id)
        return self._connection.execute(query).scalar() or 0

    def tail(self, conversation_id: str, limit: int) -> list[Message]:
        query = select(message).where(message.c.conversation_id == conversation_id)
        rows = self._connection.execute(query.order_by(message.c.seq.desc()).limit(limit))
        return [as_message(row) for row in rows][::-1]

    def _newest(self, query: Select, **asked: object) -> Message | None:
        row = run(self._connection, query, asked).first()
        return None if row is None else as_message(row)
