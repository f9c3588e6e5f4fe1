"""`improvements add | list | close`: what is done about causes that repeat."""

from argparse import Namespace
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.reading import iso_day, member
from backend.commands.times import iso, local
from backend.domain.improvement import Improvement
from backend.errors import Conflict
from backend.services.improvements import add_improvement, close_improvement, list_improvements
from backend.settings import Settings


def register(nouns: Commands) -> None:
    """Add the noun `improvements` with its verbs."""
    verbs = nouns.add_parser("improvements", help="改进措施").add_subparsers(required=True, metavar="VERB")
    add = add_command(verbs, "add", _add, help="针对重复出现的原因添加一项措施")
    add.add_argument("--reason", required=True, metavar="CODE", help="原因代码，如 damaged")
    add.add_argument("--sku", required=True, help="商品编码")
    add.add_argument("--action", required=True, metavar="TEXT", help="做什么")
    add.add_argument("--owner", required=True, metavar="STAFF", help="谁负责")
    add.add_argument("--due", required=True, metavar="DAY", help="哪天之前完成，如 2026-12-01")
    add.add_argument("--as", dest="staff", required=True, metavar="STAFF", help="由哪位主管或经理添加")
    listed = add_command(verbs, "list", _list, help="列出措施，期限近的在前")
    listed.add_argument("--open", dest="only_open", action="store_true", help="只列出进行中的")
    close = add_command(verbs, "close", _close, help="结束一项措施；效果见 report improvements")
    close.add_argument("id", type=int, metavar="ID")
    close.add_argument("--outcome", required=True, metavar="TEXT", help="结果如何")
    close.add_argument("--as", dest="staff", required=True, metavar="STAFF", help="负责人，或主管、经理")


def _add(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        by = member(world, arguments.staff)
        try:
            added = add_improvement(
                world,
                reason=arguments.reason,
                sku=arguments.sku,
                action=arguments.action,
                owner=arguments.owner,
                due=iso_day(arguments.due),
                by=by,
            )
        except Conflict as taken:
            raise BadInput("这个原因和商品已经有一项进行中的措施；请先结束它（improvements list --open）") from taken
    return Answer(improvement_json(added), [f"已添加改进措施 {added.id}，{added.owner} 负责，{added.due} 前完成。"])


def _list(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        found = list_improvements(world, only_open=arguments.only_open)
    head = ("编号", "原因", "商品编码", "措施", "负责人", "期限", "结束", "结果")
    rows = [_cells(each) for each in found]
    return Answer([improvement_json(each) for each in found], table(head, rows) if rows else ["没有改进措施。"])


def _close(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        by = member(world, arguments.staff)
        closed = close_improvement(world, arguments.id, outcome=arguments.outcome, by=by)
    return Answer(improvement_json(closed), [f"改进措施 {closed.id} 已于 {local(closed.closed_at)} 结束。"])


def improvement_json(action: Improvement) -> dict[str, Any]:
    """An action for machines; times in UTC."""
    times = {"opened_at": iso(action.opened_at), "closed_at": iso(action.closed_at)}
    return {**vars(action), "due": action.due.isoformat(), **times}


def _cells(action: Improvement) -> tuple[str, ...]:
    told = (str(action.id), action.reason, action.sku, action.action, action.owner, action.due.isoformat())
    return (*told, local(action.closed_at), action.outcome or "-")
