"""Reports: what the database counts for them, the same on SQLite and PostgreSQL. Times of phases: `reporting_times`.

Every query begins with a range of an index: by when cases were submitted, orders placed, refunds settled, customers
wrote, people were called.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, and_, case, column, distinct, func, literal_column, select, true

from backend.adapters.extra_tables import extra
from backend.adapters.rating_tables import rating
from backend.adapters.refund_tables import refund_leg
from backend.adapters.report_tables import improvement_action
from backend.adapters.reporting_complaints import ComplaintReports
from backend.adapters.reporting_times import clock_row, plain, stays_row
from backend.adapters.repositories.drills import real_order, real_talk
from backend.adapters.tables import (
    after_sales_case,
    case_event,
    case_line,
    conversation,
    handoff,
    message,
    order_line,
    shop_order,
)
from backend.adapters.work_tables import shipment
from backend.domain.case import State
from backend.domain.extra import ExtraState, Purpose
from backend.domain.lifecycle import Event
from backend.domain.order import OrderStatus, PaymentMethod
from backend.domain.refund_leg import LAST_PART, LegState
from backend.domain.report import Period, Phase
from backend.domain.rule_types import FreightPayer, Item
from backend.domain.work import Direction
from backend.ports.reports import Row

_CASE, _LINE, _LEG, _ORDER = after_sales_case.c, case_line.c, refund_leg.c, shop_order.c
_CASES = func.count(distinct(_CASE.id)).label("cases")
_REASON = func.coalesce(_CASE.reason_confirmed, _CASE.reason_claimed)
"""What inspection found counts; until then, what the customer said (rule book, section 2)."""

_PAID = (_LEG.state == LegState.SUCCESS.value) & (_LEG.leg_no <= LAST_PART)
_POINTS = _LEG.method == PaymentMethod.POINTS.value
_WON = (Event.APPROVE.value, Event.ACCEPT.value, Event.EXECUTE_RULING.value)


class ReportQueries(ComplaintReports):
    """Keeps `ports.Reports`."""

    def states(self, period: Period) -> list[Row]:
        keys = (_CASE.state, _CASE.close_reason)
        return self._rows(select(*keys, _CASES).where(filed(period)).group_by(*keys).order_by(*keys))

    def reasons(self, period: Period) -> list[Row]:
        keys = (_CASE.reason_claimed, _CASE.reason_confirmed)
        return self._rows(select(*keys, _CASES).where(filed(period)).group_by(*keys).order_by(_CASES.desc(), *keys))

    def products(self, period: Period) -> list[Row]:
        sold = _sold(period.since, period.until).group_by(order_line.c.sku).subquery()
        query = (
            select(
                _LINE.sku,
                func.max(order_line.c.title).label("product"),
                _CASES,
                func.sum(_LINE.quantity).label("pieces"),
                func.coalesce(func.max(sold.c.pieces), 0).label("sold_pieces"),
            )
            .select_from(_goods().outerjoin(sold, sold.c.sku == _LINE.sku))
            .where(filed(period))
            .group_by(_LINE.sku)
            .order_by(_CASES.desc(), _LINE.sku)
        )
        return self._rows(query)

    def channels(self, period: Period) -> list[Row]:
        source = after_sales_case.join(conversation, conversation.c.id == _CASE.conversation_id)
        key = conversation.c.channel
        query = select(key, _CASES).select_from(source).where(filed(period)).group_by(key)
        return self._rows(query.order_by(_CASES.desc(), key))

    def dispositions(self, period: Period) -> list[Row]:
        query = (
            select(_LINE.disposition, _CASES, func.sum(_LINE.accepted_quantity).label("pieces"))
            .select_from(after_sales_case.join(case_line, _LINE.case_id == _CASE.id))
            .where(filed(period), _LINE.accepted_quantity > 0)
            .group_by(_LINE.disposition)
            .order_by(_CASES.desc(), _LINE.disposition)
        )
        return self._rows(query)

    def stays(self, period: Period, phase: Phase) -> Row:
        return stays_row(self._connection, filed(period), phase)

    def clock(self, period: Period, phase: Phase, now: datetime) -> Row:
        return clock_row(self._connection, filed(period), phase, now)

    def orders(self, period: Period) -> Row:
        refunded = select(_LEG.id).where(_LEG.order_no == _ORDER.order_no, _PAID).exists()
        query = select(
            func.count().label("orders"),
            func.coalesce(func.sum(case((refunded, 1), else_=0)), 0).label("orders_refunded"),
            func.coalesce(func.sum(_ORDER.paid_fen), 0).label("sales_fen"),
        ).where(_within(_ORDER.placed_at, period), _ORDER.status != OrderStatus.CANCELLED.value, _REAL_ORDER)
        return self._row(query)

    def money(self, period: Period) -> Row:
        money = case((_POINTS, 0), else_=_LEG.amount_fen)
        query = select(
            func.coalesce(func.sum(case((_POINTS, 0), else_=1)), 0).label("refunds"),
            func.count(distinct(_LEG.case_id)).label("cases_refunded"),
            func.coalesce(func.sum(money), 0).label("refunded_fen"),
            func.coalesce(func.sum(_LEG.amount_fen - money), 0).label("points_fen"),
        ).where(_PAID, _within(_LEG.settled_at, period), real_order(_LEG.order_no))
        given = select(
            _given(Purpose.FREIGHT).label("freight_fen"),
            _given(Purpose.COMPENSATION).label("compensation_fen"),
        ).where(extra.c.state == ExtraState.GIVEN.value, _within(extra.c.settled_at, period), _of_real_case())
        return {**self._row(query), **self._row(given)}

    def freight(self, period: Period) -> list[Row]:
        payer = func.coalesce(_CASE.verdict["freight_payer"].as_string(), FreightPayer.NONE.value).label("payer")
        parcels = and_(shipment.c.case_id == _CASE.id, shipment.c.direction == Direction.RETURN.value)
        query = (
            select(payer, _CASES, func.count(shipment.c.id).label("parcels"))
            .select_from(after_sales_case.outerjoin(shipment, parcels))
            .where(filed(period))
            .group_by(payer)
            .order_by(_CASES.desc(), payer)
        )
        back = {row["payer"]: row["fen"] for row in self._shipping_back(period, payer)}
        reimbursed = {row["payer"]: row["fen"] for row in self._reimbursed(period, payer)}
        return [
            {
                **row,
                "shipping_back_fen": back.get(row["payer"], 0),
                "freight_fen": reimbursed.get(row["payer"], 0),
            }
            for row in self._rows(query)
        ]

    def rejections(self, period: Period) -> Row:
        each = _decisions(period)
        won = each.c.won_at > each.c.appealed_at
        lost = and_(each.c.rejected_at > each.c.appealed_at, func.coalesce(each.c.won_at, 0) < each.c.appealed_at)
        query = select(
            func.count().label("cases"),
            _number_of(each.c.rejected_at.isnot(None)).label("rejected"),
            _number_of(each.c.appealed_at.isnot(None)).label("appealed"),
            _number_of(won).label("appeals_won"),
            _number_of(lost).label("appeals_lost"),
        ).select_from(each)
        row = self._row(query)
        return {**row, "appeals_open": row["appealed"] - row["appeals_won"] - row["appeals_lost"]}

    def ratings(self, period: Period) -> list[Row]:
        key = rating.c.score
        query = select(key, func.count().label("ratings")).where(_within(rating.c.at, period)).group_by(key)
        return self._rows(query.order_by(key))

    def handoffs(self, period: Period) -> list[Row]:
        key, number = handoff.c.reason.label("handoff_reason"), func.count().label("handoffs")
        query = select(key, number).where(_within(handoff.c.requested_at, period), real_talk(handoff.c.conversation_id))
        return self._rows(query.group_by(key).order_by(number.desc(), key))

    def containment(self, period: Period) -> Row:
        called = (
            select(handoff.c.id)
            .where(handoff.c.conversation_id == message.c.conversation_id, _within(handoff.c.requested_at, period))
            .exists()
        )
        theirs = message.c.conversation_id
        query = select(
            func.count(distinct(theirs)).label("conversations"),
            func.count(distinct(case((called, theirs)))).label("handed_over"),
        ).where(message.c.author == literal_column("'customer'"), _within(message.c.at, period), real_talk(theirs))
        return self._row(query)

    def causes(self, period: Period, least: int) -> list[Row]:
        reason, action = _REASON.label("reason"), improvement_action.c
        still_open = and_(action.reason == _REASON, action.sku == _LINE.sku, action.closed_at.is_(None))
        query = (
            select(
                reason,
                _LINE.sku,
                func.max(order_line.c.title).label("product"),
                _CASES,
                func.max(action.id).label("improvement_id"),
                func.max(action.owner).label("owner"),
                func.max(action.due).label("due"),
            )
            .select_from(_goods().outerjoin(improvement_action, still_open))
            .where(filed(period))
            .group_by(_REASON, _LINE.sku)
            .having(least <= _CASES)
            .order_by(_CASES.desc(), reason, _LINE.sku)
        )
        return self._rows(query)

    def cases_of_cause(self, reason: str, sku: str, since: datetime, until: datetime) -> tuple[int, int]:
        period = Period("", since, until)
        cases = (
            select(_CASES)
            .select_from(after_sales_case.join(case_line, _LINE.case_id == _CASE.id))
            .where(filed(period), reason == _REASON, _LINE.sku == sku)
        )
        sold = _sold(since, until).where(order_line.c.sku == sku).group_by(order_line.c.sku).subquery()
        pieces = self._connection.execute(select(sold.c.pieces)).scalar()
        return int(self._connection.execute(cases).scalar_one()), int(pieces or 0)

    def newest_case(self, reason: str, sku: str, since: datetime) -> int | None:
        query = (
            select(_CASE.id)
            .select_from(after_sales_case.join(case_line, _LINE.case_id == _CASE.id))
            .where(_FILED, _CASE.submitted_at >= since, reason == _REASON, _LINE.sku == sku)
            .order_by(_CASE.submitted_at.desc(), _CASE.id.desc())
            .limit(1)
        )
        found: int | None = self._connection.execute(query).scalar()
        return found

    def _shipping_back(self, period: Period, payer: Any) -> list[Row]:
        """The purchase's shipping in the breakdown of each case of the period to which money went back."""
        refunded = select(_LEG.id).where(_LEG.case_id == _CASE.id, _PAID).exists()
        line, item, fen = self._breakdown()
        query = (
            select(payer, func.sum(fen).label("fen"))
            .select_from(after_sales_case.join(line, true()))
            .where(filed(period), refunded, item == Item.SHIPPING.value)
            .group_by(payer)
        )
        return self._rows(query)

    def _reimbursed(self, period: Period, payer: Any) -> list[Row]:
        """What customers were given for the way back, on top of their refunds."""
        query = (
            select(payer, _given(Purpose.FREIGHT).label("fen"))
            .select_from(after_sales_case.join(extra, extra.c.case_id == _CASE.id))
            .where(filed(period), extra.c.state == ExtraState.GIVEN.value)
            .group_by(payer)
        )
        return self._rows(query)

    def _breakdown(self) -> tuple[Any, Any, Any]:
        """The lines of a verdict's breakdown as rows, with each line's item and fen: the databases differ in this."""
        if self._connection.dialect.name == "postgresql":
            line = func.json_array_elements(_CASE.verdict["breakdown"]).table_valued(column("value", JSON))
            return line, line.c.value["item"].as_string(), line.c.value["fen"].as_integer()
        line = func.json_each(_CASE.verdict, "$.breakdown").table_valued("value")
        return line, func.json_extract(line.c.value, "$.item"), func.json_extract(line.c.value, "$.fen")

    def _row(self, query: Any) -> Row:
        return plain(self._connection.execute(query).mappings().one())


