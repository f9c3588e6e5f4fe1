"""One buyer's personal data over all tables: found, exported, taken away."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Table, and_, case, delete, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select

from backend.adapters.collection_tables import collection, collection_event
from backend.adapters.complaint_tables import complaint, complaint_case, complaint_event
from backend.adapters.extra_tables import extra, extra_event, spot_check
from backend.adapters.inbox_tables import platform_update
from backend.adapters.ownership_tables import conversation_note, handback, reply_draft
from backend.adapters.privacy_tables import erasure
from backend.adapters.rating_tables import rating
from backend.adapters.refund_tables import refund_leg
from backend.adapters.repositories.conversations import Locked
from backend.adapters.repositories.evidence import as_evidence
from backend.adapters.repositories.reach import reach
from backend.adapters.repositories.upsert import insert_for
from backend.adapters.risk_tables import risk_signal
from backend.adapters.tables import (
    after_sales_case,
    button,
    case_event,
    conversation,
    customer,
    dialogue_event,
    evidence,
    handoff,
    identity_proof,
    message,
    shop_order,
)
from backend.adapters.wechat_tables import wechat_call, wechat_follower
from backend.adapters.work_tables import staff_alert, timer
from backend.domain.case import State
from backend.domain.clocks import TimerState
from backend.domain.collection import CollectionState
from backend.domain.complaint import Stage
from backend.domain.conversation import Delivery, Mode
from backend.domain.erasing import (
    ERASED,
    Buyer,
    Footprint,
    OpenMatter,
    erased_account,
    erased_phone,
    is_erased,
    without_others,
    without_words,
)
from backend.domain.evidence import Evidence
from backend.domain.extra import ExtraState
from backend.domain.refund_leg import FINAL

ERASING = "privacy"
"""Who changed a conversation's epoch when its buyer was erased."""

_HIGHEST_ID = 2**63 - 1
_GONE = (button, dialogue_event, reply_draft, platform_update, wechat_follower, wechat_call)
"""A follower before their calls, as whoever answers one locks them."""
_SECRETS = {button: ("token",), collection: ("token",)}
_DETAILS = (case_event, collection_event, complaint_event, extra_event, staff_alert, risk_signal, timer)
_UNSENT = [each.value for each in Delivery if each not in (Delivery.RECEIVED, Delivery.SENT, Delivery.SUPERSEDED)]
_LIVE_TIMERS = [TimerState.WAITING.value, TimerState.PAUSED.value]


def worded(column: Column, by: str = ERASED) -> Any:
    """What stands in place of a text: nothing where there was nothing."""
    return case((or_(column.is_(None), column == ""), column), else_=by)


UNSAID: dict[str, Any] = {
    "text": ERASED,
    "payload": {},
    "error": worded(message.c.error),
    "dedupe_key": None,
    "answered": True,
    "leased_until": None,
    "due_at": None,
    "delivery": case((message.c.delivery.in_(_UNSENT), Delivery.SUPERSEDED.value), else_=message.c.delivery),
}
"""A line of a transcript of which nothing is left, and which nobody is to be sent."""

_CHANGED: dict[Table, dict[str, Any]] = {
    message: UNSAID,
    handoff: {"summary": {}, "comment": worded(handoff.c.comment)},
    conversation_note: {"text": ERASED},
    handback: {"note": worded(handback.c.note), "slots": {}},
    rating: {"comment": worded(rating.c.comment)},
    complaint: {"text": ERASED, "ruling_reason": worded(complaint.c.ruling_reason)},
    after_sales_case: {"description": worded(after_sales_case.c.description)},
    extra: {"note": worded(extra.c.note)},
    spot_check: {"note": worded(spot_check.c.note)},
    timer: {
        "state": case((timer.c.state.in_(_LIVE_TIMERS), TimerState.CANCELLED.value), else_=timer.c.state),
    },
}


