"""`extras list | propose | freight | approve | give | decline`: what cases give beside their refunds."""

from argparse import ArgumentParser, Namespace
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command, add_limit
from backend.commands.opening import BadInput, opened
from backend.commands.reading import case_found, code, fen, member
from backend.commands.times import amount, iso, local
from backend.domain.case import Actor, Role
from backend.domain.extra import Extra, ExtraState
from backend.domain.request import Reason
from backend.domain.rule_types import CompensationKind, FreightPayer, Severity
from backend.errors import ExtraNotFound
from backend.ports import UnitOfWork, World
from backend.services import extras
from backend.services.freight import approve_freight, ask_freight
from backend.settings import Settings

_HEAD = ("编号", "用途", "形式", "金额", "状态", "提出", "批准", "办理", "凭证", "时间")


def register(nouns: Commands) -> None:
    """Add the noun `extras` with its verbs."""
    verbs = nouns.add_parser("extras", help="补偿与运费报销").add_subparsers(required=True, metavar="VERB")
    listed = add_command(verbs, "list", _list, help="列出补偿与运费报销，新的在前")
    listed.add_argument("--state", help=f"只列出该状态：{'、'.join(state.value for state in ExtraState)}")
    add_limit(listed, "笔")
    _add_proposing(verbs)
    approved = _verb(verbs, "approve", _approve, "批准补偿或运费报销")
    approved.add_argument("--payer", metavar="WHO", help="运费由谁承担：merchant、split（只用于运费待定责时）")
    _verb(verbs, "give", _give, "登记已发放：现金的付款凭证号、优惠券券码或积分登记号").add_argument(
        "voucher", metavar="VOUCHER"
    )
    _verb(verbs, "decline", _decline, "不予发放").add_argument("--reason", default="", metavar="TEXT", help="原因")


def _add_proposing(verbs: Commands) -> None:
    proposed = add_command(verbs, "propose", _propose, help="为售后单提出补偿")
    proposed.add_argument("case_no", metavar="CASE_NO")
    proposed.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="提出的员工")
    proposed.add_argument("--severity", required=True, help="、".join(each.value for each in Severity))
    proposed.add_argument("--kind", help="、".join(each.value for each in CompensationKind))
    proposed.add_argument("--amount", metavar="12.34", help="金额（元），默认按规则表")
    proposed.add_argument("--reason", metavar="CODE", help="原因代码，默认为售后单的原因")
    proposed.add_argument("--evidence", metavar="ID", help="凭证编号，默认为售后单的第一份凭证")
    proposed.add_argument("--note", default="", metavar="TEXT", help="说明；超出规则表时必填")
    asked = add_command(verbs, "freight", _freight, help="凭运费凭证照片申请报销寄回运费")
    asked.add_argument("case_no", metavar="CASE_NO")
    asked.add_argument("--amount", metavar="12.34", required=True, help="凭证上的金额（元）")
    asked.add_argument("--receipt", metavar="ID", required=True, help="运费凭证照片的编号")
    asked.add_argument("--as", dest="staff", metavar="STAFF", default=Role.CUSTOMER.value, help="员工，默认 customer")


def _verb(verbs: Commands, name: str, run: Any, help: str) -> ArgumentParser:
    command = add_command(verbs, name, run, help=help)
    command.add_argument("extra_no", metavar="EXTRA_NO")
    command.add_argument(
        "--as", dest="staff", metavar="STAFF", required=True, help="由哪位员工操作；拒绝时可写 customer"
    )
    return command


def _list(arguments: Namespace, settings: Settings) -> Answer:
    state = code(ExtraState, arguments.state, "状态")
    with opened(settings) as world:
        found = extras.list_extras(world, state, arguments.limit)
    return Answer([extra_json(each) for each in found], extra_lines(found) or ["没有补偿或运费报销。"])


def _propose(arguments: Namespace, settings: Settings) -> Answer:
    wanted = extras.Wanted(
        severity=code(Severity, arguments.severity, "严重程度"),
        kind=code(CompensationKind, arguments.kind, "补偿形式"),
        amount_fen=fen(arguments.amount),
        reason=code(Reason, arguments.reason, "原因"),
        evidence=arguments.evidence,
        note=arguments.note,
    )
    with opened(settings) as world:
        case = case_found(world, arguments.case_no)
        made = extras.propose_compensation(world, case.case_no or "", member(world, arguments.staff), wanted)
    return _answer(made)


def _freight(arguments: Namespace, settings: Settings) -> Answer:
    paid = fen(arguments.amount)
    assert paid is not None  # the option is required
    with opened(settings) as world:
        case = case_found(world, arguments.case_no)
        actor = _actor(world, arguments.staff, case.conversation_id)
        made = ask_freight(world, case.case_no or "", actor, amount_fen=paid, receipt=arguments.receipt)
    return _answer(made)


def _approve(arguments: Namespace, settings: Settings) -> Answer:
    payer = code(FreightPayer, arguments.payer, "承担方")
    with opened(settings) as world:
        actor, number = member(world, arguments.staff), _known(world, arguments.extra_no).extra_no
        if payer is not None or _known(world, number).payer is not None:
            return _answer(approve_freight(world, number, actor, payer))
        return _answer(extras.approve_extra(world, number, actor))


def _give(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        number = _known(world, arguments.extra_no).extra_no
        return _answer(extras.give_extra(world, number, member(world, arguments.staff), arguments.voucher))


def _decline(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        extra = _known(world, arguments.extra_no)
        with world.read() as work:
            case = work.cases.get(extra.case_id)
        actor = _actor(world, arguments.staff, case.conversation_id if case else "")
        return _answer(extras.decline_extra(world, extra.extra_no, actor, arguments.reason))


def extras_json(work: UnitOfWork, case_id: int) -> list[dict[str, Any]]:
    """What a case gives beside its refund, for machines."""
    return [extra_json(each) for each in work.extras.of_case(case_id)]


def extra_json(extra: Extra) -> dict[str, Any]:
    """One of them; amounts in fen, times in UTC, codes by their values."""
    plain = {
        name: getattr(value, "value", value) for name, value in vars(extra).items() if name not in ("id", "case_id")
    }
    return {**plain, "proposed_at": iso(extra.proposed_at), "settled_at": iso(extra.settled_at)}


def extra_lines(found: list[Extra]) -> list[str]:
    """A table for people; nothing where there are none."""
    return table(_HEAD, [_cells(each) for each in found]) if found else []


def _cells(extra: Extra) -> tuple[str, ...]:
    return (
        extra.extra_no,
        extra.purpose.value,
        extra.kind.value,
        amount(extra.amount_fen),
        extra.state.value,
        extra.proposed_by,
        extra.approved_by or "-",
        extra.settled_by or "-",
        extra.voucher or "-",
        local(extra.settled_at or extra.proposed_at),
    )


def _answer(extra: Extra) -> Answer:
    told = (
        f"{extra.extra_no}（{extra.purpose.value}，{extra.kind.value} {amount(extra.amount_fen)}）：{extra.state.value}"
    )
    return Answer(extra_json(extra), [told])


def _known(world: World, extra_no: str) -> Extra:
    with world.read() as work:
        found = work.extras.by_number(extra_no)
    if found is None:
        raise BadInput(f"没有补偿或运费报销 {extra_no}；用 python -m backend extras list 查看") from ExtraNotFound(
            extra_no
        )
    return found


def _actor(world: World, name: str, conversation_id: str) -> Actor:
    return Actor(Role.CUSTOMER, conversation_id) if name == Role.CUSTOMER.value else member(world, name)