_FILED = and_(_CASE.case_no.isnot(None), _CASE.state != State.DRAFT.value, real_order(_CASE.order_no))
_REAL_ORDER = real_order(_ORDER.order_no)
"""No report counts what a drill made."""


def filed(period: Period) -> Any:
    """The condition that a case was submitted in a period, and is no draft (again)."""
    return and_(_FILED, _within(_CASE.submitted_at, period))


def _within(time: Any, period: Period) -> Any:
    return and_(time >= period.since, time < period.until)


def _goods() -> Any:
    """Cases with their lines, and what the order says of them."""
    same = and_(order_line.c.order_no == _CASE.order_no, order_line.c.line_no == _LINE.line_no)
    return after_sales_case.join(case_line, _LINE.case_id == _CASE.id).join(order_line, same)


def _sold(since: datetime, until: datetime) -> Any:
    return (
        select(order_line.c.sku, func.sum(order_line.c.quantity).label("pieces"))
        .select_from(shop_order.join(order_line, order_line.c.order_no == _ORDER.order_no))
        .where(
            _ORDER.placed_at >= since,
            _ORDER.placed_at < until,
            _ORDER.status != OrderStatus.CANCELLED.value,
            _REAL_ORDER,
        )
    )


def _of_real_case() -> Any:
    return select(_CASE.id).where(_CASE.id == extra.c.case_id, real_order(_CASE.order_no)).exists()


def _decisions(period: Period) -> Any:
    """For each case of the period: at which of its versions it was last rejected, appealed and decided for."""
    event = case_event.c
    for_customer = and_(event.event.in_(_WON), event.to_state != State.SENDING_BACK.value)
    return (
        select(
            _last(event.event == Event.REJECT.value).label("rejected_at"),
            _last(event.event == Event.APPEAL.value).label("appealed_at"),
            _last(for_customer).label("won_at"),
        )
        .select_from(after_sales_case.outerjoin(case_event, event.case_id == _CASE.id))
        .where(filed(period))
        .group_by(_CASE.id + 0)  # by the bare id SQLite would walk through all cases in its order
        .subquery()
    )


def _given(purpose: Purpose) -> Any:
    return func.coalesce(func.sum(case((extra.c.purpose == purpose.value, extra.c.amount_fen), else_=0)), 0)


def _last(condition: Any) -> Any:
    return func.max(case((condition, case_event.c.version)))


def _number_of(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
