"""The facts of an approval memo (签呈): what whoever approves should know, as it was when it was asked for.

Staff's alone: a memo tells risk signals, which no customer is told.
"""

from typing import Any

from backend.domain.approval import Decision, required_level
from backend.domain.case import Case, CaseEvent
from backend.domain.extra import ExtraState, Purpose
from backend.domain.lifecycle import Event
from backend.domain.rules import Rules
from backend.domain.verdict import Result
from backend.errors import GuardRefused
from backend.ports import UnitOfWork, World
from backend.services.case_rules import rules_of

EARLIER_ORDERS = 50
"""The newest orders of a customer in which earlier cases are looked for."""


def approval_memo_facts(world: World, work: UnitOfWork, case: Case) -> dict[str, Any]:
    """The memo of the newest recommendation (T7), plain JSON; amounts in fen, times ISO 8601 in UTC.

    `case_no, order_no, asked_by, asked_by_role, asked_at, remedy, amount_fen, refundable_fen, paid_fen, reason_claimed,
    level, override, override_reason, recommendation`; `rules`, the checks that did not pass (`id, result, reason`);
    `risk`, the signals (`kind, at, detail`); `compensation` (`extra_no, kind, amount_fen, state`); `customer` (`orders,
    earlier_cases`, each `case_no, order_no, state, remedy, amount_fen, submitted_at`); `decided_by, decided_at,
    decision`, None before anybody has decided. Raises GuardRefused for a case that nobody has recommended.
    """
    events = work.cases.events(case.id)
    asked = next((entry for entry in reversed(events) if entry.event == Event.RECOMMEND.value), None)
    if asked is None:
        raise GuardRefused(
            "approval_memo", "memo_not_yet", "there is a memo once the case was recommended for approval (T7)"
        )
    rules = rules_of(world, work, case, asked.at)
    return {
        **_asked(work, case, asked, rules),
        **_grounds(work, case, asked),
        "customer": _customer(work, case, asked),
        **_decided(events, asked),
    }


def _asked(work: UnitOfWork, case: Case, asked: CaseEvent, rules: Rules) -> dict[str, Any]:
    order = work.orders.get(case.order_no or "")
    most = case.verdict.most_fen if case.verdict else 0
    amount = asked.detail.get("amount_fen")
    override = bool(asked.detail.get("override"))
    fallback = required_level(Decision(most if amount is None else amount, override), rules)
    return {
        "case_no": case.case_no,
        "order_no": case.order_no,
        "asked_by": asked.actor,
        "asked_by_role": asked.role.value,
        "asked_at": asked.at.isoformat(),
        "remedy": asked.detail.get("remedy_code", case.remedy),
        "amount_fen": amount,
        "refundable_fen": case.refundable_fen,
        "paid_fen": order.paid_fen if order else None,
        "reason_claimed": case.reason_claimed,
        "level": asked.detail.get("level", fallback),
        "override": override,
        "override_reason": asked.detail.get("reason", "") if override else "",
        "recommendation": asked.detail.get("reason", ""),
    }


def _grounds(work: UnitOfWork, case: Case, asked: CaseEvent) -> dict[str, Any]:
    """What does not go without saying: checks that did not pass, risk, compensation; as it was then."""
    checks = case.verdict.checks if case.verdict else ()
    extras = [extra for extra in work.extras.of_case(case.id) if extra.proposed_at <= asked.at]
    return {
        "rules": [
            {"id": check.id, "result": check.result.value, "reason": check.reason}
            for check in checks
            if check.result is not Result.PASS
        ],
        "risk": [
            {"kind": signal.finding.kind.value, "at": signal.at.isoformat(), "detail": signal.finding.detail}
            for signal in work.risk.of_case(case.id)
            if signal.at <= asked.at
        ],
        "compensation": [
            {
                "extra_no": extra.extra_no,
                "kind": extra.kind.value,
                "amount_fen": extra.amount_fen,
                "state": extra.state.value,
            }
            for extra in extras
            if extra.purpose is Purpose.COMPENSATION and extra.state is not ExtraState.DECLINED
        ],
    }


def _customer(work: UnitOfWork, case: Case, asked: CaseEvent) -> dict[str, Any]:
    customer_id = work.orders.customer_of(case.order_no or "")
    orders = work.orders.of_customer(customer_id, EARLIER_ORDERS) if customer_id is not None else []
    cases = [each for order in orders for each in work.cases.of_order(order.order_no)]
    earlier = [each for each in cases if each.id != case.id and each.submitted_at and each.submitted_at <= asked.at]
    return {"orders": len(orders), "earlier_cases": [_earlier(work, each, asked) for each in earlier]}


def _earlier(work: UnitOfWork, case: Case, asked: CaseEvent) -> dict[str, Any]:
    then = [entry.to_state for entry in work.cases.events(case.id) if entry.at <= asked.at]
    return {
        "case_no": case.case_no,
        "order_no": case.order_no,
        "state": (then[-1] if then else case.state).value,
        "remedy": case.remedy,
        "amount_fen": case.amount_fen,
        "submitted_at": case.submitted_at.isoformat() if case.submitted_at else None,
    }


def _decided(events: list[CaseEvent], asked: CaseEvent) -> dict[str, Any]:
    decisions = {Event.APPROVE.value, Event.REJECT.value, Event.PROPOSE.value, Event.SEND_BACK.value}
    later = [entry for entry in events if entry.version > asked.version and entry.event in decisions]
    decided = later[0] if later else None
    return {
        "decided_by": decided.actor if decided else None,
        "decided_at": decided.at.isoformat() if decided else None,
        "decision": decided.event if decided else None,
    }
