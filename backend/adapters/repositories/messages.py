"""The transcript, which is the outbox too."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, false, func, or_, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Update
from sqlalchemy.sql.elements import BindParameter

from backend.adapters.repositories.conversations import ConversationTable, Locked
from backend.adapters.repositories.kept import change, run
from backend.adapters.repositories.upsert import put_once
from backend.adapters.tables import KEPT_BACK, ON_ITS_WAY, conversation, message
from backend.domain.conversation import Author, Conversation, Delivery, Ended, Message, NewMessage
from backend.domain.erasing import ERASED

_of = message.c.conversation_id == bindparam("talk_id")
_COUNT_ON = update(conversation).where(conversation.c.id == bindparam("talk_id")).values(last_seq=bindparam("number"))
_CUSTOMER_WROTE = _COUNT_ON.values(last_customer_at=bindparam("at"), left_at=None)
_NO_BARRIER = 2**31 - 1
_BARRIER = (
    select(func.min(message.c.seq))
    .where(_of, message.c.seq > bindparam("seen"), ON_ITS_WAY)
    .correlate(None)
    .scalar_subquery()
)
_MAY_BE_SEEN = or_(message.c.author == Author.CUSTOMER.value, message.c.delivery == Delivery.SENT.value)
_BEFORE_BARRIER = message.c.seq < func.coalesce(_BARRIER, _NO_BARRIER)
_SHOWN = (
    select(message)
    .where(_of, message.c.seq > bindparam("seen"), _BEFORE_BARRIER, _MAY_BE_SEEN)
    .order_by(message.c.seq)
    .limit(bindparam("most"))
)
_SHOWN_BEFORE = (
    select(message)
    .where(_of, message.c.seq > bindparam("seen"), message.c.seq < bindparam("number"), _BEFORE_BARRIER, _MAY_BE_SEEN)
    .order_by(message.c.seq.desc())
    .limit(bindparam("most"))
)
_THIS = message.c.id == bindparam("message_id")
_BY_KEY = select(message).where(message.c.dedupe_key == bindparam("key"))
_NEWEST_ID = select(func.coalesce(func.max(message.c.id), 0))
_SINCE = select(message.c.id, message.c.conversation_id, message.c.seq).where(message.c.id > bindparam("message_id"))
_UNANSWERED = select(message).where(message.c.answered == false(), _of).order_by(message.c.seq)
_MARK_ANSWERED = update(message).where(_THIS).values(answered=True)
_RELEASE = update(message).where(_of, KEPT_BACK).values(delivery=Delivery.QUEUED.value, due_at=None, error="")
_IS_QUEUED = message.c.delivery == Delivery.QUEUED.value
_BY_ID = message.c.id + 0
"""No column, or SQLite would walk the whole table in its order to save sorting the few rows that wait."""
_other = message.alias("other")
_PUT_OFF = (
    select(_other.c.id)
    .where(
        _other.c.conversation_id == message.c.conversation_id,
        ON_ITS_WAY,
        _other.c.delivery != Delivery.SENDING.value,
        _other.c.due_at > bindparam("now"),
    )
    .correlate(message)
    .exists()
)
_NOT_SENDING = message.c.delivery != Delivery.SENDING.value
"""Of what is on its way the same, but no index is looked at for it: SQLite would take that of the whole outbox."""
_QUEUED = select(message).where(ON_ITS_WAY, _NOT_SENDING, ~_PUT_OFF).order_by(_BY_ID).limit(bindparam("most"))
_QUEUED_OF = _QUEUED.where(_of)
_QUEUED_ON = _QUEUED.where(
    message.c.conversation_id.in_(select(conversation.c.id).where(conversation.c.channel == bindparam("channel")))
)
_CURRENT_EPOCH = select(conversation.c.epoch).where(conversation.c.id == message.c.conversation_id).scalar_subquery()
_OVERTAKEN = (message.c.author == Author.BOT.value) & (message.c.epoch < _CURRENT_EPOCH)
_SUPERSEDE = update(message).where(_THIS, _IS_QUEUED, _OVERTAKEN).values(delivery=Delivery.SUPERSEDED.value)
_BEHIND_OTHERS = (
    select(_other.c.id)
    .where(
        _other.c.conversation_id == message.c.conversation_id,
        _other.c.seq < message.c.seq,
        ON_ITS_WAY,
    )
    .correlate(message)
    .exists()
)
_TAKE = (
    update(message)
    .where(_THIS, _IS_QUEUED, ~_OVERTAKEN, or_(message.c.due_at.is_(None), message.c.due_at <= bindparam("now")))
    .where(~_BEHIND_OTHERS)
    .values(attempts=message.c.attempts + 1)
)
_LEASE = _TAKE.values(delivery=Delivery.SENDING.value, leased_until=bindparam("until"))
"""Kept, for they are asked in every turn: built anew each time, a statement takes eight times as long."""
_NOT_GIVEN_UP = message.c.delivery != Delivery.SUPERSEDED.value


@lru_cache
def _settling(columns: tuple[str, ...], sent: bool) -> Update:
    """Given up on its way a row may have arrived; what was erased meanwhile stays so."""
    open_still = _NOT_GIVEN_UP | (message.c.text != ERASED) if sent else _NOT_GIVEN_UP
    return update(message).where(_THIS, open_still).values({**_new(columns), "leased_until": None})


@lru_cache
def _ending(columns: tuple[str, ...]) -> Update:
    return _TAKE.values(_new(columns))


def _new(columns: tuple[str, ...]) -> dict[str, BindParameter]:
    return {name: bindparam(f"new_{name}", type_=message.c[name].type) for name in columns}


def _ended(how: Ended) -> dict[str, Any]:
    worded = {"text": how.text, "payload": None if how.payload is None else dict(how.payload)}
    ended = {"delivery": how.delivery.value, "settled_at": how.at, "error": how.error}
    return ended | {name: value for name, value in worded.items() if value is not None}


def _as_new(values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in values.items()}


class MessageTable:
    """Keeps `ports.Messages`."""

    def __init__(self, connection: Connection, locked: Locked) -> None:
        self._connection, self._locked = connection, locked

    def add(
        self,
        owner: Conversation,
        new: NewMessage,
        at: datetime,
        *,
        delivery: Delivery,
        epoch: int | None = None,
    ) -> Message | None:
        locked = ConversationTable(self._connection, self._locked).lock(owner.id)
        seq, epoch = locked.last_seq + 1, locked.epoch if epoch is None else epoch
        row = {
            "conversation_id": owner.id,
            "seq": seq,
            "author": new.author.value,
            "name": new.name,
            "text": new.text,
            "payload": new.payload,
            "template": new.template,
            "case_id": new.case_id,
            "epoch": epoch,
            "dedupe_key": new.dedupe_key,
            "delivery": delivery.value,
            "answered": new.author is not Author.CUSTOMER,
            "at": at,
            "settled_at": at if delivery is Delivery.SENT else None,
        }
        inserted = put_once(self._connection, message, row, unique=["dedupe_key"])
        if inserted.rows == 0:
            return None
        self._count_on(replace(locked, last_seq=seq), at if new.author is Author.CUSTOMER else None)
        return Message(
            id=inserted.key,
            conversation_id=owner.id,
            seq=seq,
            author=new.author,
            text=new.text,
            at=at,
            delivery=delivery,
            epoch=epoch,
            name=new.name,
            payload=new.payload,
            template=new.template,
            case_id=new.case_id,
        )

    def _count_on(self, owner: Conversation, customer_wrote_at: datetime | None) -> None:
        counted = {"talk_id": owner.id, "number": owner.last_seq}
        if customer_wrote_at is None:
            change(self._connection, _COUNT_ON, counted)
        else:
            change(self._connection, _CUSTOMER_WROTE, {**counted, "at": customer_wrote_at})
            owner = replace(owner, last_customer_at=customer_wrote_at, left_at=None)
        self._locked.rows[owner.id] = owner

    def by_dedupe_key(self, key: str) -> Message | None:
        row = run(self._connection, _BY_KEY, {"key": key}).first()
        return None if row is None else as_message(row)

    def newest_correction(self, conversation_id: str, key: str) -> Message | None:
        named = message.c.dedupe_key
        same = or_(named == key, named.startswith(f"{key}:", autoescape=True))
        query = select(message).where(message.c.conversation_id == conversation_id, same)
        row = self._connection.execute(query.order_by(message.c.seq.desc()).limit(1)).first()
        return None if row is None else as_message(row)

    def after(self, conversation_id: str, seq: int, limit: int) -> list[Message]:
        asked: dict[str, Any] = {"talk_id": conversation_id, "seen": seq, "most": limit}
        return [as_message(row) for row in run(self._connection, _SHOWN, asked)]

    def before(self, conversation_id: str, seq: int, limit: int) -> Iterator[Message]:
        asked = {"talk_id": conversation_id, "seen": max(0, seq - 1 - limit), "number": seq, "most": limit}
        with closing(run(self._connection, _SHOWN_BEFORE, asked)) as rows:
            yield from map(as_message, rows)

    def newest_id(self) -> int:
        return int(run(self._connection, _NEWEST_ID, {}).scalar_one())

    def since(self, message_id: int) -> dict[int, tuple[str, int]]:
        rows = run(self._connection, _SINCE, {"message_id": message_id})
        return {row.id: (row.conversation_id, row.seq) for row in rows}

    def unanswered(self, before: datetime, limit: int, *, after: datetime | None = None) -> list[Message]:
        key = message.c
        old = key.at < before if after is None else (key.at < before) | (key.at > after)
        query = select(message).where(key.answered == false(), old).order_by(key.at).limit(limit)
        return [as_message(row) for row in self._connection.execute(query)]

    def unanswered_of(self, conversation_id: str) -> list[Message]:
        return [as_message(row) for row in run(self._connection, _UNANSWERED, {"talk_id": conversation_id})]

    def mark_answered(self, message_id: int) -> None:
        change(self._connection, _MARK_ANSWERED, {"message_id": message_id})

    def queued(
        self, conversation_id: str | None, limit: int, channel: str | None = None, *, now: datetime | None = None
    ) -> list[Message]:
        asked: dict[str, Any] = {"now": now, "most": limit}
        query = _QUEUED
        if conversation_id is not None:
            query, asked = _QUEUED_OF, {**asked, "talk_id": conversation_id}
        elif channel is not None:
            query, asked = _QUEUED_ON, {**asked, "channel": channel}
        return [as_message(row) for row in run(self._connection, query, asked)]

    def lease(self, message_id: int, now: datetime, until: datetime) -> bool:
        return self._taken(message_id, _LEASE, now=now, until=until)

    def end(self, message_id: int, ended: Ended) -> bool:
        new = _ended(ended)
        return self._taken(message_id, _ending(tuple(new)), now=ended.at, **_as_new(new))

    def _taken(self, message_id: int, taking: Update, **asked: Any) -> bool:
        taken = change(self._connection, taking, {"message_id": message_id, **asked})
        if taken == 0:
            change(self._connection, _SUPERSEDE, {"message_id": message_id})
        return taken == 1

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
        return change(self._connection, _RELEASE, {"talk_id": conversation_id})

    def settle(self, message_id: int, ended: Ended) -> None:
        new = _ended(ended)
        settling = _settling(tuple(new), ended.delivery is Delivery.SENT)
        change(self._connection, settling, {"message_id": message_id, **_as_new(new)})

    def lapsed(self, now: datetime, limit: int, *, longest: timedelta) -> list[Message]:
        key = message.c
        over = (key.leased_until < now) | (key.leased_until > now + 2 * longest)
        lapsed = select(message).where(ON_ITS_WAY, key.delivery == Delivery.SENDING.value, over)
        # What is just being settled is no more lapsed: on PostgreSQL it might be sent again.
        query = lapsed.order_by(_BY_ID).limit(limit).with_for_update(skip_locked=True)
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
