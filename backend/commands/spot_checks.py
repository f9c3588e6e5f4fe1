"""`checks list | record`: which paid refunds are looked at again, and what was found."""

from argparse import Namespace
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command, add_limit
from backend.commands.opening import BadInput, opened
from backend.commands.reading import member
from backend.commands.times import iso, local
from backend.domain.spot_check import Found, SpotCheck
from backend.errors import RefundNotFound
from backend.services.spot_checks import list_spot_checks, record_spot_check
from backend.settings import Settings

WHY = {"sample": "抽样", "override": "超出规则"}
FOUND = {"right": "无误", "wrong": "有误"}


def register(nouns: Commands) -> None:
    """Add the noun `checks` with its verbs."""
    verbs = nouns.add_parser("checks", help="退款抽查").add_subparsers(required=True, metavar="VERB")
    listed = add_command(verbs, "list", _list, help="列出待抽查的退款，新的在前")
    listed.add_argument("--all", action="store_true", help="已抽查的也列出")
    add_limit(listed, "笔")
    recorded = add_command(verbs, "record", _record, help="登记抽查结果")
    recorded.add_argument("refund_no", metavar="REFUND_NO")
    recorded.add_argument("found", metavar="RESULT", help="right（无误）或 wrong（有误）")
    recorded.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="抽查的主管、经理或财务")
    recorded.add_argument("--note", default="", metavar="TEXT", help="说明；有误时必填")


def _list(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        checks = list_spot_checks(world, only_open=not arguments.all, limit=arguments.limit)
    head = ("退款单号", "缘由", "抽中", "抽查人", "结果", "说明")
    lines = table(head, [_cells(each) for each in checks]) if checks else ["没有待抽查的退款。"]
    return Answer([_json(each) for each in checks], lines)


def _record(arguments: Namespace, settings: Settings) -> Answer:
    if arguments.found not in FOUND:
        raise BadInput(f"没有结果 {arguments.found}；可用：{'、'.join(FOUND)}")
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        try:
            check = record_spot_check(world, arguments.refund_no, actor, Found(arguments.found), arguments.note)
        except RefundNotFound as exc:
            raise BadInput(f"没有抽中退款 {arguments.refund_no}；用 python -m backend checks list 查看") from exc
    return Answer(_json(check), [f"退款 {check.refund_no} 已由 {check.checked_by} 抽查：{FOUND[arguments.found]}。"])


def _json(check: SpotCheck) -> dict[str, Any]:
    return {
        "refund_no": check.refund_no,
        "why": check.why.value,
        "drawn_at": iso(check.drawn_at),
        "checked_by": check.checked_by,
        "checked_at": iso(check.checked_at),
        "found": check.found.value if check.found else None,
        "note": check.note,
    }


def _cells(check: SpotCheck) -> tuple[str, ...]:
    found = FOUND[check.found.value] if check.found else "-"
    return (
        check.refund_no,
        WHY[check.why.value],
        local(check.drawn_at),
        check.checked_by or "-",
        found,
        check.note or "-",
    )
