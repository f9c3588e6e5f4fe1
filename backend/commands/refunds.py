"""`refunds list | reconcile | voucher | retry`: what was paid back, whether the books agree, what finance did."""

from argparse import Namespace
from datetime import datetime, time, timezone
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command, add_limit
from backend.commands.opening import opened
from backend.commands.reading import code, iso_day, member
from backend.commands.times import amount, iso, local
from backend.domain.payout import Difference
from backend.domain.refund_leg import LegState, RefundLeg
from backend.domain.workdays import MERCHANT_ZONE
from backend.services.refunds import list_refunds, reconcile, record_voucher, retry_leg
from backend.settings import Settings

_FIRST = datetime(1970, 1, 1, tzinfo=timezone.utc)
_LAST = datetime(9000, 1, 1, tzinfo=timezone.utc)
KINDS = {
    "missing_there": "支付渠道没有这笔",
    "missing_here": "我方没有这笔",
    "amount": "金额不一致",
    "state": "状态不一致",
}


def register(nouns: Commands) -> None:
    """Add the noun `refunds` with its verbs."""
    verbs = nouns.add_parser("refunds", help="退款").add_subparsers(required=True, metavar="VERB")
    listed = add_command(verbs, "list", _list, help="列出退款，新的在前")
    listed.add_argument("--state", help=f"只列出该状态：{'、'.join(state.value for state in LegState)}")
    add_limit(listed, "笔")
    compared = add_command(verbs, "reconcile", _reconcile, help="与支付渠道对账，列出每一处不同")
    compared.add_argument("--from", dest="since", metavar="DAY", help="从哪天发起的退款（如 2026-11-01，默认全部）")
    compared.add_argument("--to", dest="until", metavar="DAY", help="到哪天之前（默认全部）")
    again = add_command(verbs, "retry", _retry, help="重试一笔失败的差价退款或补款退还（售后单自己的退款用 cases do）")
    again.add_argument("refund_no", metavar="REFUND_NO")
    again.add_argument("--consent", default="", metavar="TEXT", help="买家同意改由线下退款的原话；不填则原路重试")
    again.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="经办的财务人员")
    paid = add_command(verbs, "voucher", _voucher, help="登记线下已付的退款")
    paid.add_argument("refund_no", metavar="REFUND_NO")
    paid.add_argument("voucher", metavar="VOUCHER", help="付款凭证号")
    paid.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="经办的财务人员")


def _list(arguments: Namespace, settings: Settings) -> Answer:
    state = code(LegState, arguments.state, "退款状态")
    with opened(settings) as world:
        legs = list_refunds(world, state, arguments.limit)
    head = ("退款单号", "状态", "金额", "渠道", "付款单号", "渠道单号", "发起", "完成", "问题")
    return Answer(
        [leg_json(leg) for leg in legs], table(head, [_cells(leg) for leg in legs]) if legs else ["没有退款。"]
    )


def leg_json(leg: RefundLeg) -> dict[str, Any]:
    """A refund leg for machines; amounts in fen, times in UTC."""
    return {
        "refund_no": leg.refund_no,
        "state": leg.state.value,
        "amount_fen": leg.amount_fen,
        "method": leg.method.value,
        "gateway": leg.gateway,
        "order_no": leg.order_no,
        "payment_no": leg.payment_no,
        "provider_no": leg.provider_no,
        "account": leg.account,
        "code": leg.code,
        "planned_at": iso(leg.planned_at),
        "sent_at": iso(leg.sent_at),
        "settled_at": iso(leg.settled_at),
    }


def _cells(leg: RefundLeg) -> tuple[str, ...]:
    return (
        leg.refund_no,
        leg.state.value,
        amount(leg.amount_fen),
        leg.gateway,
        leg.payment_no,
        leg.provider_no or "-",
        local(leg.planned_at),
        local(leg.settled_at),
        leg.code or "-",
    )


def _reconcile(arguments: Namespace, settings: Settings) -> Answer:
    since = _FIRST if arguments.since is None else _begin(arguments.since)
    until = _LAST if arguments.until is None else _begin(arguments.until)
    with opened(settings) as world:
        found = reconcile(world, since, until)
    data = {"compared": found.compared, "differences": [_difference_json(each) for each in found.differences]}
    lines = [f"已核对 {found.compared} 笔，{len(found.differences)} 处不同。"]
    if found.differences:
        head = ("不同", "退款单号", "渠道", "我方状态", "渠道状态", "我方金额", "渠道金额")
        lines += ["", *table(head, [_difference_cells(each) for each in found.differences])]
    return Answer(data, lines)


def _begin(text: str) -> datetime:
    """The beginning of a day in the merchant's zone."""
    return datetime.combine(iso_day(text), time(), MERCHANT_ZONE)


def _difference_json(found: Difference) -> dict[str, Any]:
    states = {"our_state": found.our_state, "their_state": found.their_state}
    return {**vars(found), **{name: state and state.value for name, state in states.items()}}


def _difference_cells(found: Difference) -> tuple[str, ...]:
    return (
        KINDS[found.kind],
        found.refund_no,
        found.gateway,
        found.our_state.value if found.our_state else "-",
        found.their_state.value if found.their_state else "-",
        amount(found.our_fen),
        amount(found.their_fen),
    )


def _retry(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        leg = retry_leg(world, arguments.refund_no, actor, arguments.consent)
    return Answer(leg_json(leg), [f"退款 {leg.refund_no} 重新发起，{amount(leg.amount_fen)}，渠道 {leg.gateway}。"])


def _voucher(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        leg = record_voucher(world, arguments.refund_no, arguments.voucher, actor)
    return Answer(
        leg_json(leg), [f"退款 {leg.refund_no} 已登记为线下付款 {amount(leg.amount_fen)}，凭证 {leg.provider_no}。"]
    )
