"""What is told about a case: notices to its customer (N1 to N11, through the outbox) and alerts to staff (N12).

Which template goes with which row of the transition table stands in `AFTER`; the words are in `bot.wording`. A notice
is said once for each template and version of the case. What the clock alone brings about is not said in quiet hours.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.domain.case import Case, Role, State
from backend.domain.clocks import Mark, Planned
from backend.domain.lifecycle import Event, Step
from backend.domain.progress import WITH_STAFF
from backend.domain.quiet_hours import when_awake
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.rules import Rules
from backend.domain.work import Alert
from backend.ports import UnitOfWork, World
from backend.services import both_sides
from backend.services.clock_keeping import hold_back
from backend.services.conversations import Notice
from backend.services.reaching import say_about
from backend.services.return_pack import return_pack

_APPROVED = {
    State.AWAITING_RETURN: "approved_return",
    State.REFUND_PENDING: "approved_refund",
    State.REPLACEMENT_PENDING: "approved_replacement",
    State.REPAIRING: "repair_begins",
}

AFTER: dict[str, str] = {
    "T3": "draft_expired",
    "T4": "info_asked",
    "T5": "info_received",
    "T6": "info_expired",
    "T7": "approval_asked",
    "T9": "proposal_made",
    "T11:decline": "proposal_declined",
    "T11:expire": "proposal_expired",
    "T15": "rejected",
    "T16": "appeal_received",
    "T17": "rejection_final",
    "T18": "return_on_its_way",
    "T19": "return_expired",
    "T20": "parcel_received",
    "T21": "inspection_passed",
    "T22": "inspection_issue",
    "T23": "receipt_refused",
    "T24": "partial_accepted",
    "T25": "send_back_chosen",
    "T26": "objection_received",
    "T27": "inspection_escalated",
    "T28": "refund_started",
    "T30": "refund_done",
    "T31": "refund_troubled",
    "T32": "refund_started",
    "T33": "replacement_shipped",
    "T34": "out_of_stock",
    "T35": "replacement_delivered",
    "T36:repaired": "repaired_shipped",
    "T36:unrepairable": "repair_quote",
    "T37": "returned_to_customer",
    "T38": "case_closed",
    "T42": "case_reopened",
    "T44": "ruling_executed",
}
"""The template after a row of the table, by its number, with the event where it matters. N1 shows the case's card:
filing says it itself.
"""

WITH_PHOTOS = frozenset({"inspection_issue"})
"""Notices that are followed by the photos they rest on."""

_TELLS_FREIGHT = frozenset({"approved_return", "return_on_its_way"})
"""Notices that tell how and at whose cost goods are sent back."""

RESPONSIBLE: dict[State, Role] = {
    State.SUBMITTED: Role.AGENT,
    State.PENDING_APPROVAL: Role.SUPERVISOR,
    State.RETURN_IN_TRANSIT: Role.AGENT,
    State.RECEIVED: Role.WAREHOUSE,
    State.INSPECTION_ISSUE: Role.AGENT,
    State.SENDING_BACK: Role.WAREHOUSE,
    State.REPAIRING: Role.REPAIR,
    State.REFUND_PENDING: Role.FINANCE,
    State.REFUNDING: Role.FINANCE,
    State.REFUND_FAILED: Role.FINANCE,
    State.REPLACEMENT_PENDING: Role.WAREHOUSE,
    State.REPLACEMENT_SHIPPED: Role.WAREHOUSE,
}
"""Whose work a state is."""


def next_role(role: Role) -> Role:
    """Who is told when a role misses its time."""
    return Role.MANAGER if role in (Role.SUPERVISOR, Role.MANAGER) else Role.SUPERVISOR


def template_after(step: Step, event: Event, case: Case) -> str | None:
    """The notice that a step is told with, if any."""
    if step.number in ("T10", "T12", "T13", "T14"):
        return _APPROVED[step.to_state]
    if step.number == "T40":
        return _after_withdrawal(step, case)
    return AFTER.get(f"{step.number}:{event.value}", AFTER.get(step.number))


def _after_withdrawal(step: Step, case: Case) -> str | None:
    if case.case_no is None:
        return None  # a draft: the dialogue itself answers
    return "withdrawn" if step.changed else "withdrawal_noted"


def tell(
    world: World,
    work: UnitOfWork,
    case: Case,
    template: str,
    *,
    book: RuleBook,
    rules: Rules,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
    by_clock: bool = False,
    number: int = 1,
    version: int | None = None,
) -> None:
    """Queue a notice about a case; one that the clock alone brought about waits for the morning.

    `number` tells several of one template and version apart; `version` is the case's where none is given.
    """
    told = {"version": _told_version(work, case)}
    once = case.version if version is None else version
    params = {**facts(case, book), **told, **_labels(detail or {}, book), **(detail or {})}
    if template in _TELLS_FREIGHT:
        params |= return_pack(world, work, case, book, rules, now)
    if template == "draft_expired":
        params["resume_days"] = rules.draft.resume_days
    due = when_awake(now, rules.notify.quiet_hours.from_, rules.notify.quiet_hours.to) if by_clock else now
    if due > now:
        later = {"template": template, "params": params, "version": once, "number": number}
        hold_back(work, case, Planned(Mark.TELL, due, later), now)
    else:
        say_of_case(world, work, case, template, params, version=once, number=number)
        if template in WITH_PHOTOS:
            both_sides.show(world, work, case, book, number=number)


def _told_version(work: UnitOfWork, case: Case) -> int:
    """The version at which the case came to its present state: an answer to what was told then names it."""
    moved = work.cases.last_move(case.id)
    return case.version if moved is None else moved.version


def say_of_case(
    world: World,
    work: UnitOfWork,
    case: Case,
    template: str,
    params: Mapping[str, Any],
    *,
    version: int,
    number: int = 1,
) -> None:
    """Put a notice where its customer reads it, once for template, version and number."""
    key = f"{template}:{case.id}:{version}:{number}"
    say_about(world, work, case, Notice(template, params, case_id=case.id, dedupe_key=key))


def facts(case: Case, book: RuleBook) -> dict[str, Any]:
    """What every notice may name: `case_no, order_no, state, remedy, reason, amount_fen, due_at`."""
    return {
        "case_no": case.case_no,
        "order_no": case.order_no,
        "state": case.state.label,
        "remedy": book.label(Remedy(case.remedy)) if case.remedy else None,
        "reason_label": book.label(Reason(case.reason_claimed)) if case.reason_claimed else None,
        "amount_fen": case.amount_fen,
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }


def _labels(detail: Mapping[str, Any], book: RuleBook) -> dict[str, Any]:
    """What codes in an event's detail are called: `offer_label`, `alternative_labels`."""
    labels: dict[str, Any] = {"reason": ""}
    if "offer_remedy" in detail:
        labels["offer_label"] = book.label(Remedy(detail["offer_remedy"]))
    if "alternatives" in detail:
        labels["alternative_labels"] = [book.label(Wish(code)) for code in detail["alternatives"]]
    return labels


