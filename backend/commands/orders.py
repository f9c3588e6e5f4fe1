"""`orders import | demo | show`: the shop's orders."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.adapters.csv_file import told_ignored
from backend.adapters.order_feed import read_order_file
from backend.adapters.system import SystemClock
from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.times import amount, iso, local
from backend.demo.orders import demo_orders
from backend.domain.masking import masked_phone
from backend.domain.order import Order, OrderStatus
from backend.domain.order_import import OrderFile
from backend.errors import ImportRefused
from backend.services.orders import import_orders, load_demo, show_order
from backend.settings import Settings

MOST_TOLD = 10

STATUS = {
    OrderStatus.PAID: "待发货",
    OrderStatus.SHIPPED: "已发货",
    OrderStatus.SIGNED: "已签收",
    OrderStatus.COMPLETED: "已完成",
    OrderStatus.CANCELLED: "已取消",
}


def register(nouns: Commands) -> None:
    """Add the noun `orders` with its verbs."""
    verbs = nouns.add_parser("orders", help="订单").add_subparsers(required=True, metavar="VERB")
    add_command(verbs, "import", _import, help="导入订单 CSV（全部导入，或有错则全部不导入）").add_argument(
        "file", metavar="FILE", type=Path
    )
    add_command(verbs, "demo", _demo, help="载入演示订单（仅当店铺没有别的订单）")
    add_command(verbs, "show", _show, help="查看订单").add_argument("order_no", metavar="NO")


def _import(arguments: Namespace, settings: Settings) -> Answer:
    file = _read(arguments.file)
    with opened(settings) as world:
        done = import_orders(world, file.orders)
    line = f"已导入 {len(file.orders)} 个订单：新增 {done.new}，更新 {done.known}。"
    told = [line, *told_ignored(file.ignored)]
    return Answer({"file": str(arguments.file), "new": done.new, "known": done.known}, told)


def _read(path: Path) -> OrderFile:
    try:
        file = read_order_file(path.read_bytes(), str(path))
    except OSError as exc:
        raise BadInput(f"无法读取 {path}：{exc.strerror}") from exc
    if file.problems:
        raise BadInput("；".join(_told(file.problems)))
    return file


def _told(problems: Sequence[ImportRefused]) -> list[str]:
    """The mistakes, up to so many: a command is refused in one line."""
    more = [f"一共 {len(problems)} 处错误，只显示前 {MOST_TOLD} 处"] if len(problems) > MOST_TOLD else []
    return [*map(str, problems[:MOST_TOLD]), *more]


def _demo(_arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        orders = load_demo(world, demo_orders(SystemClock().now()))
    if orders is None:
        return Answer({"loaded": False, "orders": []}, ["店铺已有自己的订单，未载入演示订单。"])
    head = ("订单号", "手机尾号", "状态", "签收时间", "实付", "商品")
    return Answer(
        {"loaded": True, "orders": [_tried(order) for order in orders]},
        ["演示订单已就绪，可在聊天页试用：", "", *table(head, [_cells(order) for order in orders])],
    )


def _tried(order: Order) -> dict[str, str]:
    return {"order_no": order.order_no, "phone_tail": order.buyer_phone[-4:], "status": order.status.value}


def _cells(order: Order) -> tuple[str, ...]:
    goods = "；".join(f"{line.title} ×{line.quantity}" for line in order.lines)
    tail, status = order.buyer_phone[-4:], STATUS[order.status]
    return order.order_no, tail, status, local(order.signed_at), amount(order.paid_fen), goods


def _show(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        order, claimed = show_order(world, arguments.order_no)
    return Answer(_order_json(order, claimed), _order_lines(order, claimed))


def _order_json(order: Order, claimed: dict[int, int]) -> dict[str, Any]:
    return {
        "order_no": order.order_no,
        "status": order.status.value,
        "placed_at": iso(order.placed_at),
        "shipped_at": iso(order.shipped_at),
        "signed_at": iso(order.signed_at),
        "buyer_name": order.buyer_name,
        "buyer_phone": masked_phone(order.buyer_phone),
        "lines": [{**vars(line), "claimed_quantity": claimed[line.line_no]} for line in order.lines],
        "order_discount_fen": order.order_discount_fen,
        "coupon_code": order.coupon_code,
        "coupon_fen": order.coupon_fen,
        "points_used": order.points_used,
        "shipping_fen": order.shipping_fen,
        "payments": [{**vars(payment), "method": payment.method.value} for payment in order.payments],
        "paid_fen": order.paid_fen,
    }


def _order_lines(order: Order, claimed: dict[int, int]) -> list[str]:
    head = ("行", "商品", "类目", "数量", "单价", "实付", "售后中")
    rows = [
        (
            str(line.line_no),
            line.title,
            line.category,
            str(line.quantity),
            amount(line.unit_price_fen),
            amount(line.paid_fen),
            str(claimed[line.line_no]),
        )
        for line in order.lines
    ]
    paid = "，".join(f"{payment.method.value} {amount(payment.paid_fen)}" for payment in order.payments) or "-"
    shipping, discount = amount(order.shipping_fen), amount(order.order_discount_fen)
    return [
        f"订单 {order.order_no}（{STATUS[order.status]}）  {order.buyer_name} {masked_phone(order.buyer_phone)}",
        f"下单 {local(order.placed_at)}  发货 {local(order.shipped_at)}  签收 {local(order.signed_at)}",
        f"实付 {amount(order.paid_fen)}（{paid}）  运费 {shipping}  优惠 {discount}",
        "",
        *table(head, rows),
    ]
