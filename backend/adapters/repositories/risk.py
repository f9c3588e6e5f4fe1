"""Risk signals, and the look-ups behind them. Every look-up goes by an index."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from backend.adapters.repositories.kept import run
from backend.adapters.repositories.upsert import put_once
from backend.adapters.risk_tables import photo_band, risk_signal
from backend.adapters.tables import after_sales_case, evidence, shop_order
from backend.adapters.work_tables import shipment
from backend.domain.case import Case, CloseReason, State
from backend.domain.evidence import Evidence
from backend.domain.request_facts import AGENT_SETS_AMOUNT, MONEY_GOES_BACK
from backend.domain.risk import (
    BANDS,
    CustomerRecord,
    Finding,
    SeenPhoto,
    Signal,
    SignalKind,
    bands,
    neighbours,
    tells_apart,
)

_PAYS = [remedy.value for remedy in MONEY_GOES_BACK | AGENT_SETS_AMOUNT]
_MOST = 50
"""More photos that look like one say nothing more."""


def _counts() -> Any:
    """A filed case that is open, or that ended with what was asked for."""
    case = after_sales_case.c
    resolved = case.close_reason == CloseReason.RESOLVED.value
    return and_(case.state != State.DRAFT.value, or_(case.state != State.CLOSED.value, resolved))


def _record() -> Select:
    """Of a buyer, beside a case: their orders, those that money went back for, their open cases."""
    case, order = after_sales_case.c, shop_order.c
    theirs = order.customer_id == bindparam("buyer")
    cases = shop_order.join(after_sales_case, case.order_no == order.order_no)
    others = select(func.count(case.id)).select_from(cases).where(theirs, case.id != bindparam("beside_case"))
    still_open = others.where(case.state != State.DRAFT.value, case.state != State.CLOSED.value)
    refunded = (
        select(func.count(order.order_no.distinct()))
        .select_from(cases)
        .where(theirs, order.order_no != bindparam("beside_order"), case.remedy.in_(_PAYS), _counts())
    )
    counts = (select(func.count()).select_from(shop_order).where(theirs), refunded, still_open)
    return select(*(each.scalar_subquery() for each in counts))


def _seen() -> Select:
    """Photos of other cases, the same or alike: of those a quarter differs in at most one bit; the exact distance is
    the domain's to judge.
    """
    key = after_sales_case.c
    near = [
        and_(photo_band.c.band == number, photo_band.c.bits.in_(bindparam(f"near_{number}", expanding=True)))
        for number in range(BANDS)
    ]
    alike = evidence.c.id.in_(select(photo_band.c.evidence_id).where(or_(*near)))
    same = evidence.c.sha256.in_(bindparam("pictures", expanding=True))
    asked_again = and_(key.order_no == bindparam("of_order"), ~_counts())
    return (
        select(evidence.c.id, key.case_no, evidence.c.sha256, evidence.c.phash)
        .select_from(evidence.join(after_sales_case, evidence.c.case_id == key.id))
        .where(or_(same, alike), key.id != bindparam("of_case"), key.case_no.isnot(None), ~asked_again)
        .order_by(evidence.c.created_at, evidence.c.id)
        .limit(_MOST)
    )


_OF_CASE = select(risk_signal).where(risk_signal.c.case_id == bindparam("of_case")).order_by(risk_signal.c.id)
_RECORD, _SEEN = _record(), _seen()
"""Kept, for each filing asks them and building them takes longer than asking."""


class RiskSignalTable:
    """Keeps `ports.RiskSignals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, case_id: int, finding: Finding, at: datetime) -> bool:
        row = {**vars(finding), "kind": finding.kind.value, "case_id": case_id, "at": at}
        return bool(put_once(self._connection, risk_signal, row, unique=["case_id", "kind", "subject"]).rows)

    def of_case(self, case_id: int) -> list[Signal]:
        return [_signal(row) for row in run(self._connection, _OF_CASE, {"of_case": case_id})]

    def customer_record(self, customer_id: int, beside: Case) -> CustomerRecord:
        asked = {"buyer": customer_id, "beside_case": beside.id, "beside_order": beside.order_no or ""}
        orders, refunded_orders, open_cases = run(self._connection, _RECORD, asked).one()
        return CustomerRecord(orders=orders, refunded_orders=refunded_orders, open_cases=open_cases)

    def remember(self, photos: Sequence[Evidence]) -> None:
        rows = [
            {"evidence_id": photo.id, "band": number, "bits": bits}
            for photo in photos
            if photo.phash is not None and tells_apart(photo.phash)
            for number, bits in enumerate(bands(photo.phash))
        ]
        if rows:
            put_once(self._connection, photo_band, *rows, unique=["evidence_id", "band"])

    def seen_before(self, photos: Sequence[Evidence], case: Case) -> list[SeenPhoto]:
        if not photos:
            return []
        telling = [bands(photo.phash) for photo in photos if photo.phash is not None and tells_apart(photo.phash)]
        near = {
            f"near_{number}": [bits for each in telling for bits in neighbours(each[number])] for number in range(BANDS)
        }
        same = {"of_case": case.id, "of_order": case.order_no or "", "pictures": [photo.sha256 for photo in photos]}
        rows = run(self._connection, _SEEN, {**near, **same})
        return [SeenPhoto(row.id, row.case_no, row.sha256, row.phash) for row in rows]

    def with_waybill(self, waybill_no: str, case: Case) -> list[str]:
        key = after_sales_case.c
        query = (
            select(key.case_no.distinct())
            .select_from(shipment.join(after_sales_case, shipment.c.case_id == key.id))
            .where(shipment.c.waybill_no == waybill_no, shipment.c.case_id != case.id, key.case_no.isnot(None))
            .order_by(key.case_no)
        )
        return list(self._connection.execute(query).scalars())


def _signal(row: Row) -> Signal:
    return Signal(row.case_id, Finding(SignalKind(row.kind), row.subject, row.detail), row.at)
