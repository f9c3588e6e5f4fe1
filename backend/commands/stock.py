"""`stock import | set | show`: what the warehouse can send as a replacement."""

from argparse import Namespace
from pathlib import Path

from backend.adapters.csv_file import told_ignored
from backend.adapters.stock_feed import read_stock
from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.domain.stock import StockItem
from backend.errors import Conflict
from backend.services.stock import count, listed
from backend.settings import Settings

LONGEST_SKU = 80
MOST = 1_000_000_000


def register(nouns: Commands) -> None:
    """Add the noun `stock` with its verbs."""
    verbs = nouns.add_parser("stock", help="换货、补发用的库存").add_subparsers(required=True, metavar="VERB")
    help_import = "导入盘点 CSV（sku,quantity；数量为货架上的总数，含已预留的）"
    add_command(verbs, "import", _import, help=help_import).add_argument("file", metavar="FILE", type=Path)
    change = add_command(verbs, "set", _set, help="登记一个商品的库存；未登记的商品不跟踪，由仓库决定")
    change.add_argument("sku", metavar="SKU")
    change.add_argument("quantity", metavar="QUANTITY")
    add_command(verbs, "show", _show, help="查看库存").add_argument("sku", metavar="SKU", nargs="?")


def _import(arguments: Namespace, settings: Settings) -> Answer:
    try:
        items, ignored = read_stock(arguments.file)
    except OSError as exc:
        raise BadInput(f"无法读取 {arguments.file}：{exc.strerror}") from exc
    _count(settings, items)
    lines = [f"已登记 {len(items)} 个商品的库存。", *told_ignored(ignored)]
    return Answer({"file": str(arguments.file), "items": len(items)}, lines)


def _set(arguments: Namespace, settings: Settings) -> Answer:
    text, sku = arguments.quantity, arguments.sku.strip()
    if not text.isdecimal() or int(text) > MOST:
        raise BadInput(f"{text} 不是数量；请给出 0 到 {MOST} 的整数")
    if not 0 < len(sku) <= LONGEST_SKU:
        raise BadInput(f"商品编码须为 1 到 {LONGEST_SKU} 个字符")
    _count(settings, [StockItem(sku, int(text))])
    return Answer({"sku": sku, "quantity": int(text)}, [f"{sku} 的库存已登记为 {int(text)} 件。"])


def _show(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        items = listed(world)
    wanted = [item for item in items if arguments.sku in (None, item.sku)]
    if arguments.sku is not None and not wanted:
        raise BadInput(f"没有登记 {arguments.sku} 的库存；用 `stock set {arguments.sku} 数量` 登记")
    data = [{"sku": each.sku, "quantity": each.quantity, "reserved": each.reserved} for each in wanted]
    rows = [(each.sku, str(each.quantity), str(each.reserved), str(each.free)) for each in wanted]
    return Answer(data, table(("商品", "货架", "已预留", "可用"), rows) if rows else ["没有登记任何库存。"])


def _count(settings: Settings, items: list[StockItem]) -> None:
    with opened(settings) as world:
        try:
            count(world, items)
        except Conflict as exc:
            raise BadInput(f"{exc.subject} 已为售后单预留的件数多于给出的数量；请先发出或结束这些售后单") from exc
