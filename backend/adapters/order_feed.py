"""Reads orders from the shop's CSV file: UTF-8, one row a line of an order, amounts in yuan, times ISO 8601.

The columns are part of the public contract. Whatever is wrong is refused with file, line, column and reason.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from backend.adapters.csv_file import Row, decoded, read_rows, read_text
from backend.adapters.order_cells import Cell
from backend.domain.money import yuan
from backend.domain.order import FeedOrder, Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.refund import paid_shares
from backend.errors import ImportRefused

ORDER_COLUMNS = (
    "order_no", "status", "placed_at", "shipped_at", "signed_at", "buyer_name", "buyer_phone",
    "order_discount", "coupon_code", "coupon_amount", "points_used", "shipping_fee", "payments", "amount_paid",
)  # fmt: skip
"""What belongs to the order: repeated on each of its rows, and equal there."""

HEADER = (
    "order_no", "status", "placed_at", "shipped_at", "signed_at", "buyer_name", "buyer_phone",
    "line_no", "sku", "title", "category", "quantity", "unit_price", "line_discount",
    "order_discount", "coupon_code", "coupon_amount", "points_used", "shipping_fee", "payments", "amount_paid",
)  # fmt: skip

OPTIONAL = ("buyer_tier",)
"""May follow: what the shop calls this kind of customer, such as vip or b2b. Empty leaves it as it is known."""

ORDER_NO = r"[0-9A-Za-z_-]{1,40}"
PHONE = r"\+?[0-9]{4,20}"


def read_orders(path: Path) -> list[FeedOrder]:
    """The orders of a file, as they come. Raises ImportRefused for the first thing wrong, OSError without a file."""
    return parse_orders(read_text(path), file=str(path))


def parse_orders(text: str, *, file: str) -> list[FeedOrder]:
    """The orders of a file's text. Raises ImportRefused for the first thing that is wrong."""
    orders: dict[str, list[Row]] = {}
    for row in read_rows(text, HEADER, file=file, kind="订单文件", optional=OPTIONAL):
        order_no = row["order_no"].matching(ORDER_NO, " 40 个以内的字母、数字、- 或 _")
        orders.setdefault(order_no, []).append(row)
    return [FeedOrder(order=_order(rows), file=file, line=rows[0]["order_no"].line) for rows in orders.values()]


def read_order_file(raw: bytes, file: str) -> tuple[list[FeedOrder], list[ImportRefused]]:
    """Keeps `ports.order_desk.OrderFiles`."""
    try:
        return check_orders(decoded(raw, file=file), file=file)
    except ImportRefused as refused:
        return [], [refused]


def check_orders(text: str, *, file: str) -> tuple[list[FeedOrder], list[ImportRefused]]:
    """The orders of a file's text that are right, and everything that is wrong with the others, by line."""
    problems: list[ImportRefused] = []
    orders: dict[str, list[Row]] = {}
    broken: set[str] = set()
    try:
        for row in read_rows(text, HEADER, file=file, kind="订单文件", optional=OPTIONAL, refuse=problems.append):
            orders.setdefault(row["order_no"].text, []).append(row)
            broken |= _check_row(row, problems)
    except ImportRefused as refused:
        problems.append(refused)
    found = [made for order_no, rows in orders.items() if (made := _checked(rows, order_no in broken, problems))]
    return found, sorted(problems, key=lambda problem: problem.line)


def _check_row(row: Row, problems: list[ImportRefused]) -> set[str]:
    """The order's number where a row by itself is wrong; nothing where it is right."""
    try:
        row["order_no"].matching(ORDER_NO, " 40 个以内的字母、数字、- 或 _")
        _line(row)
    except ImportRefused as refused:
        problems.append(refused)
        return {row["order_no"].text}
    return set()


def _checked(rows: list[Row], broken: bool, problems: list[ImportRefused]) -> FeedOrder | None:
    """The order, unless its rows are broken or do not make one."""
    if broken:
        return None
    try:
        return FeedOrder(order=_order(rows), file=rows[0]["order_no"].file, line=rows[0]["order_no"].line)
    except ImportRefused as refused:
        problems.append(refused)
        return None


def _order(rows: list[Row]) -> Order:
    _refuse_difference(rows)
    first = rows[0]
    order = Order(
        order_no=first["order_no"].text,
        status=first["status"].one_of(OrderStatus),
        placed_at=first["placed_at"].time(),
        shipped_at=first["shipped_at"].time_or_none(),
        signed_at=first["signed_at"].time_or_none(),
        buyer_name=first["buyer_name"].words(100),
        buyer_phone=_phone(first["buyer_phone"]),
        lines=_lines(rows),
        order_discount_fen=first["order_discount"].fen(optional=True),
        coupon_code=first["coupon_code"].words(60, optional=True),
        coupon_fen=first["coupon_amount"].fen(optional=True),
        points_used=first["points_used"].number(least=0, optional=True),
        shipping_fen=first["shipping_fee"].fen(optional=True),
        payments=tuple(_payments(first["payments"])),
        paid_fen=first["amount_paid"].fen(),
        buyer_tier=first["buyer_tier"].words(20, optional=True).lower(),
    )
    _refuse_times(order, first)
    _refuse_sums(order, first)
    return _with_shares(order)


