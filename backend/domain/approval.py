"""Who may approve what: the approval matrix by amount and override, and where an approved remedy leads."""

from dataclasses import dataclass

from backend.domain.case import Role, State
from backend.domain.request import Remedy
from backend.domain.rule_types import ShipAfter
from backend.domain.rules import Rules

LEVELS = (Role.AGENT, Role.SUPERVISOR, Role.MANAGER)
"""Approval levels 1 to 3."""

_STRAIGHT_TO_REFUND = frozenset({Remedy.REFUND_ONLY, Remedy.PRICE_DIFFERENCE, Remedy.SERVICE_REFUND})


@dataclass(frozen=True)
class Decision:
    """What is to be approved: `amount_fen` is the money, or the goods' worth where none moves.

    `override` says that it departs from what the rules came to.
    """

    amount_fen: int
    override: bool = False


def required_level(decision: Decision, rules: Rules) -> int:
    """The lowest level (1 to 3) that may approve: by amount, one more for an override, the highest at most."""
    limits = [rules.approval.matrix.get(role, 0) for role in LEVELS]
    by_amount = next(
        (level for level, limit in enumerate(limits, 1) if limit is None or decision.amount_fen <= limit), len(LEVELS)
    )
    more = 1 if decision.override and rules.approval.override_adds_level else 0
    return min(by_amount + more, len(LEVELS))


def level_of(role: Role) -> int:
    """The approval level of a role; 0 for one that approves nothing."""
    return LEVELS.index(role) + 1 if role in LEVELS else 0


def may_approve(role: Role, decision: Decision, rules: Rules) -> bool:
    """Whether a role may approve it alone."""
    return level_of(role) >= required_level(decision, rules)


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
