"""Orders with their lines and payments; which pieces are under a case."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Integer, bindparam, func, select, text, update
from sqlalchemy.engine import Connection, Result, Row
from sqlalchemy.sql import Select

from backend.adapters.repositories.kept import change, run
from backend.adapters.repositories.upsert import insert_for
from backend.adapters.tables import customer, order_line, payment, shop_order
from backend.domain.erasing import is_erased
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod, search_number
from backend.errors import Conflict

AT_ONCE = 500
"""Orders written by one statement each for orders, lines and payments."""

WITH_BUYER = select(shop_order, customer.c.phone, customer.c.name, customer.c.tier).join(
    customer, customer.c.id == shop_order.c.customer_id
)
_BY_NUMBER = WITH_BUYER.where(shop_order.c.order_no == bindparam("wanted"))
_OF_CUSTOMER = (
    WITH_BUYER.where(shop_order.c.customer_id == bindparam("wanted"))
    .order_by(shop_order.c.placed_at.desc(), shop_order.c.order_no)
    .limit(bindparam("most"))
)
_SPELLED = (
    select(shop_order.c.order_no).where(shop_order.c.search_no == bindparam("wanted")).order_by(shop_order.c.order_no)
)
_CUSTOMER = select(shop_order.c.customer_id).where(shop_order.c.order_no == bindparam("wanted"))
_CLAIMED = select(order_line.c.line_no, order_line.c.claimed_quantity).where(
    order_line.c.order_no == bindparam("wanted")
)
_OF_LINE = update(order_line).where(
    order_line.c.order_no == bindparam("of_order"), order_line.c.line_no == bindparam("line")
)
_WITH_MORE = order_line.c.claimed_quantity + bindparam("pieces", type_=Integer)
_CLAIM = _OF_LINE.where(order_line.c.quantity >= _WITH_MORE).values(claimed_quantity=_WITH_MORE)
_FREE = _OF_LINE.values(claimed_quantity=order_line.c.claimed_quantity - bindparam("pieces", type_=Integer))
_LINES = (
    select(order_line)
    .where(order_line.c.order_no.in_(bindparam("wanted", expanding=True)))
    .order_by(order_line.c.line_no)
)
_PAYMENTS = (
    select(payment)
    .where(payment.c.order_no.in_(bindparam("wanted", expanding=True)), payment.c.collection_no == "")
    .order_by(payment.c.id)
)
"""What a customer paid on top of an exchange is no payment of the order."""
_MOVE_ON = (
    update(shop_order)
    .where(shop_order.c.order_no == bindparam("of_order"))
    .values({name: bindparam(name) for name in ("status", "placed_at", "shipped_at", "signed_at")})
)

_SET_TIER = update(customer).where(customer.c.phone == bindparam("of_phone")).values(tier=bindparam("now"))


class OrderTable:
    """Keeps `ports.Orders`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._got: dict[str, Order | None] = {}
        self._buyers: dict[str, int | None] = {}

    def get(self, order_no: str) -> Order | None:
        """Asked once in a unit of work: a turn of the form looks at its order several times."""
        if order_no not in self._got:
            found = self._many(run(self._connection, _BY_NUMBER, {"wanted": order_no}))
            self._got[order_no] = found[0] if found else None
        return self._got[order_no]

    def spelled_like(self, order_no: str) -> list[str]:
        return list(run(self._connection, _SPELLED, {"wanted": search_number(order_no)}).scalars())

    def customer_of(self, order_no: str) -> int | None:
        """Asked once in a unit of work, too."""
        if order_no not in self._buyers:
            self._buyers[order_no] = run(self._connection, _CUSTOMER, {"wanted": order_no}).scalar()
        return self._buyers[order_no]

    def of_customer(self, customer_id: int, limit: int) -> list[Order]:
        return self._many(run(self._connection, _OF_CUSTOMER, {"wanted": customer_id, "most": limit}))

    def put(self, *orders: Order) -> int:
        self._got.clear()
        self._buyers.clear()
        if self._connection.dialect.name == "postgresql":
            # One import after the other, as SQLite has it anyway; whoever only reads orders does not wait.
            self._connection.execute(text("LOCK TABLE shop_order IN SHARE ROW EXCLUSIVE MODE"))
        return sum(self._put_some(orders[start : start + AT_ONCE]) for start in range(0, len(orders), AT_ONCE))

    def count(self) -> int:
        return int(self._connection.execute(select(func.count()).select_from(shop_order)).scalar_one())

    def claim_pieces(self, order_no: str, line_no: int, quantity: int) -> None:
        taken = change(self._connection, _CLAIM, {"of_order": order_no, "line": line_no, "pieces": quantity})
        if taken != 1:
            raise Conflict(f"not {quantity} pieces of {order_no}/{line_no} are free", subject=f"{order_no}/{line_no}")

    def free_pieces(self, order_no: str, line_no: int, quantity: int) -> None:
        change(self._connection, _FREE, {"of_order": order_no, "line": line_no, "pieces": quantity})

    def claimed_pieces(self, order_no: str) -> dict[int, int]:
        rows = run(self._connection, _CLAIMED, {"wanted": order_no})
        return {row.line_no: row.claimed_quantity for row in rows}

    def _put_some(self, orders: Sequence[Order]) -> int:
        query = WITH_BUYER.where(shop_order.c.order_no.in_([order.order_no for order in orders]))
        known = {order.order_no: order for order in self._many(self._connection.execute(query))}
        new = [order for order in orders if order.order_no not in known]
        if new:
            self._insert(new)
        self._update([(known[order.order_no], order) for order in orders if order.order_no in known])
        self._set_tiers({order.buyer_phone: order.buyer_tier for order in orders if order.buyer_tier})
        return len(new)

    def _insert(self, orders: Sequence[Order]) -> None:
        ids = self._customers({order.buyer_phone: order.buyer_name for order in orders})
        self._connection.execute(shop_order.insert(), [_order_row(order, ids) for order in orders])
        lines = [_line_row(order.order_no, line) for order in orders for line in order.lines]
        self._connection.execute(order_line.insert(), lines)
        payments = [_payment_row(order.order_no, part) for order in orders for part in order.payments]
        if payments:
            self._connection.execute(payment.insert(), payments)

    def _update(self, pairs: Sequence[tuple[Order, Order]]) -> None:
        """Status and times of known orders. Whose they are, the goods and the money may never change."""
        for known, order in pairs:
            if as_far_along_as(known, order) != known:
                reason = f"订单 {order.order_no} 的买家、商品或金额与已导入的不同；这些不能更改，请核对"
                raise Conflict(reason, subject=order.order_no)
        moved = [_progress_row(order) for known, order in pairs if order != known]
        if moved:
            self._connection.execute(_MOVE_ON, moved)

    def _customers(self, names: Mapping[str, str]) -> dict[str, int]:
        """Customer ids by telephone; unknown ones are added under these names."""
        insert = insert_for(self._connection, customer).on_conflict_do_nothing(index_elements=["phone"])
        self._connection.execute(insert, [{"phone": phone, "name": name} for phone, name in names.items()])
        query = select(customer.c.phone, customer.c.id).where(customer.c.phone.in_(names))
        return {row.phone: row.id for row in self._connection.execute(query)}

    def _set_tiers(self, tiers: Mapping[str, str]) -> None:
        if tiers:
            self._connection.execute(_SET_TIER, [{"of_phone": phone, "now": tier} for phone, tier in tiers.items()])

    def _many(self, found: Result) -> list[Order]:
        rows = found.all()
        numbers = [row.order_no for row in rows]
        lines, payments = self._by_order(_LINES, numbers), self._by_order(_PAYMENTS, numbers)
        return [_order(row, lines[row.order_no], payments[row.order_no]) for row in rows]

    def _by_order(self, query: Select, numbers: Sequence[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {number: [] for number in numbers}
        if numbers:
            for row in run(self._connection, query, {"wanted": numbers}):
                found[row.order_no].append(row)
        return found


def _order(row: Row, lines: Sequence[Row], payments: Sequence[Row]) -> Order:
    return Order(
        order_no=row.order_no,
        status=OrderStatus(row.status),
        placed_at=row.placed_at,
        shipped_at=row.shipped_at,
        signed_at=row.signed_at,
        buyer_name=row.name,
        buyer_phone=row.phone,
        lines=tuple(_line(found) for found in lines),
        order_discount_fen=row.order_discount_fen,
        coupon_code=row.coupon_code,
        coupon_fen=row.coupon_fen,
        points_used=row.points_used,
        shipping_fen=row.shipping_fen,
        payments=tuple(_payment(found) for found in payments),
        paid_fen=row.paid_fen,
        buyer_tier=row.tier,
    )


def _order_row(order: Order, customer_ids: Mapping[str, int]) -> dict[str, object]:
    return {
        "order_no": order.order_no,
        "search_no": search_number(order.order_no),
        "customer_id": customer_ids[order.buyer_phone],
        "status": order.status.value,
        "placed_at": order.placed_at,
        "shipped_at": order.shipped_at,
        "signed_at": order.signed_at,
        "order_discount_fen": order.order_discount_fen,
        "coupon_code": order.coupon_code,
        "coupon_fen": order.coupon_fen,
        "points_used": order.points_used,
        "shipping_fen": order.shipping_fen,
        "paid_fen": order.paid_fen,
    }


def _progress_row(order: Order) -> dict[str, object]:
    return {
        "of_order": order.order_no,
        "status": order.status.value,
        "placed_at": order.placed_at,
        "shipped_at": order.shipped_at,
        "signed_at": order.signed_at,
    }


def as_far_along_as(known: Order, order: Order) -> Order:
    """The order with the status, times, name and tier of the known one: what is left to differ is frozen.

    A buyer who was erased stays so, whatever telephone number a file still names.
    """
    return replace(
        order,
        buyer_phone=known.buyer_phone if is_erased(known.buyer_phone) else order.buyer_phone,
        status=known.status,
        placed_at=known.placed_at,
        shipped_at=known.shipped_at,
        signed_at=known.signed_at,
        buyer_name=known.buyer_name,
        buyer_tier=known.buyer_tier,
    )


def _line(row: Row) -> OrderLine:
    return OrderLine(
        line_no=row.line_no,
        sku=row.sku,
        title=row.title,
        category=row.category,
        quantity=row.quantity,
        unit_price_fen=row.unit_price_fen,
        line_discount_fen=row.line_discount_fen,
        paid_fen=row.paid_fen,
    )


def _line_row(order_no: str, line: OrderLine) -> dict[str, object]:
    return {"order_no": order_no, **vars(line)}


def _payment(row: Row) -> Payment:
    return Payment(method=PaymentMethod(row.method), payment_no=row.payment_no, paid_fen=row.paid_fen)


def _payment_row(order_no: str, part: Payment) -> dict[str, object]:
    return {"order_no": order_no, **vars(part), "method": part.method.value}