def _refuse_difference(rows: list[Row]) -> None:
    for row in rows[1:]:
        for column in (*ORDER_COLUMNS, *OPTIONAL):
            before, cell = rows[0][column], row[column]
            if cell.text != before.text:
                raise cell.refused(f"与同一订单第 {before.line} 行的 {before.text} 不一致；订单的各行必须相同")


def _phone(cell: Cell) -> str:
    bare = cell.part(cell.text.replace(" ", "").replace("-", ""))
    return bare.matching(PHONE, " 4 到 20 位数字，不能打码（后四位用来核实买家）")


def _lines(rows: list[Row]) -> tuple[OrderLine, ...]:
    lines: dict[int, OrderLine] = {}
    for row in rows:
        line = _line(row)
        if line.line_no in lines:
            raise row["line_no"].refused(f"订单 {row['order_no'].text} 的第 {line.line_no} 行出现了两次")
        lines[line.line_no] = line
    return tuple(lines[number] for number in sorted(lines))


def _line(row: Row) -> OrderLine:
    """A line as the row tells it; what was paid for it is known once all lines are."""
    line = OrderLine(
        line_no=row["line_no"].number(least=1),
        sku=row["sku"].words(80),
        title=row["title"].words(300),
        category=row["category"].words(80, optional=True),
        quantity=row["quantity"].number(least=1),
        unit_price_fen=row["unit_price"].fen(),
        line_discount_fen=row["line_discount"].fen(optional=True),
        paid_fen=0,
    )
    if line.line_discount_fen > line.unit_price_fen * line.quantity:
        raise row["line_discount"].refused("超过了这一行的金额，请核对")
    return line


def _payments(cell: Cell) -> Iterator[Payment]:
    seen = set()
    for part in filter(None, cell.text.split(";")):
        method, _, rest = part.partition(":")
        payment_no, _, amount = rest.rpartition(":")
        if not payment_no:
            raise cell.refused(f"{part} 应写成 方式:支付单号:金额，例如 wechat:4200001:80.00")
        payment = Payment(
            method=cell.part(method).one_of(PaymentMethod),
            payment_no=cell.part(payment_no).words(80),
            paid_fen=cell.part(amount).fen(),
        )
        if (payment.method, payment_no) in seen:
            raise cell.refused(f"{method}:{payment_no} 出现了两次，请合并")
        seen.add((payment.method, payment_no))
        yield payment


def _refuse_times(order: Order, first: Row) -> None:
    if order.status is OrderStatus.SIGNED and order.signed_at is None:
        raise first["signed_at"].refused("已签收（signed）的订单要有签收时间")
    told = [("placed_at", order.placed_at), ("shipped_at", order.shipped_at), ("signed_at", order.signed_at)]
    known = [(column, time) for column, time in told if time is not None]
    for (earlier, before), (later, after) in pairwise(known):
        if after < before:
            raise first[later].refused(f"早于 {earlier}，请核对")


def _refuse_sums(order: Order, first: Row) -> None:
    goods_fen = sum(_line_totals(order))
    if order.order_discount_fen > goods_fen:
        raise first["order_discount"].refused("超过了商品总价，请核对")
    if order.coupon_fen > order.order_discount_fen:
        raise first["coupon_amount"].refused("包含在 order_discount 里，不能比它大")
    if sum(payment.paid_fen for payment in order.payments) != order.paid_fen:
        raise first["payments"].refused("各项之和不等于 amount_paid，请核对")
    due_fen = goods_fen - order.order_discount_fen + order.shipping_fen
    never_paid = order.status is OrderStatus.CANCELLED and order.paid_fen == 0
    if due_fen != order.paid_fen and not never_paid:
        raise first["amount_paid"].refused(f"应为商品减优惠加运费，即 {yuan(due_fen)}")


def _with_shares(order: Order) -> Order:
    """With what was really paid for each line, frozen here for good (rule book 6, step 1)."""
    shares = paid_shares(_line_totals(order), order.order_discount_fen)
    lines = tuple(replace(line, paid_fen=share) for line, share in zip(order.lines, shares, strict=True))
    return replace(order, lines=lines)


def _line_totals(order: Order) -> list[int]:
    """Each line's price less its own discount."""
    return [line.unit_price_fen * line.quantity - line.line_discount_fen for line in order.lines]
