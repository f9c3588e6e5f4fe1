"""Who may approve what: the approval matrix by amount, risk and override, and where an approved remedy leads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event
from backend.domain.request import Reason, Remedy
from backend.domain.request_facts import AGENT_SETS_AMOUNT, MONEY_GOES_BACK
from backend.domain.rule_types import ReviewBreach, ShipAfter
from backend.domain.rules import Rules
from backend.domain.verdict import Outcome

LEVELS = (Role.AGENT, Role.SUPERVISOR, Role.MANAGER)
"""Approval levels 1 to 3."""

_STRAIGHT_TO_REFUND = frozenset({Remedy.REFUND_ONLY, Remedy.PRICE_DIFFERENCE, Remedy.SERVICE_REFUND})


_BEFORE_ANY_DECISION = frozenset(
    event.value
    for event in (
        Event.START,
        Event.SUBMIT,
        Event.EDIT,
        Event.ASK_INFO,
        Event.INFO_ADDED,
        Event.OPEN_REVIEW,
        Event.ASSIGN,
        Event.TAKE_OVER,
        Event.PRIORITY,
        Event.NOTE,
    )
)
"""What may have happened to a case of which people have decided nothing yet."""


@dataclass(frozen=True)
class Decision:
    """What is to be approved: `amount_fen` is the money, or the goods' worth where none moves.

    `override` says that it departs from what the rules came to, `risky` that the case has risk signals, `compensation`
    that one is asked for which is not approved yet; `role` is whose the remedy is at least, whatever the amount.
    """

    amount_fen: int
    override: bool = False
    risky: bool = False
    compensation: bool = False
    role: Role = Role.AGENT


def required_level(decision: Decision, rules: Rules) -> int:
    """The lowest level (1 to 3) that may approve: by amount, one more for each of override or compensation, and risk.

    Where the platform reviews a second time, level 2 at least.
    """
    departs = (decision.override or decision.compensation) and rules.approval.override_adds_level
    more = departs + (decision.risky and rules.approval.risk_adds_level)
    level = level_within(rules.approval.matrix, decision.amount_fen, more)
    return max(level, level_of(decision.role), 2 if rules.approval.platform_second_review else 1)


def level_within(limits: Mapping[Role, int | None], amount_fen: int, more: int = 0) -> int:
    """The lowest level (1 to 3) whose limit holds an amount, `more` levels higher, the highest at most.

    A limit of None is no limit; a level without one may decide nothing.
    """
    held = [limits.get(role, 0) for role in LEVELS]
    by_amount = next(
        (level for level, limit in enumerate(held, 1) if limit is None or amount_fen <= limit), len(LEVELS)
    )
    return min(by_amount + more, len(LEVELS))


def level_of(role: Role) -> int:
    """The approval level of a role; 0 for one that approves nothing."""
    return LEVELS.index(role) + 1 if role in LEVELS else 0


def may_approve(role: Role, decision: Decision, rules: Rules) -> bool:
    """Whether a role may approve it alone."""
    return level_of(role) >= required_level(decision, rules)


def approves_itself(case: Case, events: Iterable[str], shipped: bool, rules: Rules, now: datetime) -> bool:
    """Whether the rules approve a submitted case without people: as soon as it is filed, or once its review is overdue.

    Only what the verdict allows outright, with no risk signal, of which nobody has decided anything (`events` are the
    codes of its log), up to `approval.auto.max_amount` (rule book, section 4; lifecycle page, section 4).
    """
    auto, verdict = rules.approval.auto, case.verdict
    if verdict is None or verdict.outcome is not Outcome.ALLOWED or case.risk or case.risk_hold or case.dispute_open:
        return False
    remedy = Remedy(case.remedy)
    worth = verdict.refundable_fen + verdict.points_fen if remedy in MONEY_GOES_BACK else verdict.most_fen
    if remedy in AGENT_SETS_AMOUNT or worth > auto.max_amount or rules.approval.platform_second_review:
        return False
    undecided = all(event in _BEFORE_ANY_DECISION for event in events)
    return undecided and (_listed(case, shipped, rules) or _overdue(case, rules, now))


def _listed(case: Case, shipped: bool, rules: Rules) -> bool:
    auto, reason = rules.approval.auto, Reason(case.reason_claimed)
    return auto.enabled and reason in auto.reasons and not (shipped and reason in auto.unshipped_only)


def _overdue(case: Case, rules: Rules, now: datetime) -> bool:
    automatic = rules.sla.review_breach_action is ReviewBreach.AUTO_APPROVE
    return automatic and case.due_at is not None and now >= case.due_at


def leads_to(remedy: Remedy, rules: Rules, *, goods_are_here: bool) -> State:
    """The state that an approved remedy begins with; goods that came back already need not come again."""
    if remedy in _STRAIGHT_TO_REFUND:
        return State.REFUND_PENDING
    if remedy is Remedy.RESHIP:
        return State.REPLACEMENT_PENDING
    advance = remedy is Remedy.EXCHANGE and rules.exchange.ship_after is ShipAfter.ADVANCE
    return after_return(remedy) if goods_are_here or advance else State.AWAITING_RETURN


def after_return(remedy: Remedy) -> State:
    """The state that a remedy goes on with once the goods are here and passed inspection."""
    if remedy is Remedy.EXCHANGE or remedy is Remedy.RESHIP:
        return State.REPLACEMENT_PENDING
    return State.REPAIRING if remedy is Remedy.REPAIR else State.REFUND_PENDING
