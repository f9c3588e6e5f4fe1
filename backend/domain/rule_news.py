"""What another version of the rules changes for a case that is under way: the time limits of the steps ahead of it.

The case keeps the version that it was filed under (rule book, introduction); its customer is told all the same (N9).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from backend.domain.case import Case, State
from backend.domain.clocks import limit_of
from backend.domain.progress import WAITING
from backend.domain.request import Remedy
from backend.domain.rule_types import Clock, Unit
from backend.domain.rules import Rules

_S = State
_BACK = (_S.SUBMITTED, _S.AWAITING_RETURN, _S.RETURN_IN_TRANSIT, _S.RECEIVED)
_MONEY = (_S.REFUND_PENDING, _S.REFUNDING, _S.AWAITING_CONFIRM)
_GOODS = (_S.REPLACEMENT_PENDING, _S.REPLACEMENT_SHIPPED, _S.AWAITING_CONFIRM)

ROUTES: dict[Remedy, tuple[State, ...]] = {
    Remedy.RETURN_REFUND: (*_BACK, *_MONEY),
    Remedy.EXCHANGE: (*_BACK, *_GOODS),
    Remedy.REPAIR: (*_BACK, _S.REPAIRING, _S.REPLACEMENT_SHIPPED, _S.AWAITING_CONFIRM),
    Remedy.RESHIP: (_S.SUBMITTED, *_GOODS),
    Remedy.REFUND_ONLY: (_S.SUBMITTED, *_MONEY),
    Remedy.PRICE_DIFFERENCE: (_S.SUBMITTED, *_MONEY),
    Remedy.SERVICE_REFUND: (_S.SUBMITTED, *_MONEY),
}
"""The usual way of a case, by remedy."""

_BESIDE = {
    _S.NEED_INFO: _S.SUBMITTED,
    _S.PROPOSED: _S.SUBMITTED,
    _S.PENDING_APPROVAL: _S.SUBMITTED,
    _S.REJECTED: _S.SUBMITTED,
    _S.INSPECTION_ISSUE: _S.RECEIVED,
    _S.REFUND_FAILED: _S.REFUND_PENDING,
}
"""Where a case stands on its way when it has left it for a while."""

TOLD = (
    "return.ship_by_days",
    "sla.inspect",
    "sla.repair_workdays",
    "sla.finance",
    "refund.max_workdays",
    "sla.replacement_ship_hours",
    "confirm.auto_days",
)
"""The limits that a customer lives by; others are the shop's own."""

_HOURS = {Unit.HOUR: 1, Unit.DAY: 24, Unit.WORKDAY: 24}


@dataclass(frozen=True)
class ChangedLimit:
    """A time limit that another version sets differently; `better` for the customer, or not."""

    name: str
    was: Clock
    now: Clock
    better: bool


def changed_limits(case: Case, own: Rules, other: Rules) -> list[ChangedLimit]:
    """What the other rules set differently than the case's own, in the steps that are still ahead of it."""
    return [
        ChangedLimit(name, was, now, better=_better(state, was, now))
        for state, name in _limits_ahead(case)
        if (was := limit_of(name, case, own)) != (now := limit_of(name, case, other))
    ]


def _limits_ahead(case: Case) -> Iterator[tuple[State, str]]:
    for state in _ahead(case):
        name = (WAITING[state].clock or "").removesuffix(".default")
        if name in TOLD:
            yield state, name


def _ahead(case: Case) -> tuple[State, ...]:
    route = ROUTES[Remedy(case.remedy)] if case.remedy else ()
    here = _BESIDE.get(case.state, case.state)
    return route[route.index(here) + 1 :] if here in route else ()


def _better(state: State, was: Clock, now: Clock) -> bool:
    """More time is better for the customer where they have to act, and less where the shop has."""
    longer = now.amount * _HOURS[now.unit] > was.amount * _HOURS[was.unit]
    return longer if WAITING[state].paused else not longer