class PersonalDataTable:
    """Keeps `ports.privacy.PersonalData`."""

    def __init__(self, connection: Connection, locked: Locked) -> None:
        self._connection, self._locked = connection, locked

    def buyer(self, phone_or_id: str, *, by_id: bool = False) -> Buyer | None:
        key, number = customer.c, int(phone_or_id) if phone_or_id.isascii() and phone_or_id.isdecimal() else 0
        named = [key.id == number] if by_id else [key.phone == phone_or_id, key.id == number]
        for condition in named if number <= _HIGHEST_ID else named[:1]:
            row = self._connection.execute(select(key.id, key.phone, key.name).where(condition)).first()
            if row is not None:
                return None if is_erased(row.phone) else Buyer(**row._mapping)
        return None

    def footprint(self, customer_id: int) -> Footprint:
        orders = self._keys(select(shop_order.c.order_no).where(shop_order.c.customer_id == customer_id))
        of_orders = _filed(orders)
        proven = select(identity_proof.c.conversation_id).where(identity_proof.c.customer_id == customer_id)
        filed = select(after_sales_case.c.conversation_id).where(of_orders)
        key = conversation.c
        mine = or_(key.customer_id == customer_id, key.id.in_(proven), key.id.in_(filed))
        talks = self._connection.execute(select(key.id, key.channel, key.channel_user_id).where(mine).order_by(key.id))
        accounts = {row.id: (row.channel, row.channel_user_id) for row in talks}
        cases = self._cases(orders, accounts)
        complaints = self._keys(select(complaint.c.id).where(_complained(accounts, cases)))
        return Footprint(customer_id, tuple(accounts), tuple(accounts.values()), orders, cases, complaints)

    def own(self, of: Footprint) -> Footprint:
        shared = set(self._keys(_shared(of)))
        own = [each for each in zip(of.conversations, of.accounts, strict=True) if each[0] not in shared]
        talks = tuple(talk for talk, _ in own)
        cases = self._cases(of.orders, talks)
        foreign = select(complaint_case.c.complaint_id).where(complaint_case.c.case_id.not_in(cases))
        theirs = (_complained(talks, cases), complaint.c.id.not_in(foreign))
        complaints = self._keys(select(complaint.c.id).where(*theirs))
        return Footprint(of.customer_id, talks, tuple(account for _, account in own), of.orders, cases, complaints)

    def hold(self, of: Footprint) -> str | None:
        key = conversation.c.id
        free = select(key).where(key.in_(of.conversations)).with_for_update(skip_locked=True)
        held = set(self._keys(free))
        return next((each for each in of.conversations if each not in held), None)

    def lock(self, customer_id: int, *, wait: bool = True) -> bool:
        row = select(customer.c.id).where(customer.c.id == customer_id).with_for_update(skip_locked=not wait)
        return self._connection.execute(row).first() is not None

    def keeps(self, customer_id: int) -> bool:
        kept = select(customer.c.phone).where(customer.c.id == customer_id).with_for_update(read=True, key_share=True)
        phone = self._connection.execute(kept).scalar()
        return phone is not None and not is_erased(phone)

    def open_matters(self, of: Footprint) -> list[OpenMatter]:
        quiet = [State.DRAFT.value, State.CLOSED.value]
        owed = [CollectionState.OPEN.value, CollectionState.RETURNING.value]
        paid = (collection.c.state == CollectionState.PAID.value) & collection.c.used_at.is_(None)
        given = [ExtraState.GIVEN.value, ExtraState.DECLINED.value]
        asked = {
            "case": (after_sales_case, after_sales_case.c.case_no, after_sales_case.c.state.not_in(quiet)),
            "refund": (refund_leg, refund_leg.c.refund_no, refund_leg.c.state.not_in([each.value for each in FINAL])),
            "collection": (collection, collection.c.collection_no, or_(collection.c.state.in_(owed), paid)),
            "extra": (extra, extra.c.extra_no, extra.c.state.not_in(given)),
            "complaint": (complaint, complaint.c.complaint_no, complaint.c.stage != Stage.CLOSED.value),
            "talk": (handoff, handoff.c.conversation_id, handoff.c.closed_at.is_(None)),
        }
        theirs = reach(of)
        return [
            OpenMatter(kind, number)
            for kind, (table, column, is_open) in asked.items()
            for number in self._keys(select(column).where(theirs[table], is_open).order_by(column))
        ]

    def rows(self, of: Footprint) -> dict[str, list[dict[str, Any]]]:
        numbers = self._keys(select(after_sales_case.c.case_no).where(after_sales_case.c.id.in_(of.cases)))
        return {table.name: self._plain(table, theirs, numbers) for table, theirs in reach(of).items()}

    def files(self, of: Footprint) -> list[Evidence]:
        query = select(evidence).where(reach(of)[evidence], evidence.c.removed_at.is_(None))
        return [as_evidence(row) for row in self._connection.execute(query.order_by(evidence.c.created_at))]

    def erase(self, of: Footprint, asked_by: str, at: datetime) -> None:
        theirs = reach(of)
        self._note(of.customer_id, asked_by, at)
        for table in _DETAILS:
            self._unword(table, theirs[table])
        for table, changes in _CHANGED.items():
            self._connection.execute(update(table).where(theirs[table]).values(changes))
        for table in _GONE:
            self._connection.execute(delete(table).where(theirs[table]))
        self._close_talks(theirs, at)
        told = {"phone": erased_phone(of.customer_id), "name": ERASED}
        self._connection.execute(update(customer).where(theirs[customer]).values(told))
        self._put(of.customer_id, busy=False)

    def undone(self, limit: int) -> list[int]:
        key = erasure.c
        return list(
            self._keys(select(key.customer_id).where(key.files_gone_at.is_(None)).order_by(key.at).limit(limit))
        )

    def finish(self, customer_id: int, at: datetime) -> None:
        self._put(customer_id, files_gone_at=at)

    def erased_at(self, customer_id: int) -> datetime | None:
        query = select(erasure.c.at).where(erasure.c.customer_id == customer_id)
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def _note(self, customer_id: int, asked_by: str, at: datetime) -> None:
        row = {"customer_id": customer_id, "asked_by": asked_by, "at": at, "files_gone_at": None, "busy": True}
        insert = insert_for(self._connection, erasure).values(row)
        self._connection.execute(insert.on_conflict_do_update(index_elements=["customer_id"], set_=row))

    def _unword(self, table: Table, theirs: Any) -> None:
        for row in self._connection.execute(select(table.c.id, table.c.detail).where(theirs)).all():
            left = without_words(row.detail)
            if left != row.detail:
                self._connection.execute(update(table).where(table.c.id == row.id).values(detail=left))

    def _close_talks(self, theirs: dict[Table, Any], at: datetime) -> None:
        untaken = update(handback).where(theirs[handback], handback.c.taken_at.is_(None))
        self._connection.execute(untaken.values(taken_at=at))
        ended = update(identity_proof).where(theirs[identity_proof], identity_proof.c.revoked_at.is_(None))
        self._connection.execute(ended.values(revoked_at=at))
        key = conversation.c
        closed = {
            "channel_user_id": erased_account("") + key.id,
            "mode": Mode.CLOSED.value,
            "epoch": key.epoch + 1,
            "epoch_by": ERASING,
            "owner": None,
            "waiting_since": None,
            "follow_up_at": None,
            "erased_at": at,
        }
        self._locked.forget_all()
        self._connection.execute(update(conversation).where(theirs[conversation]).values(closed))

    def _put(self, customer_id: int, **values: Any) -> None:
        self._connection.execute(update(erasure).where(erasure.c.customer_id == customer_id).values(**values))

    def _keys(self, query: Any) -> tuple[Any, ...]:
        return tuple(self._connection.execute(query).scalars())

    def _cases(self, orders: Collection[str], talks: Collection[str]) -> tuple[int, ...]:
        theirs = or_(_filed(orders), after_sales_case.c.conversation_id.in_(talks))
        return self._keys(select(after_sales_case.c.id).where(theirs))

    def _plain(self, table: Table, theirs: Any, cases: Collection[str]) -> list[dict[str, Any]]:
        columns = [each for each in table.columns if each.name not in _SECRETS.get(table, ())]
        found = self._connection.execute(select(*columns).where(theirs).order_by(*table.primary_key.columns))
        rows = [{name: _as_json(value) for name, value in row._mapping.items()} for row in found]
        if table in _DETAILS:
            return [{**row, "detail": without_others(row["detail"], cases)} for row in rows]
        return rows


