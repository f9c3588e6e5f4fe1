"""Conversations, who owns them, and what identity they have proven."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, or_, select, type_coerce, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select, Update

from backend.adapters.columns import UtcTime
from backend.adapters.repositories.kept import change, put, run
from backend.adapters.repositories.upsert import put_once
from backend.adapters.tables import conversation, customer, handoff, identity_attempt, identity_proof
from backend.domain.conversation import ON_BEHALF, Conversation, Mode
from backend.errors import ConversationNotFound

IN_FORCE = identity_proof.c.revoked_at.is_(None)
"""What a conversation has proven and did not lose again."""

_BY_ID = select(conversation).where(conversation.c.id == bindparam("wanted"))
_OF_USER = select(conversation).where(
    conversation.c.channel == bindparam("wanted"), conversation.c.channel_user_id == bindparam("whose")
)
"""Kept, for every turn asks it several times: built anew each time, a statement takes eight times as long."""
_LOCKED = _BY_ID.with_for_update()
_BOUND = (
    select(conversation)
    .join(identity_proof, identity_proof.c.conversation_id == conversation.c.id)
    .where(identity_proof.c.customer_id == bindparam("wanted"), IN_FORCE, conversation.c.channel != ON_BEHALF)
    .order_by(
        conversation.c.last_customer_at.is_(None),
        conversation.c.last_customer_at.desc(),
        conversation.c.opened_at.desc(),
        conversation.c.id,
    )
    .limit(1)
)
_PROVEN = select(identity_proof.c.customer_id).where(identity_proof.c.conversation_id == bindparam("wanted"), IN_FORCE)
_TIERS = (
    select(customer.c.tier)
    .join(identity_proof, identity_proof.c.customer_id == customer.c.id)
    .where(identity_proof.c.conversation_id == bindparam("wanted"), IN_FORCE)
)
_PROVE_AGAIN = (
    update(identity_proof)
    .where(
        identity_proof.c.conversation_id == bindparam("talk_id"),
        identity_proof.c.customer_id == bindparam("buyer"),
        identity_proof.c.revoked_at.is_not(None),
    )
    .values(how=bindparam("told"), at=bindparam("now"), revoked_at=None)
)


@lru_cache
def _wrong_of(*columns: str) -> Select:
    key = identity_attempt.c
    query = select(key.at).where(key.at > bindparam("since"), key.right.is_(False)).order_by(key.at)
    return query.where(*(key[name] == bindparam(name) for name in columns))


@lru_cache
def _putting(*columns: str) -> Update:
    new = {name: bindparam(f"new_{name}", type_=conversation.c[name].type) for name in columns}
    return update(conversation).where(conversation.c.id == bindparam("wanted")).values(new)


class Locked:
    """What a unit of work knows of the conversations that it has locked: nobody else changes one until it ends.

    Whoever changes one in it has it forgotten, or puts it in as it is then.
    """

    def __init__(self) -> None:
        self.rows: dict[str, Conversation] = {}
        self.proven: dict[str, frozenset[int]] = {}

    def forget(self, conversation_id: str) -> None:
        self.rows.pop(conversation_id, None)
        self.proven.pop(conversation_id, None)

    def forget_all(self) -> None:
        self.rows.clear()
        self.proven.clear()


class ConversationTable:
    """Keeps `ports.Conversations`."""

    def __init__(self, connection: Connection, locked: Locked) -> None:
        self._connection, self._locked = connection, locked

    def open(self, opened: Conversation) -> Conversation:
        row = {**vars(opened), "mode": opened.mode.value}
        put_once(self._connection, conversation, row, unique=["channel", "channel_user_id"])
        whose = {"wanted": opened.channel, "whose": opened.channel_user_id}
        return as_conversation(run(self._connection, _OF_USER, whose).one())

    def get(self, conversation_id: str) -> Conversation | None:
        row = run(self._connection, _BY_ID, {"wanted": conversation_id}).first()
        return None if row is None else as_conversation(row)

    def lock(self, conversation_id: str) -> Conversation:
        known = self._locked.rows.get(conversation_id)
        if known is None:
            known = self._locked.rows[conversation_id] = self._lock(conversation_id)
        return known

    def _lock(self, conversation_id: str) -> Conversation:
        row = run(self._connection, _LOCKED, {"wanted": conversation_id}).first()
        if row is None or row.erased_at is not None:
            raise ConversationNotFound(conversation_id)
        return as_conversation(row)

    def takes_words(self, conversation_id: str) -> bool:
        row = run(self._connection, _BY_ID, {"wanted": conversation_id}).first()
        return row is not None and row.erased_at is None

    def leave(self, conversation_id: str, at: datetime | None) -> None:
        self._update(conversation_id, left_at=at)

    def change_mode(
        self, conversation_id: str, *, of: Iterable[Mode], to: Mode, by: str, waiting_since: datetime | None
    ) -> bool:
        key = conversation.c
        self._locked.forget(conversation_id)
        changed = self._connection.execute(
            update(conversation)
            .where(key.id == conversation_id, key.mode.in_([mode.value for mode in of]))
            .values(mode=to.value, epoch=key.epoch + 1, epoch_by=by, waiting_since=waiting_since)
        )
        return bool(changed.rowcount == 1)

    def queue_position(self, conversation_id: str) -> int:
        key = conversation.c
        rank = type_coerce(func.coalesce(handoff.c.ranked_at, key.waiting_since), UtcTime)
        waiting = conversation.outerjoin(handoff, (handoff.c.conversation_id == key.id) & handoff.c.closed_at.is_(None))
        columns = select(key.id, rank.label("rank")).select_from(waiting)
        mine = self._connection.execute(columns.where(key.id == conversation_id)).one()
        ahead = or_(rank < mine.rank, (rank == mine.rank) & (key.id < mine.id))
        query = select(func.count()).select_from(waiting).where(key.mode == Mode.QUEUED.value, ahead)
        return 1 + int(self._connection.execute(query).scalar_one())

    def queued_before(self, before: datetime, limit: int) -> list[Conversation]:
        key = conversation.c
        query = (
            select(conversation)
            .where(key.mode == Mode.QUEUED.value, key.waiting_since < before)
            .order_by(key.waiting_since)
            .limit(limit)
        )
        return [as_conversation(row) for row in self._connection.execute(query)]

    def prove(self, conversation_id: str, customer_id: int, how: str, at: datetime) -> None:
        proof = {"conversation_id": conversation_id, "customer_id": customer_id, "how": how, "at": at}
        if not put_once(self._connection, identity_proof, proof, unique=["conversation_id", "customer_id"]).rows:
            again = {"talk_id": conversation_id, "buyer": customer_id, "told": how, "now": at}
            change(self._connection, _PROVE_AGAIN, again)
        self._update(conversation_id, customer_id=customer_id)

    def proven_customers(self, conversation_id: str) -> frozenset[int]:
        known = self._locked.proven.get(conversation_id)
        if known is None:
            known = frozenset(run(self._connection, _PROVEN, {"wanted": conversation_id}).scalars())
        if conversation_id in self._locked.rows:
            self._locked.proven[conversation_id] = known
        return known

    def bound_to(self, customer_id: int) -> Conversation | None:
        row = run(self._connection, _BOUND, {"wanted": customer_id}).first()
        return None if row is None else as_conversation(row)

    def proven_tiers(self, conversation_id: str) -> frozenset[str]:
        return frozenset(run(self._connection, _TIERS, {"wanted": conversation_id}).scalars())

    def add_identity_attempt(self, conversation_id: str, order_no: str, at: datetime, right: bool) -> None:
        row = {"conversation_id": conversation_id, "order_no": order_no, "at": at, "right": right}
        put(self._connection, identity_attempt, row)

    def wrong_attempts(
        self, *, conversation_id: str | None = None, order_no: str | None = None, since: datetime
    ) -> list[datetime]:
        named = {"conversation_id": conversation_id, "order_no": order_no}
        of = {name: value for name, value in named.items() if value is not None}
        return list(run(self._connection, _wrong_of(*of), {**of, "since": since}).scalars())

    def _update(self, conversation_id: str, **values: Any) -> None:
        new = {f"new_{name}": value for name, value in values.items()}
        self._locked.forget(conversation_id)
        change(self._connection, _putting(*values), {"wanted": conversation_id, **new})


def as_conversation(row: Row) -> Conversation:
    return Conversation(
        id=row.id,
        channel=row.channel,
        channel_user_id=row.channel_user_id,
        mode=Mode(row.mode),
        epoch=row.epoch,
        epoch_by=row.epoch_by,
        last_seq=row.last_seq,
        opened_at=row.opened_at,
        waiting_since=row.waiting_since,
        last_customer_at=row.last_customer_at,
        owner=row.owner,
        customer_id=row.customer_id,
        last_agent=row.last_agent,
        last_agent_at=row.last_agent_at,
        follow_up_at=row.follow_up_at,
        left_at=row.left_at,
    )
