"""`complaints list | show | open | do`: what customers complain of, how it was ruled, and every deed of its table."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command, add_limit
from backend.commands.opening import BadInput, opened
from backend.commands.reading import code, fen, member
from backend.commands.times import amount, iso, local
from backend.domain.case import Actor, Role, State
from backend.domain.complaint import Cause, Complaint, ComplaintCase, Deed, Entry, Outcome, Stage
from backend.domain.work import Alert
from backend.ports import World
from backend.services import complaints
from backend.services.judgement import Award
from backend.settings import Settings

_HEAD = ("投诉编号", "事由", "状态", "售后单", "裁定", "金额", "登记", "期限", "超时")


def register(nouns: Commands) -> None:
    """Add the noun `complaints` with its verbs."""
    verbs = nouns.add_parser("complaints", help="投诉与争议").add_subparsers(required=True, metavar="VERB")
    listed = add_command(verbs, "list", _list, help="列出投诉，新的在前")
    listed.add_argument("--stage", help=f"只列出该状态：{'、'.join(stage.value for stage in Stage)}")
    add_limit(listed, "件")
    add_command(verbs, "show", _show, help="查看一件投诉").add_argument("complaint_no", metavar="NO")
    _add_open(verbs)
    _add_do(verbs)


def _add_open(verbs: Commands) -> None:
    new = add_command(verbs, "open", _open, help="替客户登记投诉")
    new.add_argument("conversation_id", metavar="CONVERSATION")
    new.add_argument("--cause", default=Cause.PLAIN.value, help="、".join(cause.value for cause in Cause))
    new.add_argument("--text", required=True, help="客户的原话")
    new.add_argument("--case", action="append", default=[], metavar="CASE_NO", help="涉及的售后单，可重复")
    new.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="由哪位员工登记")


def _add_do(verbs: Commands) -> None:
    do = add_command(verbs, "do", _do, help="对投诉执行一个动作，例如 acknowledge、rule、execute")
    do.add_argument("complaint_no", metavar="NO")
    do.add_argument("deed", metavar="DEED", help="、".join(_DEEDS))
    do.add_argument("--as", dest="staff", metavar="STAFF", required=True, help="由哪位员工操作；或 customer")
    do.add_argument("--text", default="", help="问题、补充、理由或说明")
    do.add_argument("--of", metavar="ROLE", help=f"向谁核实：{'、'.join(r.value for r in complaints.MERCHANT_ROLES)}")
    do.add_argument("--evidence", action="append", default=[], metavar="ID", help="会话里的凭证编号，可重复")
    do.add_argument("--outcome", help="裁定：" + "、".join(outcome.value for outcome in Outcome))
    _add_award(do)


def _add_award(do: ArgumentParser) -> None:
    do.add_argument(
        "--award",
        action="append",
        default=[],
        metavar="CASE_NO=WHAT",
        help="每张售后单的结果，可重复：金额 12.34、状态 REPLACEMENT_PENDING，或两者 REFUND_PENDING:12.34",
    )


def _list(arguments: Namespace, settings: Settings) -> Answer:
    stage = code(Stage, arguments.stage, "状态")
    with opened(settings) as world, world.read() as work:
        found = work.complaints.find(stage=stage, limit=arguments.limit)
    lines = table(_HEAD, [_cells(each) for each in found]) if found else ["没有投诉。"]
    return Answer([complaint_json(each) for each in found], lines)


def _show(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        complaint = _found(world, arguments.complaint_no)
        with world.read() as work:
            log = work.complaints.log(complaint.id)
            alerts = work.alerts.of_complaint(complaint.id)
    told = {"events": [_entry_json(entry) for entry in log], "alerts": [_alert_json(each) for each in alerts]}
    return Answer({**complaint_json(complaint), **told}, _lines(complaint, log))


def _open(arguments: Namespace, settings: Settings) -> Answer:
    cause = code(Cause, arguments.cause, "事由")
    with opened(settings) as world:
        actor = member(world, arguments.staff)
        made = complaints.open_(world, arguments.conversation_id, cause, arguments.text, actor, arguments.case)
    return Answer(complaint_json(made), [f"投诉 {made.complaint_no} 已登记（{made.cause.label}）。"])


def _do(arguments: Namespace, settings: Settings) -> Answer:
    if arguments.deed not in _DEEDS:
        raise BadInput(f"没有动作 {arguments.deed}；可用：{'、'.join(_DEEDS)}")
    with opened(settings) as world:
        before = _found(world, arguments.complaint_no)
        actor = _actor(world, arguments.staff, before)
        after = _DEEDS[arguments.deed](world, before, actor, arguments)
    data = {**complaint_json(after), "from_stage": before.stage.value, "changed": after.version != before.version}
    if after.version == before.version:
        return Answer(data, [f"投诉 {after.complaint_no} 已经是{after.stage.label}，没有重复执行。"])
    return Answer(data, [f"投诉 {after.complaint_no}：{before.stage.label} → {after.stage.label}（{actor.name}）"])


Run = Callable[[World, Complaint, Actor, Namespace], Complaint]


def _ask(world: World, complaint: Complaint, actor: Actor, given: Namespace) -> Complaint:
    of = Role.CUSTOMER if given.deed == Deed.ASK_CUSTOMER.value else code(Role, given.of or "", "角色")
    return complaints.ask(world, complaint.complaint_no, actor, given.text, of)


def _rule(world: World, complaint: Complaint, actor: Actor, given: Namespace) -> Complaint:
    outcome = code(Outcome, given.outcome or "", "裁定")
    awards = dict(_award(each) for each in given.award)
    return complaints.rule(world, complaint.complaint_no, actor, outcome, given.text, awards)


def _escalate(world: World, complaint: Complaint, actor: Actor, given: Namespace) -> Complaint:
    _refuse_staff(actor)
    return complaints.escalate(world, complaint.conversation_id, complaint.complaint_no, given.text)


def _withdraw(world: World, complaint: Complaint, actor: Actor, _given: Namespace) -> Complaint:
    _refuse_staff(actor)
    return complaints.withdraw(world, complaint.conversation_id, complaint.complaint_no)


def _refuse_staff(actor: Actor) -> None:
    if actor.role is not Role.CUSTOMER:
        raise BadInput("这个动作由客户决定；客户已提出时，用 --as customer 代为登记")


_DEEDS: dict[str, Run] = {
    "acknowledge": lambda world, each, actor, _given: complaints.acknowledge(world, each.complaint_no, actor),
    "investigate": lambda world, each, actor, _given: complaints.investigate(world, each.complaint_no, actor),
    "ask_customer": _ask,
    "ask_merchant": _ask,
    "add_evidence": lambda world, each, actor, given: complaints.add_evidence(
        world, each.complaint_no, actor, given.text, given.evidence
    ),
    "rule": _rule,
    "escalate": _escalate,
    "execute": lambda world, each, actor, given: complaints.execute(world, each.complaint_no, actor, given.text),
    "close": lambda world, each, actor, given: complaints.close(world, each.complaint_no, actor, given.text),
    "withdraw": _withdraw,
}


def complaint_json(complaint: Complaint) -> dict[str, Any]:
    """A complaint for machines; amounts in fen, times in UTC."""
    ruling = complaint.ruling
    return {
        "complaint_no": complaint.complaint_no,
        "cause": complaint.cause.value,
        "stage": complaint.stage.value,
        "conversation_id": complaint.conversation_id,
        "text": complaint.text,
        "cases": [_case_json(each) for each in complaint.cases],
        "outcome": ruling.outcome.value if ruling else None,
        "reason": ruling.reason if ruling else None,
        "ruled_by": ruling.by if ruling else None,
        "ruled_at": iso(ruling.at) if ruling else None,
        "final": ruling is not None and ruling.final,
        "escalated": complaint.escalated,
        "sla_breached": complaint.sla_breached,
        "opened_at": iso(complaint.opened_at),
        "due_at": iso(complaint.due_at),
    }


def _case_json(about: ComplaintCase) -> dict[str, Any]:
    return {
        "case_no": about.case_no,
        "ruled_to": about.ruled_to.value if about.ruled_to else None,
        "ruled_fen": about.ruled_fen,
        "executed": about.executed,
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "at": iso(entry.at),
        "deed": entry.deed.value,
        "actor": entry.actor,
        "role": entry.role.value,
        "from_stage": entry.from_stage.value if entry.from_stage else None,
        "to_stage": entry.to_stage.value,
        "detail": entry.detail,
    }


def _alert_json(alert: Alert) -> dict[str, Any]:
    return {"kind": alert.kind, "role": alert.role.value, "at": iso(alert.at), **alert.detail}


def _cells(complaint: Complaint) -> tuple[str, ...]:
    return (
        complaint.complaint_no,
        complaint.cause.label,
        complaint.stage.label,
        "、".join(each.case_no for each in complaint.cases) or "-",
        complaint.ruling.outcome.value if complaint.ruling else "-",
        amount(sum(each.ruled_fen or 0 for each in complaint.cases) or None),
        local(complaint.opened_at),
        local(complaint.due_at),
        "是" if complaint.sla_breached else "-",
    )


def _lines(complaint: Complaint, log: list[Entry]) -> list[str]:
    ruling = complaint.ruling
    head = ("时间", "动作", "操作人", "从", "到", "内容")
    rows = [
        (local(e.at), e.deed.value, e.actor, e.from_stage.value if e.from_stage else "-", e.to_stage.value, _words(e))
        for e in log
    ]
    return [
        f"投诉 {complaint.complaint_no}（{complaint.stage.label}）  会话 {complaint.conversation_id}",
        f"事由 {complaint.cause.label}  售后单 {'、'.join(each.case_no for each in complaint.cases) or '-'}",
        f"期限 {local(complaint.due_at)}{'  已超时' if complaint.sla_breached else ''}",
        f"原话 {complaint.text or '-'}",
        f"裁定 {ruling.outcome.label if ruling else '-'}{'（最终）' if ruling and ruling.final else ''}"
        f"  {ruling.reason if ruling else ''}",
        *(_ruled_line(each) for each in complaint.cases if each.ruled_to or each.ruled_fen),
        "",
        *table(head, rows),
    ]


def _ruled_line(about: ComplaintCase) -> str:
    to = about.ruled_to.label if about.ruled_to else "-"
    return f"  {about.case_no}：{to}  {amount(about.ruled_fen)}  {'已执行' if about.executed else '未执行'}"


def _words(entry: Entry) -> str:
    told = [entry.detail.get(name) for name in ("text", "question", "reason", "done")]
    return "；".join(str(each) for each in told if each) or "-"


def _found(world: World, complaint_no: str) -> Complaint:
    with world.read() as work:
        found = work.complaints.by_number(complaint_no)
    if found is None:
        raise BadInput(f"没有投诉 {complaint_no}")
    return found


def _actor(world: World, name: str, complaint: Complaint) -> Actor:
    if name == Role.CUSTOMER.value:
        return Actor(Role.CUSTOMER, complaint.conversation_id)
    return member(world, name)


def _award(text: str) -> tuple[str, Award]:
    case_no, sign, what = text.partition("=")
    state, _, money = what.rpartition(":") if ":" in what else (("", "", what) if "." in what else (what, "", ""))
    if not sign or not what:
        raise BadInput(f"--award {text} 请写成 售后单号=金额，或 售后单号=状态，或 售后单号=REFUND_PENDING:12.34")
    return case_no, Award(code(State, state or None, "状态"), fen(money or None))
