"""The transcript, which is the outbox too."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, false, func, or_, select, update
from sqlalchemy.engine import Connection, Row

from backend.adapters.repositories.upsert import insert_for
from backend.adapters.tables import ON_ITS_WAY, conversation, message
from backend.domain.conversation import Author, Conversation, Delivery, Message, NewMessage

_of = message.c.conversation_id == bindparam("talk_id")
_COUNTED = (
    select(conversation.c.last_seq, conversation.c.epoch)
    .where(conversation.c.id == bindparam("talk_id"))
    .with_for_update()
)
_COUNT_ON = update(conversation).where(conversation.c.id == bindparam("talk_id")).values(last_seq=bindparam("number"))
_NUMBERED = select(message).where(_of, message.c.seq == bindparam("number"))
_BARRIER = select(func.min(message.c.seq)).where(_of, message.c.seq > bindparam("seen"), ON_ITS_WAY)
_SHOWN = (
    select(message)
    .where(
        _of,
        message.c.seq > bindparam("seen"),
        message.c.seq < bindparam("barrier"),
        or_(message.c.author == Author.CUSTOMER.value, message.c.delivery == Delivery.SENT.value),
    )
    .order_by(message.c.seq)
    .limit(bindparam("most"))
)
"""Kept, for they are asked in every turn: built anew each time, a statement takes eight times as long."""
_NO_BARRIER = 2**31 - 1
_NOT_GIVEN_UP = message.c.delivery != Delivery.SUPERSEDED.value


class MessageTable:
    """Keeps `ports.Messages`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self,
        owner: Conversation,
        new: NewMessage,
        at: datetime,
        *,
        delivery: Delivery,
        epoch: int | None = None,
    ) -> Message | None:
        locked = self._connection.execute(_COUNTED, {"talk_id": owner.id}).one()
        seq = locked.last_seq + 1
        row = {
            "conversation_id": owner.id,
            "seq": seq,
            "author": new.author.value,
            "name": new.name,
            "text": new.text,
            "payload": new.payload,
            "template": new.template,
            "case_id": new.case_id,
            "epoch": locked.epoch if epoch is None else epoch,
            "dedupe_key": new.dedupe_key,
            "delivery": delivery.value,
            "answered": new.author is not Author.CUSTOMER,
            "at": at,
        }
        insert = insert_for(self._connection, message).values(row)
        inserted = self._connection.execute(insert.on_conflict_do_nothing(index_elements=["dedupe_key"]))
        if inserted.rowcount == 0:
            return None
        numbered = {"talk_id": owner.id, "number": seq}
        self._connection.execute(_COUNT_ON, numbered)
        return as_message(self._connection.execute(_NUMBERED, numbered).one())

    def by_dedupe_key(self, key: str) -> Message | None:
        return self._one(message.c.dedupe_key == key)

    def newest_correction(self, conversation_id: str, key: str) -> Message | None:
        named = message.c.dedupe_key
        same = or_(named == key, named.startswith(f"{key}:", autoescape=True))
        query = select(message).where(message.c.conversation_id == conversation_id, same)
        row = self._connection.execute(query.order_by(message.c.seq.desc()).limit(1)).first()
        return None if row is None else as_message(row)

    def after(self, conversation_id: str, seq: int, limit: int) -> list[Message]:
        asked: dict[str, Any] = {"talk_id": conversation_id, "seen": seq}
        barrier = self._connection.execute(_BARRIER, asked).scalar()
        asked |= {"barrier": _NO_BARRIER if barrier is None else barrier, "most": limit}
        return [as_message(row) for row in self._connection.execute(_SHOWN, asked)]

    def newest_id(self) -> int:
        return int(self._connection.execute(select(func.coalesce(func.max(message.c.id), 0))).scalar_one())

    def since(self, message_id: int) -> dict[int, str]:
        query = select(message.c.id, message.c.conversation_id).where(message.c.id > message_id)
        return {row.id: row.conversation_id for row in self._connection.execute(query)}

    def unanswered(self, before: datetime, limit: int, *, after: datetime | None = None) -> list[Message]:
        key = message.c
        old = key.at < before if after is None else (key.at < before) | (key.at > after)
        return self._many((key.answered == false()) & old, key.id, limit)

    def unanswered_of(self, conversation_id: str) -> list[Message]:
        key = message.c
        query = select(message).where(key.answered == false(), key.conversation_id == conversation_id).order_by(key.seq)
        return [as_message(row) for row in self._connection.execute(query)]

    def mark_answered(self, message_id: int) -> None:
        self._connection.execute(update(message).where(message.c.id == message_id).values(answered=True))

    def queued(
        self, conversation_id: str | None, limit: int, channel: str | None = None, *, now: datetime | None = None
    ) -> list[Message]:
        key = message.c
        condition = key.delivery == Delivery.QUEUED.value
        if now is not None:
            put_off = select(key.conversation_id).where(condition, key.due_at > now)
            condition &= key.conversation_id.not_in(put_off)
        if conversation_id is not None:
            condition &= key.conversation_id == conversation_id
        if channel is not None:
            of_channel = select(conversation.c.id).where(conversation.c.channel == channel)
            condition &= key.conversation_id.in_(of_channel)
        return self._many(condition, key.id, limit)

    def lease(self, message_id: int, now: datetime, until: datetime) -> bool:
        key = message.c
        current_epoch = select(conversation.c.epoch).where(conversation.c.id == key.conversation_id)
        overtaken = (key.author == Author.BOT.value) & (key.epoch < current_epoch.scalar_subquery())
        waiting = (key.id == message_id) & (key.delivery == Delivery.QUEUED.value)
        self._connection.execute(update(message).where(waiting & overtaken).values(delivery=Delivery.SUPERSEDED.value))
        due = key.due_at.is_(None) | (key.due_at <= now)
        taken = self._connection.execute(
            update(message)
            .where(waiting & ~overtaken & due, ~self._behind_others(message_id))
            .values(delivery=Delivery.SENDING.value, leased_until=until, attempts=key.attempts + 1)
        )
        return bool(taken.rowcount == 1)

    def _behind_others(self, message_id: int) -> Any:
        """Whether an earlier row of the same conversation has still to go out."""
        key = message.c
        row = self._connection.execute(select(key.conversation_id, key.seq).where(key.id == message_id)).one()
        first = select(func.min(key.seq)).where(key.conversation_id == row.conversation_id, ON_ITS_WAY)
        return first.correlate(None).scalar_subquery() < row.seq

    def put_back(self, message_id: int, due_at: datetime, error: str) -> None:
        self._connection.execute(
            update(message)
            .where(message.c.id == message_id, _NOT_GIVEN_UP)
            .values(delivery=Delivery.QUEUED.value, due_at=due_at, leased_until=None, error=error)
        )

    def queue_unheard(self, message_id: int, at: datetime, error: str) -> bool:
        sent = (message.c.id == message_id) & (message.c.delivery == Delivery.SENT.value)
        waits = {"delivery": Delivery.QUEUED.value, "settled_at": at, "error": error}
        return bool(self._connection.execute(update(message).where(sent).values(waits)).rowcount)

    def release(self, conversation_id: str) -> int:
        key = message.c
        waiting = key.delivery.in_([Delivery.HELD.value, Delivery.UNKNOWN.value])
        released = self._connection.execute(
            update(message)
            .where(key.conversation_id == conversation_id, waiting)
            .values(delivery=Delivery.QUEUED.value, due_at=None, error="")
        )
        return int(released.rowcount)

    def settle(
        self,
        message_id: int,
        delivery: Delivery,
        at: datetime,
        *,
        text: str | None = None,
        payload: Mapping[str, Any] | None = None,
        error: str = "",
    ) -> None:
        values: dict[str, Any] = {
            "delivery": delivery.value,
            "settled_at": at,
            "error": error,
            "leased_until": None,
        }
        if text is not None:
            values["text"] = text
        if payload is not None:
            values["payload"] = dict(payload)
        settled = update(message).where(message.c.id == message_id)
        if delivery is Delivery.SENT:  # given up on its way it may have arrived; what was erased meanwhile has no lease
            settled = settled.where(_NOT_GIVEN_UP | message.c.leased_until.is_not(None))
        else:
            settled = settled.where(_NOT_GIVEN_UP)
        self._connection.execute(settled.values(values))

    def lapsed(self, now: datetime, limit: int, *, longest: timedelta) -> list[Message]:
        key = message.c
        over = (key.leased_until < now) | (key.leased_until > now + 2 * longest)
        return self._many((key.delivery == Delivery.SENDING.value) & over, key.id, limit)

    def _one(self, condition: Any) -> Message | None:
        row = self._connection.execute(select(message).where(condition)).first()
        return None if row is None else as_message(row)

    def _many(self, condition: Any, order: Any, limit: int) -> list[Message]:
        query = select(message).where(condition).order_by(order).limit(limit)
        return [as_message(row) for row in self._connection.execute(query)]


def as_message(row: Row) -> Message:
    """A line of the transcript from its row."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        seq=row.seq,
        author=Author(row.author),
        text=row.text,
        at=row.at,
        delivery=Delivery(row.delivery),
        epoch=row.epoch,
        name=row.name,
        payload=row.payload,
        template=row.template,
        case_id=row.case_id,
        error=row.error,
    )
