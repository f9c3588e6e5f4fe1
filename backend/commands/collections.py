"""`collections list | paid | return`: money that customers are asked for, what finance took outside or gives back."""

from argparse import Namespace
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command, add_limit
from backend.commands.opening import BadInput, opened
from backend.commands.reading import code, member
from backend.commands.refunds import leg_json
from backend.commands.times import amount, iso, local
from backend.domain.case import Case
from backend.domain.collection import Collection, CollectionState
from backend.errors import CollectionNotFound
from backend.ports import UnitOfWork
from backend.services.collections_paid import list_collections, record_voucher, return_payment
from backend.settings import Settings

STATES = {
    CollectionState.OPEN: "待付款",
    CollectionState.PAID: "已付款",
    CollectionState.CANCELLED: "已取消",
    CollectionState.RETURNING: "退还中",
    CollectionState.REFUNDED: "已退还",
}


def register(nouns: Commands) -> None:
    """Add the noun `collections` with its verbs."""
    verbs = nouns.add_parser("collections", help="向买家收的款：换货差价、维修费").add_subparsers(
        required=True, metavar="VERB"
    )
    listed = add_command(verbs, "list", _list, help="列出收款，新的在前")
    listed.add_argument("--state", help=f"只列出该状态：{'、'.join(state.value for state in CollectionState)}")
    add_limit(listed, "笔")
    paid = add_command(verbs, "paid", _paid, help="登记线下收到的款")
    paid.add_argument("collection_no", metavar="NO")
    paid.add_argument("--voucher", required=True, metavar="VOUCHER", help="收款凭证号")
    paid.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="经办的财务人员")
    back = add_command(verbs, "return", _return, help="商品已发出，仍把收的款退还买家")
    back.add_argument("collection_no", metavar="NO")
    back.add_argument("--reason", required=True, metavar="TEXT", help="为什么退还")
    back.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="经办的财务人员")


def collections_json(work: UnitOfWork, case: Case) -> list[dict[str, Any]]:
    """A case's collections for machines, each with the refunds that give it back."""
    found = work.collections.of_case(case.id)
    return [
        {**_json(each), "refunds": [leg_json(leg) for leg in work.refunds.of_collection(case.id, each.number)]}
        for each in found
    ]


def collection_lines(work: UnitOfWork, case: Case) -> list[str]:
    """The same for people; nothing where there are none."""
    found = work.collections.of_case(case.id)
    return ["", *_table(found)] if found else []


def _list(arguments: Namespace, settings: Settings) -> Answer:
    state = code(CollectionState, arguments.state, "收款状态")
    with opened(settings) as world:
        found = list_collections(world, state, arguments.limit)
    return Answer([_json(each) for each in found], _table(found) if found else ["没有收款。"])


def _paid(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        try:
            found = record_voucher(world, arguments.collection_no, arguments.voucher, actor)
        except CollectionNotFound as exc:
            raise _unknown(arguments.collection_no) from exc
    told = f"收款 {found.collection_no} 已登记 {amount(found.amount_fen)}，凭证 {found.provider_no}"
    return Answer(_json(found), [f"{told}（{STATES[found.state]}）。"])


def _return(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        try:
            found = return_payment(world, arguments.collection_no, actor, arguments.reason)
        except CollectionNotFound as exc:
            raise _unknown(arguments.collection_no) from exc
    return Answer(_json(found), [f"收款 {found.collection_no} {amount(found.amount_fen)}：{STATES[found.state]}。"])


def _json(found: Collection) -> dict[str, Any]:
    return {
        "collection_no": found.collection_no,
        "purpose": found.purpose.value,
        "state": found.state.value,
        "amount_fen": found.amount_fen,
        "collector": found.collector,
        "provider_no": found.provider_no,
        "code": found.code,
        "opened_at": iso(found.opened_at),
        "expires_at": iso(found.expires_at),
        "paid_at": iso(found.paid_at),
        "used_at": iso(found.used_at),
    }


def _table(found: list[Collection]) -> list[str]:
    head = ("收款单号", "用途", "状态", "金额", "渠道", "渠道单号", "发起", "付款", "问题")
    return table(head, [_cells(each) for each in found])


def _cells(found: Collection) -> tuple[str, ...]:
    return (
        found.collection_no,
        {"exchange": "换货差价", "repair": "维修费"}[found.purpose.value],
        STATES[found.state],
        amount(found.amount_fen),
        found.collector,
        found.provider_no or "-",
        local(found.opened_at),
        local(found.paid_at),
        found.code or "-",
    )


def _unknown(collection_no: str) -> BadInput:
    return BadInput(f"没有收款 {collection_no}；用 python -m backend collections list 查看")
