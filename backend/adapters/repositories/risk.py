"""Risk signals, and the look-ups behind them. Every look-up goes by an index."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from backend.adapters.repositories.upsert import insert_for
from backend.adapters.risk_tables import photo_band, risk_signal
from backend.adapters.tables import after_sales_case, evidence, shop_order
from backend.adapters.work_tables import shipment
from backend.domain.case import Case, CloseReason, State
from backend.domain.evidence import Evidence
from backend.domain.request_facts import AGENT_SETS_AMOUNT, MONEY_GOES_BACK
from backend.domain.risk import CustomerRecord, Finding, SeenPhoto, Signal, SignalKind, bands, neighbours, tells_apart

_PAYS = [remedy.value for remedy in MONEY_GOES_BACK | AGENT_SETS_AMOUNT]
_MOST = 50
"""More photos that look like one say nothing more."""


class RiskSignalTable:
    """Keeps `ports.RiskSignals`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, case_id: int, finding: Finding, at: datetime) -> bool:
        row = {**vars(finding), "kind": finding.kind.value, "case_id": case_id, "at": at}
        insert = insert_for(self._connection, risk_signal).values(row)
        added = self._connection.execute(insert.on_conflict_do_nothing(index_elements=["case_id", "kind", "subject"]))
        return bool(added.rowcount)

    def of_case(self, case_id: int) -> list[Signal]:
        query = select(risk_signal).where(risk_signal.c.case_id == case_id).order_by(risk_signal.c.id)
        return [_signal(row) for row in self._connection.execute(query)]

    def customer_record(self, customer_id: int, beside: Case) -> CustomerRecord:
        case, order = after_sales_case.c, shop_order.c
        theirs = order.customer_id == customer_id
        cases = shop_order.join(after_sales_case, case.order_no == order.order_no)
        others = select(func.count(case.id)).select_from(cases).where(theirs, case.id != beside.id)
        still_open = others.where(case.state.notin_([State.DRAFT.value, State.CLOSED.value]))
        refunded = (
            select(func.count(order.order_no.distinct()))
            .select_from(cases)
            .where(theirs, order.order_no != beside.order_no, case.remedy.in_(_PAYS), _counts())
        )
        counts = (select(func.count()).select_from(shop_order).where(theirs), refunded, still_open)
        orders, refunded_orders, open_cases = self._connection.execute(
            select(*(each.scalar_subquery() for each in counts))
        ).one()
        return CustomerRecord(orders=orders, refunded_orders=refunded_orders, open_cases=open_cases)

    def remember(self, photos: Sequence[Evidence]) -> None:
        rows = [
            {"evidence_id": photo.id, "band": number, "bits": bits}
            for photo in photos
            if photo.phash is not None and tells_apart(photo.phash)
            for number, bits in enumerate(bands(photo.phash))
        ]
        if rows:
            insert = insert_for(self._connection, photo_band)
            self._connection.execute(insert.on_conflict_do_nothing(index_elements=["evidence_id", "band"]), rows)

    def seen_before(self, photos: Sequence[Evidence], case: Case) -> list[SeenPhoto]:
        alike = [
            evidence.c.id.in_(_alike(photo.phash))
            for photo in photos
            if photo.phash is not None and tells_apart(photo.phash)
        ]
        if not photos:
            return []
        same = evidence.c.sha256.in_([photo.sha256 for photo in photos])
        return [SeenPhoto(row.id, row.case_no, row.sha256, row.phash) for row in self._photos(or_(same, *alike), case)]

    def with_waybill(self, waybill_no: str, case: Case) -> list[str]:
        key = after_sales_case.c
        query = (
            select(key.case_no.distinct())
            .select_from(shipment.join(after_sales_case, shipment.c.case_id == key.id))
            .where(shipment.c.waybill_no == waybill_no, shipment.c.case_id != case.id, key.case_no.isnot(None))
            .order_by(key.case_no)
        )
        return list(self._connection.execute(query).scalars())

    def _photos(self, condition: Any, case: Case) -> list[Row]:
        key = after_sales_case.c
        asked_again = and_(key.order_no == case.order_no, ~_counts())
        query = (
            select(evidence.c.id, key.case_no, evidence.c.sha256, evidence.c.phash)
            .select_from(evidence.join(after_sales_case, evidence.c.case_id == key.id))
            .where(condition, key.id != case.id, key.case_no.isnot(None), ~asked_again)
            .order_by(evidence.c.created_at, evidence.c.id)
            .limit(_MOST)
        )
        return list(self._connection.execute(query).all())


def _counts() -> Any:
    """A filed case that is open, or that ended with what was asked for."""
    case = after_sales_case.c
    resolved = case.close_reason == CloseReason.RESOLVED.value
    return and_(case.state != State.DRAFT.value, or_(case.state != State.CLOSED.value, resolved))


def _alike(phash: str) -> Select:
    """Photos of which a quarter differs in at most one bit; the exact distance is the domain's to judge."""
    near = [
        and_(photo_band.c.band == number, photo_band.c.bits.in_(neighbours(bits)))
        for number, bits in enumerate(bands(phash))
    ]
    return select(photo_band.c.evidence_id).where(or_(*near))


def _signal(row: Row) -> Signal:
    return Signal(row.case_id, Finding(SignalKind(row.kind), row.subject, row.detail), row.at)
