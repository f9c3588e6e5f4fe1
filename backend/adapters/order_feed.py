"""Reads orders from the shop's CSV file: UTF-8, one row a line of an order, amounts in yuan, times ISO 8601.

The columns are part of the public contract. Whatever is wrong is refused with file, line, column and reason.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import Any

from backend.adapters.csv_file import Row, Sheet, decoded, read_sheet
from backend.adapters.order_cells import Cell
from backend.domain.money import yuan
from backend.domain.order import FeedOrder, Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.order_import import OrderFile
from backend.domain.refund import paid_shares
from backend.errors import ImportRefused

HEADER = (
    "order_no", "status", "placed_at", "shipped_at", "signed_at", "buyer_name", "buyer_phone",
    "line_no", "sku", "title", "category", "quantity", "unit_price", "line_discount",
    "order_discount", "coupon_code", "coupon_amount", "points_used", "shipping_fee", "payments", "amount_paid",
)  # fmt: skip

OPTIONAL = ("buyer_tier",)
"""May be there: what the shop calls this kind of customer, such as vip or b2b. Empty leaves it as it is known."""

MOST_PROBLEMS = 1000
"""A file with more mistakes is not read on: they are of one kind, and whoever mends it has seen it."""

Read = Callable[[Cell], Any]


def parse_orders(text: str, *, file: str) -> list[FeedOrder]:
    """The orders of a file's text. Raises ImportRefused for the first thing that is wrong."""
    found = check_orders(text, file=file)
    if found.problems:
        raise found.problems[0]
    return list(found.orders)


def read_order_file(raw: bytes, file: str) -> OrderFile:
    """Keeps `ports.order_desk.OrderFiles`."""
    try:
        return check_orders(decoded(raw, file=file), file=file)
    except ImportRefused as refused:
        return OrderFile((), (refused,))


def check_orders(text: str, *, file: str) -> OrderFile:
    """What a file's text holds. Raises ImportRefused for a header that cannot be read by."""
    problems: list[ImportRefused] = []
    sheet = read_sheet(text, HEADER, file=file, optional=OPTIONAL, refuse=problems.append)
    found = [made for rows in _by_order(sheet, problems) if (made := _checked(rows, problems))]
    return OrderFile(tuple(found), tuple(sorted(problems, key=lambda problem: problem.line)), sheet.ignored)


def _by_order(sheet: Sheet, problems: list[ImportRefused]) -> Iterator[list[Row]]:
    """The rows of each order, as long as there is anything to be told of them."""
    orders: dict[str, list[Row]] = {}
    try:
        for row in sheet.rows:
            orders.setdefault(row["order_no"].text, []).append(row)
    except ImportRefused as refused:
        problems.append(refused)
    yield from takewhile(lambda _rows: len(problems) < MOST_PROBLEMS, orders.values())


def _checked(rows: list[Row], problems: list[ImportRefused]) -> FeedOrder | None:
    """The order; none where its rows do not make one, and why not is put to the problems."""
    first, before = rows[0], len(problems)
    told = _read(first, ORDER, problems)
    lines = [_read(row, LINE, problems) for row in rows]
    problems += _differences(rows)
    if len(problems) > before:
        return None
    order = _order(told, tuple(OrderLine(**line, paid_fen=0) for line in lines))
    problems += _wrong(order, rows)
    if len(problems) > before:
        return None
    return FeedOrder(order=_with_shares(order), file=first["order_no"].file, line=first["order_no"].line)


def _read(row: Row, columns: Mapping[str, tuple[str, Read]], problems: list[ImportRefused]) -> dict[str, Any]:
    """What the cells hold, by the name of the field; a cell that holds something else is put to the problems."""
    values = {}
    for column, (field, read) in columns.items():
        try:
            values[field] = read(row[column])
        except ImportRefused as refused:
            problems.append(refused)
    return values


def _order(told: dict[str, Any], lines: tuple[OrderLine, ...]) -> Order:
    return Order(**told, lines=tuple(sorted(lines, key=lambda line: line.line_no)))


def _differences(rows: list[Row]) -> Iterator[ImportRefused]:
    """What belongs to the order is equal on each of its rows."""
    for row in rows[1:]:
        for column in ORDER:
            before, cell = rows[0][column], row[column]
            if cell.text != before.text:
                yield cell.refused(f"与同一订单第 {before.line} 行的 {before.text} 不一致；订单的各行必须相同")


def _order_no(cell: Cell) -> str:
    return cell.matching("[0-9A-Za-z_-]{1,40}", " 40 个以内的字母、数字、- 或 _")


def _phone(cell: Cell) -> str:
    bare = cell.part(cell.text.replace(" ", "").replace("-", ""))
    return bare.matching(r"\+?[0-9]{4,20}", " 4 到 20 位数字，不能打码（后四位用来核实买家）")


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


