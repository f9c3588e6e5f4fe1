"""Refund legs, their log, the reservations they hold, and the callbacks that were taken."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from backend.adapters.refund_tables import gateway_notification, refund_leg, refund_leg_event
from backend.adapters.repositories.upsert import broke_uniqueness, insert_for
from backend.adapters.tables import after_sales_case, payment
from backend.domain.case import State
from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import FINAL, LAST_PART, LegState, RefundLeg
from backend.errors import Conflict

_OLDEST_FIRST = (refund_leg.c.due_at, refund_leg.c.id)


class RefundLegTable:
    """Keeps `ports.RefundLegs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def reserved(self, order_no: str) -> dict[tuple[PaymentMethod, str], int]:
        query = select(payment).where(payment.c.order_no == order_no, payment.c.collection_no == "")
        rows = self._connection.execute(query)
        return {(PaymentMethod(row.method), row.payment_no): row.reserved_fen for row in rows}

    def add(self, leg: RefundLeg, *, by: str) -> RefundLeg:
        self._reserve(leg, leg.amount_fen)
        try:
            inserted = self._connection.execute(refund_leg.insert().values(_row(leg)))
        except IntegrityError as exc:
            if not broke_uniqueness(exc):
                raise
            raise Conflict(f"there is a refund {leg.refund_no} already", subject=leg.refund_no) from exc
        leg_id = int(inserted.inserted_primary_key[0])
        self._log(leg_id, leg, leg.planned_at, by)
        return self._one(refund_leg.c.id == leg_id)  # type: ignore[return-value]

    def save(self, leg: RefundLeg, *, was: RefundLeg, at: datetime, by: str) -> None:
        key = refund_leg.c
        changed = self._connection.execute(
            update(refund_leg).where(key.id == leg.id, key.version == was.version).values(_row(leg))
        )
        if changed.rowcount != 1:
            raise Conflict(f"refund {leg.refund_no} is no longer at version {was.version}", subject=leg.refund_no)
        if leg.state is LegState.FAILED and was.state is not LegState.FAILED:
            self._reserve(leg, -leg.amount_fen)
        self._log(leg.id, leg, at, by)

    def by_number(self, refund_no: str) -> RefundLeg | None:
        return self._one(refund_leg.c.refund_no == refund_no)

    def of_case(self, case_id: int) -> list[RefundLeg]:
        query = select(refund_leg).where(refund_leg.c.case_id == case_id, refund_leg.c.leg_no <= LAST_PART)
        return self._many(query.order_by(refund_leg.c.leg_no, refund_leg.c.attempt))

    def of_collection(self, case_id: int, number: int) -> list[RefundLeg]:
        key = refund_leg.c
        query = select(refund_leg).where(key.case_id == case_id, key.leg_no == LAST_PART + number)
        return self._many(query.order_by(key.attempt))

    def due(self, now: datetime, limit: int) -> list[RefundLeg]:
        return self._many(select(refund_leg).where(refund_leg.c.due_at <= now).order_by(*_OLDEST_FIRST).limit(limit))

    def paid_but_refunding(self, before: datetime, limit: int) -> list[str]:
        case, leg = after_sales_case.c, refund_leg.c
        of_case = select(leg.id).where(leg.case_id == case.id, leg.leg_no <= LAST_PART)
        paid, unpaid = leg.state == LegState.SUCCESS.value, leg.state.notin_([state.value for state in FINAL])
        query = (
            select(case.case_no)
            .where(case.state == State.REFUNDING.value, case.state_since <= before)
            .where(of_case.where(paid).exists(), ~of_case.where(unpaid).exists())
            .order_by(case.state_since)
            .limit(limit)
        )
        return list(self._connection.execute(query).scalars())

    def find(self, *, state: LegState | None, limit: int) -> list[RefundLeg]:
        query = select(refund_leg).order_by(refund_leg.c.id.desc()).limit(limit)
        return self._many(query if state is None else query.where(refund_leg.c.state == state.value))

    def unsettled(self, gateway: str, limit: int) -> list[RefundLeg]:
        key = refund_leg.c
        open_ = key.state.in_([state.value for state in LegState if state not in FINAL])
        return self._many(select(refund_leg).where(open_, key.gateway == gateway).order_by(key.id).limit(limit))

    def of_gateway(self, gateway: str, since: datetime, until: datetime) -> list[RefundLeg]:
        key = refund_leg.c
        query = select(refund_leg).where(key.gateway == gateway, key.planned_at >= since, key.planned_at < until)
        return self._many(query.order_by(key.id))

    def log(self, leg_id: int) -> list[tuple[datetime, str, LegState, str]]:
        key = refund_leg_event.c
        rows = self._connection.execute(select(refund_leg_event).where(key.leg_id == leg_id).order_by(key.version))
        return [(row.at, row.actor, LegState(row.state), row.code) for row in rows]

    def take_notification(self, gateway: str, notification_id: str, at: datetime) -> bool:
        insert = insert_for(self._connection, gateway_notification).on_conflict_do_nothing()
        row = {"gateway": gateway, "notification_id": notification_id, "at": at}
        return bool(self._connection.execute(insert.values(row)).rowcount)

    def _reserve(self, leg: RefundLeg, fen: int) -> None:
        """Reserve (or free, below zero) on the leg's payment by one statement; its CHECK holds the same."""
        key = payment.c
        changed = self._connection.execute(
            update(payment)
            .where(key.order_no == leg.order_no, key.method == leg.method.value, key.payment_no == leg.payment_no)
            .where(key.reserved_fen + fen <= key.paid_fen)
            .values(reserved_fen=key.reserved_fen + fen)
        )
        if changed.rowcount != 1:
            raise Conflict(f"not {fen} fen are left of payment {leg.payment_no}", subject="above_cap")

    def _log(self, leg_id: int, leg: RefundLeg, at: datetime, by: str) -> None:
        entry = {"version": leg.version, "at": at, "actor": by, "state": leg.state.value, "code": leg.code}
        self._connection.execute(refund_leg_event.insert().values(leg_id=leg_id, **entry))

    def _one(self, condition: Any) -> RefundLeg | None:
        row = self._connection.execute(select(refund_leg).where(condition)).first()
        return None if row is None else _leg(row)

    def _many(self, query: Any) -> list[RefundLeg]:
        return [_leg(row) for row in self._connection.execute(query)]


def _row(leg: RefundLeg) -> dict[str, Any]:
    row = {name: value for name, value in vars(leg).items() if name != "id"}
    return {**row, "state": leg.state.value, "method": leg.method.value}


def _leg(row: Row) -> RefundLeg:
    fields = dict(row._mapping)
    return RefundLeg(**{**fields, "state": LegState(row.state), "method": PaymentMethod(row.method)})
