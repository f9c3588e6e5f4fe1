"""What is told about a complaint: notices to its customer, alerts to staff (N12).

Which template goes with which row of the table stands in `AFTER`; the words are in `bot.wording`. A notice is said once
for each template and version; what the clock alone brings about is not said in quiet hours.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.domain.case import Role
from backend.domain.clocks import Mark, Planned
from backend.domain.complaint import Cause, Complaint, Stage, Step
from backend.domain.quiet_hours import when_awake
from backend.domain.rules import Rules
from backend.domain.work import Alert
from backend.ports import UnitOfWork, World
from backend.services.conversations import Notice, say
from backend.services.reaching import say_about

AFTER: dict[str, str] = {
    "C1": "complaint_opened",
    "C2": "complaint_acknowledged",
    "C4": "complaint_asked",
    "C5": "complaint_checking",
    "C6": "complaint_evidence_received",
    "C7": "complaint_evidence_received",
    "C8": "complaint_lapsed",
    "C9": "complaint_ruled",
    "C10": "complaint_escalated",
    "C11": "complaint_ruled",
    "C12": "complaint_executed",
    "C13": "complaint_closed",
    "C14": "complaint_closed",
    "C15": "complaint_withdrawn",
    "C16": "complaint_overdue",
}
"""The template after a row of the table, by its number."""

_RUNGS = {"agent": Role.AGENT, "supervisor": Role.SUPERVISOR, "supervision": Role.MANAGER}
"""Who stands on each rung of `complaint.ladder`."""

_HANDLER, _ABOVE = -2, -1


def handler(stage: Stage, rules: Rules) -> Role:
    """Whose work a complaint is: the last rung's once the customer went there, else that of the one below."""
    return _rung(rules, _ABOVE if stage is Stage.SUPERVISION else _HANDLER)


def superior(rules: Rules) -> Role:
    """Who is told when a complaint is late: the last rung of the ladder."""
    return _rung(rules, _ABOVE)


def template_after(step: Step, role: Role) -> str | None:
    """The notice that a step is told with; what staff add among themselves is not told."""
    if step.number in ("C6", "C7") and role is not Role.CUSTOMER:
        return None
    if step.number == "C8" and step.from_stage is not Stage.WAIT_CUSTOMER:
        return None
    return AFTER.get(step.number)


def tell(
    world: World,
    work: UnitOfWork,
    complaint: Complaint,
    template: str,
    rules: Rules,
    now: datetime,
    detail: Mapping[str, Any],
    *,
    by_clock: bool = False,
) -> None:
    """Queue a notice about a complaint; one that the clock alone brought about waits for the morning."""
    params = {**facts(complaint), **detail}
    quiet = rules.notify.quiet_hours
    due = when_awake(now, quiet.from_, quiet.to) if by_clock else now
    if due > now:
        later = {"template": template, "params": params, "version": complaint.version}
        work.complaint_timers.set(complaint.id, {"notify.quiet_hours": [Planned(Mark.TELL, due, later)]}, now)
    else:
        say_of_complaint(world, work, complaint, template, params, complaint.version)


def say_of_complaint(
    world: World, work: UnitOfWork, complaint: Complaint, template: str, params: Mapping[str, Any], version: int
) -> None:
    """Put a notice where its customer reads it, once for template and version."""
    case_id = complaint.cases[0].case_id if complaint.cases else None
    case = work.cases.get(case_id) if case_id is not None else None
    key = f"{template}:complaint:{complaint.id}:{version}"
    notice = Notice(template, params, case_id=case_id, dedupe_key=key)
    if case is not None:
        say_about(world, work, case, notice)
    else:
        say(world, work, work.conversations.lock(complaint.conversation_id), notice)


def facts(complaint: Complaint) -> dict[str, Any]:
    """What every notice may name; `outcome, ruling, final, amount_fen` once it was ruled on."""
    ruling = complaint.ruling
    return {
        "complaint_no": complaint.complaint_no,
        "cause": complaint.cause.label,
        "stage": complaint.stage.label,
        "case_nos": [each.case_no for each in complaint.cases],
        "due_at": complaint.due_at.isoformat() if complaint.due_at else None,
        "disputes": complaint.cause.value if complaint.disputes else "",
        "outcome": ruling.outcome.label if ruling else None,
        "in_favour": ruling is not None and ruling.in_favour,
        "ruling": ruling.reason if ruling else None,
        "final": ruling is not None and ruling.final,
        "amount_fen": sum(each.ruled_fen or 0 for each in complaint.cases) or None,
    }


def alert(
    work: UnitOfWork, complaint: Complaint, kind: str, role: Role, now: datetime, *, about: str, **detail: Any
) -> None:
    """Tell a role of the shop, once for the complaint's version."""
    told = {"about": about, "complaint_no": complaint.complaint_no, **detail}
    key = f"{kind}:complaint:{complaint.id}:{complaint.version}:{about}:{role.value}"
    work.alerts.add(Alert(None, kind, role, key, now, detail=told, complaint_id=complaint.id))


def alert_task(
    work: UnitOfWork, complaint: Complaint, step: Step, rules: Rules, now: datetime, detail: Mapping[str, Any]
) -> None:
    """Tell whoever has to act now that the complaint has come to them, or that something new has come."""
    stage = complaint.stage
    if stage in (Stage.EXECUTED, Stage.CLOSED, Stage.WAIT_CUSTOMER) or step.number in ("C2", "C3", "C16"):
        return
    roles = {Role(detail["of"])} if stage is Stage.WAIT_MERCHANT and "of" in detail else {handler(stage, rules)}
    if step.number == "C1" and complaint.cause is Cause.PAYOUT:
        roles.add(Role.FINANCE)
    for role in sorted(roles):
        alert(
            work, complaint, "task", role, now, about=stage.value, case_nos=[each.case_no for each in complaint.cases]
        )


def _rung(rules: Rules, place: int) -> Role:
    """Who stands there; a ladder may name a rung that is the shop's own: its manager's."""
    ladder = rules.complaint.ladder
    name = ladder[place] if len(ladder) >= -place else ""
    return _RUNGS.get(name, Role.MANAGER)