def _filed(orders: Collection[str]) -> Any:
    """The cases of these orders. A draft may name an order that somebody only typed: it is its conversation's."""
    return and_(after_sales_case.c.order_no.in_(orders), after_sales_case.c.case_no.is_not(None))


def _complained(talks: Collection[str], cases: Collection[int]) -> Any:
    """The complaints that were made in these conversations, or are about these cases."""
    about = select(complaint_case.c.complaint_id).where(complaint_case.c.case_id.in_(cases))
    return or_(complaint.c.conversation_id.in_(talks), complaint.c.id.in_(about))


def _shared(of: Footprint) -> Select:
    """Their conversations that ever proved to be another buyer's too, or hold a filed case of another's."""
    key, proof, filed = conversation.c, identity_proof.c, after_sales_case.c
    proven = select(proof.conversation_id).where(proof.customer_id != of.customer_id)
    cases = select(filed.conversation_id).join(shop_order, shop_order.c.order_no == filed.order_no)
    others = cases.where(filed.case_no.is_not(None), shop_order.c.customer_id != of.customer_id)
    in_reach = key.id.in_(of.conversations)
    shared = (
        key.customer_id != of.customer_id,
        key.id.in_(proven.where(proof.conversation_id.in_(of.conversations))),
        key.id.in_(others.where(filed.conversation_id.in_(of.conversations))),
    )
    return select(key.id).where(in_reach, or_(*shared))


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
