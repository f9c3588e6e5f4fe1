"""Verbs that end a case or open it again: expiry, withdrawal, confirmation, reopening; and finance's way back."""

from backend.domain.case import CloseReason, Role, State
from backend.domain.clocks import Mark
from backend.domain.workdays import day_deadline
from backend.services.acts import Act, Plan, goods_are_here, reason_of, require


def expire(act: Act) -> Plan:
    """T3, T6, T11, T17, T19: the time of this state is over, and every reminder was sent."""
    waiting = [timer for timer in act.work.timers.open_of(act.case.id) if timer.mark in (Mark.NUDGE, Mark.EXPIRE)]
    early = [timer.due_at for timer in waiting if timer.due_at > act.now]
    require(not early, act, "too_early", "not before {at}", at=max(early, default=None))
    return Plan({"clock": waiting[-1].clock} if waiting else {})


def withdraw(act: Act) -> Plan:
    """T40: the customer's wish, confirmed once; a parcel on its way is an agent's decision.

    Goods that have come, as for a repair that was quoted, are not left behind: the customer asks them back.
    """
    if act.actor.role is Role.CUSTOMER:
        require(act.given.confirmed, act, "confirmation_missing", "have the customer confirm it once")
        here = act.case.state is State.PROPOSED and goods_are_here(act.case)
        require(not here, act, "goods_here", "the goods are here: have them sent back instead")
        return Plan({"reason": act.given.reason})
    return Plan({"reason": reason_of(act)})


def confirm(act: Act) -> Plan:
    """T38: the customer says that all is well, or has not said otherwise in time. Who has rated is not asked to."""
    if act.actor.role is Role.TIMER:
        expire_quietly(act)
    rating = act.work.ratings.of_case(act.case.id)
    return Plan({"rated": rating.score} if rating else {})


def expire_quietly(act: Act) -> Plan:
    """T35, T38 by the clock: its time is over."""
    ends = (Mark.AUTO_CONFIRM, Mark.DELIVERED, Mark.ESCALATE)
    early = [
        timer.due_at for timer in act.work.timers.open_of(act.case.id) if timer.mark in ends and timer.due_at > act.now
    ]
    require(not early, act, "too_early", "not before {at}", at=max(early, default=None))
    return Plan()


def reopen(act: Act) -> Plan:
    """T42: by the customer within the rules' days, by an agent later with a reason. What was paid stays counted."""
    until = day_deadline(act.case.state_since, act.rules.reopen.days)
    late = act.now > until
    if act.actor.role is Role.CUSTOMER:
        require(not late, act, "reopening_over", "a case can be opened again until {at}: ask an agent", at=until)
    elif late:
        reason_of(act)
    closed = act.case.close_reason or CloseReason.RESOLVED
    changes = {"sla_breached": False, "held_seconds": 0}
    return Plan({"reason": act.given.reason, "closed_as": closed.value}, changes)


def return_to_approver(act: Act) -> Plan:
    """T29: what is to be paid does not fit what was approved."""
    return Plan({"reason": reason_of(act)})