def alert(
    work: UnitOfWork,
    case: Case,
    kind: str,
    role: Role,
    now: datetime,
    *,
    about: str,
    once: str | None = None,
    **detail: Any,
) -> bool:
    """Tell a role of the shop, and the case's owner by name where it is their role's work.

    Once for each version of the case, or for what `once` names; whether it had not been told yet.
    """
    key = f"{kind}:{case.id}:{once or case.version}:{about}"
    told = {"about": about, **detail}
    return work.alerts.add(Alert(case.id, kind, role, key, now, _by_name(work, case, role), told))


def _by_name(work: UnitOfWork, case: Case, role: Role) -> str | None:
    """The owner, for what agents do, whoever they are, and for what supervisors do where they are one themselves.

    An alert with a name on it is shown to nobody else: what an agent's supervisor has to know of names nobody.
    """
    owner = work.staff.get(case.owner) if case.owner else None
    if owner is None or not owner.active:
        return None
    return owner.name if role is Role.AGENT or role is owner.role is Role.SUPERVISOR else None


def alert_task(work: UnitOfWork, case: Case, now: datetime) -> None:
    """Tell whoever has to act now that the case has come to them."""
    if case.state in WITH_STAFF:
        alert(work, case, "task", RESPONSIBLE[case.state], now, about=case.state.value)
