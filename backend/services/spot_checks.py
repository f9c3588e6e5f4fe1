"""Spot checks: a share of the paid refunds, and all that departed from the rules, are looked at by somebody else again
(`refund.audit_sample_pct`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backend.domain.case import Actor, Case, CaseEvent, Role
from backend.domain.lifecycle import Event
from backend.domain.payout import last_approver
from backend.domain.refund_leg import LegState, RefundLeg, is_points
from backend.domain.rules import Rules
from backend.domain.spot_check import Found, SpotCheck, Why, drawn
from backend.errors import Conflict, GuardRefused, RefundNotFound
from backend.ports import UnitOfWork, World
from backend.services import notices

CHECKERS = (Role.SUPERVISOR, Role.MANAGER, Role.FINANCE)
"""Who looks at paid refunds."""

_DEPARTING = frozenset({Event.APPROVE.value, Event.PROPOSE.value, Event.RECOMMEND.value})


def draw(work: UnitOfWork, case: Case, legs: Iterable[RefundLeg], rules: Rules, now: datetime) -> None:
    """Draw what is to be looked at of a case that was just paid, each refund once."""
    departs = _departs(work.cases.events(case.id))
    for leg in legs:
        if is_points(leg) or leg.state is not LegState.SUCCESS:
            continue
        if departs or drawn(leg.refund_no, rules.refund.audit_sample_pct):
            why = Why.OVERRIDE if departs else Why.SAMPLE
            if work.spot_checks.add(SpotCheck(leg.refund_no, case.id, why, now)):
                notices.alert(work, case, "task", Role.SUPERVISOR, now, about=f"spot_check:{leg.refund_no}")


def list_spot_checks(world: World, *, only_open: bool = True, limit: int = 100) -> list[SpotCheck]:
    """Spot checks, newest first."""
    with world.read() as work:
        return work.spot_checks.find(only_open=only_open, limit=limit)


def record_spot_check(world: World, refund_no: str, actor: Actor, found: Found, note: str = "") -> SpotCheck:
    """Record what somebody found who neither approved nor paid it; what is wrong goes to a manager.

    Raises RefundNotFound for one that was not drawn, GuardRefused, and Conflict when somebody was first.
    """
    now = world.clock.now()
    with world.write() as work:
        check, leg = work.spot_checks.by_number(refund_no), work.refunds.by_number(refund_no)
        if check is None or leg is None:
            raise RefundNotFound(f"{refund_no} was not drawn for a spot check")
        case = work.cases.get(leg.case_id)
        assert case is not None
        _refuse_checker(work, case, actor)
        _require(found is Found.RIGHT or note.strip(), "note_missing", "say what is wrong in a note")
        if not work.spot_checks.settle(refund_no, actor.name, now, found, note.strip()):
            raise Conflict(f"{refund_no} was looked at by {check.checked_by or 'somebody'} already", subject=refund_no)
        if found is Found.WRONG:
            notices.alert(work, case, "escalation", Role.MANAGER, now, about=f"spot_check:{refund_no}:wrong")
        work.commit()
    with world.read() as work:
        settled = work.spot_checks.by_number(refund_no)
    assert settled is not None
    return settled


def _departs(events: Iterable[CaseEvent]) -> bool:
    """Whether people paid something else than the rules came to."""
    return any(
        entry.event == Event.EXECUTE_RULING.value or (entry.event in _DEPARTING and bool(entry.detail.get("override")))
        for entry in events
    )


def _refuse_checker(work: UnitOfWork, case: Case, actor: Actor) -> None:
    _require(actor.role in CHECKERS, "checkers_only", "this is for {roles}", roles=CHECKERS)
    events = work.cases.events(case.id)
    payers = {
        entry.actor for entry in events if entry.event in (Event.PAY.value, Event.RETRY.value, Event.REROUTE.value)
    }
    _require(
        actor.name not in payers, "paid_it_themselves", "{name} has paid it: somebody else looks at it", name=actor.name
    )
    _require(
        last_approver(events) != actor.name,
        "approved_it_themselves",
        "{name} has approved it: somebody else looks at it",
        name=actor.name,
    )


def _require(fulfilled: object, code: str, what_to_do: str, **params: Any) -> None:
    if not fulfilled:
        raise GuardRefused("spot_check", code, what_to_do, **params)