ORDER: Mapping[str, tuple[str, Read]] = {
    "order_no": ("order_no", _order_no),
    "status": ("status", lambda cell: cell.one_of(OrderStatus)),
    "placed_at": ("placed_at", Cell.time),
    "shipped_at": ("shipped_at", Cell.time_or_none),
    "signed_at": ("signed_at", Cell.time_or_none),
    "buyer_name": ("buyer_name", lambda cell: cell.words(100)),
    "buyer_phone": ("buyer_phone", _phone),
    "order_discount": ("order_discount_fen", lambda cell: cell.fen(optional=True)),
    "coupon_code": ("coupon_code", lambda cell: cell.words(60, optional=True)),
    "coupon_amount": ("coupon_fen", lambda cell: cell.fen(optional=True)),
    "points_used": ("points_used", lambda cell: cell.number(least=0, optional=True)),
    "shipping_fee": ("shipping_fen", lambda cell: cell.fen(optional=True)),
    "payments": ("payments", lambda cell: tuple(_payments(cell))),
    "amount_paid": ("paid_fen", Cell.fen),
    "buyer_tier": ("buyer_tier", lambda cell: cell.words(20, optional=True).lower()),
}
"""What belongs to the order, and the field that each column fills: repeated on each of its rows, and equal there."""

LINE: Mapping[str, tuple[str, Read]] = {
    "line_no": ("line_no", lambda cell: cell.number(least=1)),
    "sku": ("sku", lambda cell: cell.words(80)),
    "title": ("title", lambda cell: cell.words(300)),
    "category": ("category", lambda cell: cell.words(80, optional=True)),
    "quantity": ("quantity", lambda cell: cell.number(least=1)),
    "unit_price": ("unit_price_fen", Cell.fen),
    "line_discount": ("line_discount_fen", lambda cell: cell.fen(optional=True)),
}


def _wrong(order: Order, rows: list[Row]) -> list[ImportRefused]:
    """What does not go together, though each cell is right; sums are asked about only of right lines."""
    lines = [*_wrong_lines(order, rows)]
    return [*lines, *_wrong_times(order, rows[0]), *(() if lines else _wrong_sums(order, rows[0]))]


def _wrong_lines(order: Order, rows: list[Row]) -> Iterator[ImportRefused]:
    seen = set()
    for row in rows:
        line_no = row["line_no"].number(least=1)
        if line_no in seen:
            yield row["line_no"].refused(f"订单 {order.order_no} 的第 {line_no} 行出现了两次")
        elif _line_total(order.line(line_no)) < 0:
            yield row["line_discount"].refused("超过了这一行的金额，请核对")
        seen.add(line_no)


def _wrong_times(order: Order, first: Row) -> Iterator[ImportRefused]:
    if order.status is OrderStatus.SIGNED and order.signed_at is None:
        yield first["signed_at"].refused("已签收（signed）的订单要有签收时间")
    told = [("placed_at", order.placed_at), ("shipped_at", order.shipped_at), ("signed_at", order.signed_at)]
    known = [(column, time) for column, time in told if time is not None]
    for (earlier, before), (later, after) in pairwise(known):
        if after < before:
            yield first[later].refused(f"早于 {earlier}，请核对")


def _wrong_sums(order: Order, first: Row) -> Iterator[ImportRefused]:
    goods_fen = sum(map(_line_total, order.lines))
    due_fen = goods_fen - order.order_discount_fen + order.shipping_fen
    never_paid = order.status is OrderStatus.CANCELLED and order.paid_fen == 0
    if order.order_discount_fen > goods_fen:
        yield first["order_discount"].refused("超过了商品总价，请核对")
    elif due_fen != order.paid_fen and not never_paid:
        yield first["amount_paid"].refused(f"应为商品减优惠加运费，即 {yuan(due_fen)}")
    if order.coupon_fen > order.order_discount_fen:
        yield first["coupon_amount"].refused("包含在 order_discount 里，不能比它大")
    if sum(payment.paid_fen for payment in order.payments) != order.paid_fen:
        yield first["payments"].refused("各项之和不等于 amount_paid，请核对")


def _with_shares(order: Order) -> Order:
    """With what was really paid for each line, frozen here for good (rule book 6, step 1)."""
    shares = paid_shares([_line_total(line) for line in order.lines], order.order_discount_fen)
    lines = tuple(replace(line, paid_fen=share) for line, share in zip(order.lines, shares, strict=True))
    return replace(order, lines=lines)


def _line_total(line: OrderLine) -> int:
    """A line's price less its own discount."""
    return line.unit_price_fen * line.quantity - line.line_discount_fen
