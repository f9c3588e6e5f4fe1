"""`cases open ORDER_NO`: staff file a case for a customer who called or wrote elsewhere."""

from argparse import Namespace

from backend.commands.answer import Answer
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.reading import code, member
from backend.commands.rules import wish_named
from backend.domain.order import Order
from backend.domain.request import Reason
from backend.ports import World
from backend.services.filing_on_behalf import Application, file_for_customer
from backend.settings import Settings

_INTACT = {"yes": True, "no": False}


def add_open(verbs: Commands) -> None:
    """Add `cases open`."""
    asked = add_command(verbs, "open", _open, help="代客提交售后单（电话、邮件等）")
    asked.add_argument("order_no", metavar="ORDER_NO")
    asked.add_argument("--reason", required=True, metavar="CODE", help="原因代码，如 damaged")
    asked.add_argument("--remedy", required=True, metavar="REMEDY", help="处理方式代码，如 RETURN_REFUND 或 refund")
    asked.add_argument("--line", action="append", default=[], metavar="SKU=QTY", help="商品与件数，可重复；默认全部")
    asked.add_argument("--description", default="", metavar="TEXT", help="问题描述")
    asked.add_argument("--intact", choices=tuple(_INTACT), help="商品是否完好（无理由退换时需要）")
    asked.add_argument("--override", default="", metavar="TEXT", help="规则不支持时破例的理由")
    asked.add_argument("--as", dest="staff", required=True, metavar="STAFF", help="由哪位员工提交")


def _open(arguments: Namespace, settings: Settings) -> Answer:
    reason, wish = code(Reason, arguments.reason, "原因"), wish_named(arguments.remedy)
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        order = _order(world, arguments.order_no)
        asked = Application(
            order_no=order.order_no,
            wish=wish,
            reason=reason,
            pieces=_pieces(order, arguments.line),
            description=arguments.description,
            intact=_INTACT.get(arguments.intact or ""),
            override=arguments.override,
        )
        filed = file_for_customer(world, actor, asked)
    case = filed.case
    data = {"case_no": case.case_no, "state": case.state.value, "remedy": case.remedy, "told": filed.told}
    heard = "顾客已在聊天中收到受理通知。" if filed.told else "顾客没有绑定的聊天，请另行告知单号。"
    return Answer(data, [f"售后单 {case.case_no}：{case.state.label}（{actor.name} 代客提交）", heard])


def _order(world: World, order_no: str) -> Order:
    with world.read() as work:
        order = work.orders.get(order_no)
    if order is None:
        raise BadInput(f"没有订单 {order_no}")
    return order


def _pieces(order: Order, given: list[str]) -> dict[int, int]:
    """Pieces by line number; an article that stands on several lines is taken from them in order."""
    pieces: dict[int, int] = {}
    for each in given:
        sku, _, count = each.rpartition("=")
        lines = [line for line in order.lines if line.sku == sku]
        if not lines or not (count.isascii() and count.isdecimal()):
            known = "、".join(line.sku for line in order.lines)
            raise BadInput(f"--line {each} 请写成 SKU=件数；订单里的商品：{known}")
        left = int(count)
        for line in lines:
            taken = left if line is lines[-1] else min(left, line.quantity)
            pieces[line.line_no] = pieces.get(line.line_no, 0) + taken
            left -= taken
    return {line_no: count for line_no, count in pieces.items() if count} or pieces
