"""Money that customers are asked for: collections, their log, and what was paid for them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from backend.adapters.collection_tables import collection, collection_event
from backend.adapters.repositories.upsert import broke_uniqueness, insert_for
from backend.adapters.tables import payment
from backend.domain.collection import Collection, CollectionState, Purpose
from backend.domain.order import PaymentMethod
from backend.errors import Conflict

_LIVE = (CollectionState.OPEN.value, CollectionState.PAID.value)


class CollectionTable:
    """Keeps `ports.Collections`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, added: Collection, *, by: str) -> Collection:
        try:
            result = self._connection.execute(collection.insert().values(_row(added)))
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            raise Conflict(f"the case has a collection already: {added.collection_no}", subject="collection") from exc
        stored = replace(added, id=int(result.inserted_primary_key[0]))
        self._log(stored, by, added.opened_at, {"amount_fen": added.amount_fen})
        return stored

    def save(self, changed: Collection, *, by: str, at: datetime, detail: Mapping[str, Any]) -> Collection:
        key, after = collection.c, replace(changed, version=changed.version + 1)
        written = self._connection.execute(
            update(collection).where(key.id == changed.id, key.version == changed.version).values(_row(after))
        )
        if written.rowcount != 1:
            raise Conflict(f"{changed.collection_no} is no longer at version {changed.version}", subject="version")
        self._log(after, by, at, detail)
        return after

    def put_off(self, later: Collection) -> None:
        change = update(collection).where(collection.c.id == later.id).values(due_at=later.due_at, polls=later.polls)
        self._connection.execute(change)

    def keep_payment(self, kept: Collection, order_no: str) -> None:
        assert kept.method is not None  # it was paid
        row = {
            "order_no": order_no,
            "method": kept.method.value,
            "payment_no": kept.provider_no,
            "paid_fen": kept.amount_fen,
            "collection_no": kept.collection_no,
        }
        insert = insert_for(self._connection, payment).values(row).on_conflict_do_nothing()
        if self._connection.execute(insert).rowcount != 1:
            raise Conflict(f"the payment {kept.provider_no} has paid for something before", subject="payment")

    def by_number(self, collection_no: str) -> Collection | None:
        return self._one(collection.c.collection_no == collection_no)

    def live_of(self, case_id: int) -> Collection | None:
        key = collection.c
        return self._one((key.case_id == case_id) & key.state.in_(_LIVE) & key.used_at.is_(None))

    def of_case(self, case_id: int) -> list[Collection]:
        return self._many(select(collection).where(collection.c.case_id == case_id).order_by(collection.c.number))

    def find(self, *, state: CollectionState | None, limit: int) -> list[Collection]:
        query = select(collection).order_by(collection.c.id.desc()).limit(limit)
        return self._many(query if state is None else query.where(collection.c.state == state.value))

    def due(self, now: datetime, limit: int) -> list[str]:
        key = collection.c
        query = select(key.collection_no).where(key.due_at <= now).order_by(key.due_at, key.id).limit(limit)
        return list(self._connection.execute(query).scalars())

    def of_collector(self, collector: str, since: datetime, until: datetime) -> list[Collection]:
        key = collection.c
        query = select(collection).where(key.collector == collector, key.opened_at >= since, key.opened_at < until)
        return self._many(query.order_by(key.id))

    def log(self, collection_id: int) -> list[tuple[datetime, str, CollectionState, dict[str, Any]]]:
        key = collection_event.c
        rows = self._connection.execute(
            select(collection_event).where(key.collection_id == collection_id).order_by(key.version)
        )
        return [(row.at, row.actor, CollectionState(row.state), row.detail) for row in rows]

    def _log(self, after: Collection, by: str, at: datetime, detail: Mapping[str, Any]) -> None:
        row = {"version": after.version, "at": at, "actor": by, "state": after.state.value, "detail": dict(detail)}
        self._connection.execute(collection_event.insert().values(collection_id=after.id, **row))

    def _one(self, condition: Any) -> Collection | None:
        row = self._connection.execute(select(collection).where(condition)).first()
        return None if row is None else _collection(row)

    def _many(self, query: Any) -> list[Collection]:
        return [_collection(row) for row in self._connection.execute(query)]


def _row(given: Collection) -> dict[str, Any]:
    row = {name: value for name, value in vars(given).items() if name != "id"}
    return {name: getattr(value, "value", value) for name, value in row.items()}


def _collection(row: Row) -> Collection:
    fields = dict(row._mapping)
    method = None if row.method is None else PaymentMethod(row.method)
    return Collection(
        **{**fields, "purpose": Purpose(row.purpose), "state": CollectionState(row.state), "method": method}
    )
