"""What a case gives beside its refund: compensation, and the freight of the way back (rule book, sections 5 and 9).

An extra is money or worth of its own: never part of the refund, its legs or its cap. Its states and who may move it
stand in `TABLE`; who may approve how much in `required_level`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from backend.domain.approval import LEVELS, level_within
from backend.domain.case import Role
from backend.domain.money import percent_of
from backend.domain.request import Reason
from backend.domain.rule_types import CompensationKind, FreightPayer, Severity
from backend.domain.rules import Rules
from backend.domain.rules_of_goods import CompensationRow
from backend.errors import IllegalTransition


class Purpose(str, Enum):
    """What an extra is for."""

    COMPENSATION = "compensation"
    FREIGHT = "freight"


class ExtraState(str, Enum):
    """How far an extra has come. HELD waits until it is found out who pays the freight."""

    PROPOSED = "PROPOSED"
    HELD = "HELD"
    APPROVED = "APPROVED"
    GIVEN = "GIVEN"
    DECLINED = "DECLINED"


class ExtraEvent(str, Enum):
    """What can happen to an extra."""

    APPROVE = "approve"
    GIVE = "give"
    DECLINE = "decline"


_S, _E = ExtraState, ExtraEvent
_INSPECTING = (Role.WAREHOUSE,)

TABLE: dict[tuple[ExtraState, ExtraEvent], tuple[ExtraState, tuple[Role, ...]]] = {
    (_S.PROPOSED, _E.APPROVE): (_S.APPROVED, (*LEVELS, *_INSPECTING)),
    (_S.PROPOSED, _E.DECLINE): (_S.DECLINED, (*LEVELS, Role.CUSTOMER)),
    (_S.HELD, _E.APPROVE): (_S.APPROVED, (*LEVELS, *_INSPECTING)),
    (_S.HELD, _E.DECLINE): (_S.DECLINED, (*LEVELS, Role.CUSTOMER)),
    (_S.APPROVED, _E.GIVE): (_S.GIVEN, (*LEVELS, Role.FINANCE)),
    (_S.APPROVED, _E.DECLINE): (_S.DECLINED, (*LEVELS, Role.CUSTOMER)),
}
"""Where an event leads from a state, and whose it is."""


@dataclass(frozen=True)
class Extra:
    """One compensation, or the freight of one case.

    `amount_fen` is what is given (points as their value), `asked_fen` what the receipt says; `payer` is who pays the
    freight. `cause` is `sla_breach` for what the rules give by themselves. `evidence_id` is the proof or the receipt;
    `voucher` the payment's proof, or the coupon. Times are aware UTC.
    """

    id: int
    extra_no: str
    case_id: int
    purpose: Purpose
    kind: CompensationKind
    amount_fen: int
    state: ExtraState
    version: int
    proposed_by: str
    proposed_at: datetime
    reason: str | None = None
    severity: Severity | None = None
    override: bool = False
    asked_fen: int | None = None
    payer: FreightPayer | None = None
    cause: str = ""
    evidence_id: str | None = None
    note: str = ""
    approved_by: str | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None
    voucher: str = ""


def next_state(extra: Extra, event: ExtraEvent, role: Role) -> ExtraState:
    """Where an event by a role takes an extra. Raises IllegalTransition with what this role could do instead."""
    if _able(extra, event, role):
        return TABLE[extra.state, event][0]
    allowed = tuple(each.value for each in ExtraEvent if _able(extra, each, role))
    raise IllegalTransition(state=extra.state.value, event=event.value, role=role.value, allowed=allowed)


def _able(extra: Extra, event: ExtraEvent, role: Role) -> bool:
    _, roles = TABLE.get((extra.state, event), (None, ()))
    return role in roles and (event is not ExtraEvent.GIVE or role in givers(extra))


def givers(extra: Extra) -> tuple[Role, ...]:
    """Who hands it over: cash is finance's, coupons and points are the agents'."""
    return (Role.FINANCE,) if extra.kind is CompensationKind.CASH else LEVELS


def standard(reason: Reason, severity: Severity, kind: CompensationKind | None, rules: Rules) -> CompensationRow | None:
    """What the table gives for a reason at a severity, in that kind if one is wanted; None where it says nothing."""
    rows = (row for row in rules.compensation.table if (row.reason, row.severity) == (reason, severity))
    return next((row for row in rows if kind in (None, row.kind)), None)


def required_level(extra: Extra, others: Iterable[Extra], rules: Rules) -> int:
    """The lowest level (1 to 3) that may approve a compensation, beside the case's others: several count as one.

    What departs from the table, or is for people only, needs a supervisor at least.
    """
    given = [each for each in others if _counts(each) and each.id != extra.id]
    total = extra.amount_fen + sum(each.amount_fen for each in given)
    departs = extra.override and rules.approval.override_adds_level
    people_only = extra.reason is not None and Reason(extra.reason) in rules.compensation.human_only
    return max(level_within(rules.compensation.limit, total), 2 if departs or people_only else 1)


def freight_fen(asked_fen: int, payer: FreightPayer, rules: Rules) -> int:
    """What the shop pays of the freight on a receipt: all, its percentage, or nothing; never above the cap."""
    if payer is FreightPayer.MERCHANT:
        return min(asked_fen, rules.freight.reimburse_cap)
    if payer is FreightPayer.SPLIT:
        return min(percent_of(asked_fen, rules.freight.split_ratio), rules.freight.reimburse_cap)
    return 0


def _counts(extra: Extra) -> bool:
    return extra.purpose is Purpose.COMPENSATION and extra.state is not ExtraState.DECLINED
