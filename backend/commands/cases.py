"""`cases list | show | do`: filed cases, as the public contract shows them, and what can be done about them."""

from argparse import Namespace
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command, add_limit
from backend.commands.collections import collection_lines, collections_json
from backend.commands.doing import add_do
from backend.commands.filing import add_open
from backend.commands.opening import BadInput, opened
from backend.commands.reading import code
from backend.commands.refunds import leg_json
from backend.commands.times import amount, iso, local
from backend.commands.verdicts import verdict_json, verdict_lines
from backend.commands.work import work_json, work_lines
from backend.domain.case import Case, CaseEvent, CaseLine, State
from backend.domain.evidence import Evidence
from backend.ports import UnitOfWork
from backend.settings import Settings


def register(nouns: Commands) -> None:
    """Add the noun `cases` with its verbs."""
    verbs = nouns.add_parser("cases", help="售后单").add_subparsers(required=True, metavar="VERB")
    found = add_command(verbs, "list", _list, help="列出售后单，最新的在前")
    found.add_argument("--state", help="只列出该状态，如 SUBMITTED")
    add_limit(found, "张")
    found.add_argument("--after", metavar="NO", help="从这张之后接着列，即上一次列出的最后一张")
    add_command(verbs, "show", _show, help="查看一张售后单").add_argument("case_no", metavar="NO")
    add_open(verbs)
    add_do(verbs)


def _list(arguments: Namespace, settings: Settings) -> Answer:
    state = code(State, arguments.state, "状态")
    with opened(settings) as world, world.read() as work:
        cases = work.cases.find(state=state, limit=arguments.limit, after=arguments.after)
        data = [_case_json(case, work.evidence.of_case(case.id)) for case in cases]
    head = ("售后单", "状态", "订单", "处理方式", "原因", "金额", "提交时间")
    return Answer(data, table(head, [_cells(case) for case in cases]) if cases else ["没有售后单。"])


def _cells(case: Case) -> tuple[str, ...]:
    codes = (case.order_no or "-", case.remedy or "-", case.reason_confirmed or case.reason_claimed or "-")
    return case.case_no or "-", case.state.label, *codes, amount(case.amount_fen), local(case.submitted_at)


def _show(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world, world.read() as work:
        case = _found(work, arguments.case_no)
        evidence, events = work.evidence.of_case(case.id), work.cases.events(case.id)
        refunds = [leg_json(leg) for leg in work.refunds.of_case(case.id)]
        collected, asked = collections_json(work, case), collection_lines(work, case)
        work_done, beside = work_json(work, case), work_lines(work, case)
    data = {
        **_case_json(case, evidence),
        **work_done,
        "refunds": refunds,
        "collections": collected,
        "events": [_event_json(event) for event in events],
    }
    return Answer(data, [*_case_lines(case, evidence, events), *asked, *beside])


def _found(work: UnitOfWork, case_no: str) -> Case:
    case = work.cases.by_number(case_no)
    if case is None:
        raise BadInput(f"没有售后单 {case_no}")
    return case


def _case_json(case: Case, evidence: list[Evidence]) -> dict[str, Any]:
    return {
        "case_no": case.case_no,
        "state": case.state.value,
        "close_reason": case.close_reason.value if case.close_reason else None,
        "wish": case.wish,
        "remedy": case.remedy,
        "reason_claimed": case.reason_claimed,
        "reason_confirmed": case.reason_confirmed,
        "description": case.description,
        "order_no": case.order_no,
        "lines": [_line_json(line) for line in case.lines],
        "amount_fen": case.amount_fen,
        "gap_fen": case.gap_fen,
        "evidence": [{"id": piece.id, "kind": piece.kind.value, "sha256": piece.sha256} for piece in evidence],
        "verdict": verdict_json(case.verdict) if case.verdict else None,
        "conversation_id": case.conversation_id,
        "opened_at": iso(case.opened_at),
        "submitted_at": iso(case.submitted_at),
        "due_at": iso(case.due_at),
    }


def _flags(case: Case) -> str:
    flags = {"争议中": case.dispute_open, "暂停付款": case.risk_hold, "已超时": case.sla_breached}
    return "".join(f"  {label}" for label, set_ in flags.items() if set_)


def _line_json(line: CaseLine) -> dict[str, Any]:
    return {key: value for key, value in vars(line).items() if value is not None}


def _event_json(event: CaseEvent) -> dict[str, Any]:
    return {
        "at": iso(event.at),
        "event": event.event,
        "actor": event.actor,
        "role": event.role.value,
        "from_state": event.from_state.value if event.from_state else None,
        "to_state": event.to_state.value,
        "detail": event.detail,
    }


def _case_lines(case: Case, evidence: list[Evidence], events: list[CaseEvent]) -> list[str]:
    goods = "，".join(f"{line.sku} ×{line.quantity}" for line in case.lines)
    photos = "，".join(f"{piece.kind.value} {piece.id}" for piece in evidence)
    head = ("时间", "事件", "操作人", "从", "到")
    log = [(local(each.at), each.event, each.actor, each.from_state or "-", each.to_state.value) for each in events]
    return [
        f"售后单 {case.case_no}（{case.state.label}）  会话 {case.conversation_id}",
        f"订单 {case.order_no}  商品 {goods}",
        f"处理方式 {case.remedy}  原因 {case.reason_claimed}（核定 {case.reason_confirmed or '-'}）",
        f"金额 {amount(case.amount_fen)}  提交 {local(case.submitted_at)}  处理期限 {local(case.due_at)}",
        f"负责人 {case.owner or '-'}  优先级 {case.priority}{_flags(case)}",
        f"描述 {case.description or '-'}",
        f"凭证 {photos or '-'}",
        "",
        *(verdict_lines(case.verdict) if case.verdict else []),
        "",
        *table(head, log),
    ]
