"""Orders with their lines and payments; which pieces are under a case."""

from dataclasses import replace

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection, Row

from backend.adapters.repositories.upsert import insert_for
from backend.adapters.tables import customer, order_line, payment, shop_order
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.errors import Conflict


class OrderTable:
    """Keeps `ports.Orders`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, order_no: str) -> Order | None:
        query = (
            select(shop_order, customer.c.phone, customer.c.name)
            .join(customer, customer.c.id == shop_order.c.customer_id)
            .where(shop_order.c.order_no == order_no)
        )
        row = self._connection.execute(query).first()
        return None if row is None else self._order(row)

    def customer_of(self, order_no: str) -> int | None:
        query = select(shop_order.c.customer_id).where(shop_order.c.order_no == order_no)
        found: int | None = self._connection.execute(query).scalar()
        return found

    def of_customer(self, customer_id: int, limit: int) -> list[Order]:
        query = (
            select(shop_order, customer.c.phone, customer.c.name)
            .join(customer, customer.c.id == shop_order.c.customer_id)
            .where(shop_order.c.customer_id == customer_id)
            .order_by(shop_order.c.placed_at.desc(), shop_order.c.order_no)
            .limit(limit)
        )
        return [self._order(row) for row in self._connection.execute(query).all()]

    def put(self, order: Order) -> None:
        if not self._inserted(order):
            self._refuse_changes(order)
            self._connection.execute(
                update(shop_order)
                .where(shop_order.c.order_no == order.order_no)
                .values(
                    status=order.status.value,
                    placed_at=order.placed_at,
                    shipped_at=order.shipped_at,
                    signed_at=order.signed_at,
                )
            )

    def count(self) -> int:
        return int(self._connection.execute(select(func.count()).select_from(shop_order)).scalar_one())

    def claim_pieces(self, order_no: str, line_no: int, quantity: int) -> None:
        line = order_line.c
        taken = self._connection.execute(
            update(order_line)
            .where(line.order_no == order_no, line.line_no == line_no)
            .where(line.claimed_quantity + quantity <= line.quantity)
            .values(claimed_quantity=line.claimed_quantity + quantity)
        )
        if taken.rowcount != 1:
            raise Conflict(f"not {quantity} pieces of {order_no}/{line_no} are free", subject=f"{order_no}/{line_no}")

    def free_pieces(self, order_no: str, line_no: int, quantity: int) -> None:
        line = order_line.c
        self._connection.execute(
            update(order_line)
            .where(line.order_no == order_no, line.line_no == line_no)
            .values(claimed_quantity=line.claimed_quantity - quantity)
        )

    def claimed_pieces(self, order_no: str) -> dict[int, int]:
        query = select(order_line.c.line_no, order_line.c.claimed_quantity).where(order_line.c.order_no == order_no)
        return {row.line_no: row.claimed_quantity for row in self._connection.execute(query)}

    def _inserted(self, order: Order) -> bool:
        """Insert the order with its lines and payments; False when its number is there already."""
        insert = insert_for(self._connection, shop_order).values(
            order_no=order.order_no,
            customer_id=self._customer(order.buyer_phone, order.buyer_name),
            status=order.status.value,
            placed_at=order.placed_at,
            shipped_at=order.shipped_at,
            signed_at=order.signed_at,
            order_discount_fen=order.order_discount_fen,
            coupon_code=order.coupon_code,
            coupon_fen=order.coupon_fen,
            points_used=order.points_used,
            shipping_fen=order.shipping_fen,
            paid_fen=order.paid_fen,
        )
        if self._connection.execute(insert.on_conflict_do_nothing()).rowcount == 0:
            return False
        self._connection.execute(order_line.insert(), [_line_row(order.order_no, line) for line in order.lines])
        if order.payments:
            rows = [_payment_row(order.order_no, part) for part in order.payments]
            self._connection.execute(payment.insert(), rows)
        return True

    def _refuse_changes(self, order: Order) -> None:
        """Whose it is, the goods and the money may never change once they are known."""
        known = self.get(order.order_no)
        if known is None or _as_far_along_as(known, order) != known:
            raise Conflict(
                f"goods or money of order {order.order_no} differ from what is known", subject=order.order_no
            )

    def _customer(self, phone: str, name: str) -> int:
        insert = insert_for(self._connection, customer).values(phone=phone, name=name)
        self._connection.execute(insert.on_conflict_do_nothing(index_elements=["phone"]))
        query = select(customer.c.id).where(customer.c.phone == phone)
        return int(self._connection.execute(query).scalar_one())

    def _order(self, row: Row) -> Order:
        lines = select(order_line).where(order_line.c.order_no == row.order_no).order_by(order_line.c.line_no)
        payments = select(payment).where(payment.c.order_no == row.order_no).order_by(payment.c.id)
        return Order(
            order_no=row.order_no,
            status=OrderStatus(row.status),
            placed_at=row.placed_at,
            shipped_at=row.shipped_at,
            signed_at=row.signed_at,
            buyer_name=row.name,
            buyer_phone=row.phone,
            lines=tuple(_line(found) for found in self._connection.execute(lines)),
            order_discount_fen=row.order_discount_fen,
            coupon_code=row.coupon_code,
            coupon_fen=row.coupon_fen,
            points_used=row.points_used,
            shipping_fen=row.shipping_fen,
            payments=tuple(_payment(found) for found in self._connection.execute(payments)),
            paid_fen=row.paid_fen,
        )


def _as_far_along_as(known: Order, order: Order) -> Order:
    """The order with the status, times and name of the known one: what is left to differ is frozen."""
    return replace(
        order,
        status=known.status,
        placed_at=known.placed_at,
        shipped_at=known.shipped_at,
        signed_at=known.signed_at,
        buyer_name=known.buyer_name,
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
