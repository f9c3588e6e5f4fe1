"""`cases do NO EVENT`: any transition of the table, with the same checks as everywhere."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from backend.commands.answer import Answer
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.reading import case_found, code, fen, member
from backend.domain.case import Actor, Case, Role, State
from backend.domain.lifecycle import Event, allowed_events, targets
from backend.domain.request import Remedy
from backend.ports import World
from backend.services.acts import Given
from backend.services.doing import do_event
from backend.services.evidence import keep_evidence
from backend.services.staff import reserved_names
from backend.settings import Settings

_OUTSIDE = (Role.CUSTOMER, Role.CARRIER, Role.BOT, Role.SYSTEM, Role.TIMER)
"""Roles that nobody of the shop has: the operator reports what they did."""

_NONE = "none"


def add_do(verbs: Commands) -> None:
    """Add `cases do`."""
    do = add_command(verbs, "do", _do, help="对售后单执行一个事件，例如 approve、reject、receive")
    do.add_argument("case_no", metavar="NO")
    do.add_argument("event", metavar="EVENT")
    do.add_argument("--as", dest="staff", metavar="STAFF", help="由哪位员工操作；或 customer、carrier、system、timer")
    do.add_argument("--target", metavar="STATE", help="有多个去向时指定状态")
    do.add_argument("--version", type=int, help="只在售后单仍是这个版本时执行")
    _add_particulars(do)


def _add_particulars(do: ArgumentParser) -> None:
    do.add_argument("--amount", metavar="12.34", help="金额（元，两位小数）")
    do.add_argument("--reason", default="", metavar="TEXT", help="原因或说明")
    do.add_argument("--rule", action="append", default=[], metavar="ID", help="依据的规则，可重复")
    do.add_argument("--alternative", action="append", metavar="WISH", help=f"替代方案，可重复；没有就写 {_NONE}")
    do.add_argument("--items", nargs="+", default=[], metavar="ITEM", help="要补充的内容；清点时写 行号=件数")
    do.add_argument("--grade", nargs="+", default=[], metavar="GRADE", help="验收等级：A，或按行写 行号=等级")
    do.add_argument("--remedy", metavar="REMEDY", help="处理方式代码")
    do.add_argument("--reason-confirmed", metavar="CODE", help="验收核定的原因")
    do.add_argument("--disposition", metavar="CODE", help="商品去向")
    do.add_argument("--waybill", metavar="NO", help="快递单号")
    do.add_argument("--carrier", metavar="NAME", help="快递公司")
    do.add_argument("--photo", action="append", default=[], metavar="FILE", help="员工拍的照片，可重复")
    do.add_argument("--evidence", action="append", default=[], metavar="ID", help="会话里已有的凭证编号，可重复")
    do.add_argument("--consent", default="", metavar="TEXT", help="客户同意的原话")
    do.add_argument("--staff", dest="other", metavar="NAME", help="另一位员工：指派给谁、谁同意")
    do.add_argument("--priority", type=int, metavar="N", help="优先级 0 到 9")
    do.add_argument("--sku", metavar="SKU", help="换货改发的商品")
    do.add_argument("--price", metavar="12.34", help="改发商品的单价（元，两位小数）")
    do.add_argument("--confirmed", action="store_true", help="已向客户确认，或已检查")


def _do(arguments: Namespace, settings: Settings) -> Answer:
    event = code(Event, arguments.event, "事件")
    with opened(settings) as world:
        before = case_found(world, arguments.case_no)
        actor = _actor(world, arguments.staff, before, event)
        given = _given(world, arguments, before, actor)
        target = code(State, arguments.target, "状态")
        after = do_event(world, before.case_no or "", event, actor, given, target, arguments.version)
    data = {
        "case_no": after.case_no,
        "event": event.value,
        "actor": actor.name,
        "from_state": before.state.value,
        "to_state": after.state.value,
        "version": after.version,
        "changed": after.version != before.version,
    }
    if after.version == before.version:
        return Answer(data, [f"售后单 {after.case_no} 已经是{after.state.label}，没有重复执行。"])
    return Answer(data, [f"售后单 {after.case_no}：{before.state.label} → {after.state.label}（{actor.name}）"])


def _actor(world: World, name: str | None, case: Case, event: Event) -> Actor:
    """Whoever was named; else the party outside the shop that alone can do it."""
    if name is not None and name in reserved_names():
        role = Role(name)
        if role not in _OUTSIDE:
            raise BadInput(f"--as 请写员工姓名，而不是角色 {name}")
        return _outsider(role, case)
    if name is not None:
        return member(world, name)
    able = [role for role in Role if targets(case.state, event, role)]
    outside = [role for role in able if role in _OUTSIDE]
    if outside and len(outside) == len(able):
        return _outsider(outside[0], case)
    if able:
        raise BadInput(f"请用 --as 指定操作人；{event.value} 可由 {'、'.join(role.value for role in able)} 执行")
    allowed = [each.value for each in Event if any(each in allowed_events(case.state, role) for role in Role)]
    raise BadInput(f"{case.state.value} 状态下不能 {event.value}；可用：{'、'.join(allowed)}")


def _outsider(role: Role, case: Case) -> Actor:
    return Actor(role, case.conversation_id if role is Role.CUSTOMER else role.value)


def _given(world: World, arguments: Namespace, case: Case, actor: Actor) -> Given:
    pairs = dict(item.split("=", 1) for item in arguments.items if "=" in item)
    return Given(
        amount_fen=fen(arguments.amount),
        reason=arguments.reason,
        rules=tuple(arguments.rule),
        alternatives=_alternatives(arguments.alternative),
        items=tuple(item for item in arguments.items if "=" not in item),
        counted={_line(case, key): _whole(value) for key, value in pairs.items()},
        grades=_grades(arguments.grade, case),
        remedy=code(Remedy, arguments.remedy, "处理方式"),
        reason_confirmed=arguments.reason_confirmed,
        disposition=arguments.disposition,
        waybill=arguments.waybill,
        carrier=arguments.carrier,
        photos=tuple(_kept(world, case, file, actor.role) for file in arguments.photo),
        evidence=tuple(arguments.evidence),
        consent=arguments.consent,
        staff=arguments.other,
        priority=arguments.priority,
        confirmed=arguments.confirmed,
        sku=arguments.sku,
        price_fen=fen(arguments.price, "--price"),
    )


def _alternatives(given: list[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(each for each in given if each != _NONE)


def _grades(given: list[str], case: Case) -> dict[int, str]:
    grades: dict[int, str] = {}
    for each in given:
        line, sign, grade = each.rpartition("=")
        lines = [_line(case, line)] if sign else [line.line_no for line in case.lines]
        grades |= dict.fromkeys(lines, grade)
    return grades


def _line(case: Case, text: str) -> int:
    numbers = [line.line_no for line in case.lines]
    if _whole(text) not in numbers:
        raise BadInput(f"售后单没有第 {text} 行；可用：{'、'.join(map(str, numbers))}")
    return int(text)


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise BadInput(f"{text} 不是整数；请写成 行号=件数，例如 1=2")
    return int(text)


def _kept(world: World, case: Case, file: str, brought_by: Role) -> str:
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise BadInput(f"无法读取 {file}：{error.strerror}") from None
    return keep_evidence(world, case.conversation_id, data, brought_by=brought_by).evidence.id
