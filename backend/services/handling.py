"""Verbs that keep the state (T43): who looks after a case, how urgent it is, notes, holds, opening the review."""

from backend.domain.case import State
from backend.domain.work import Direction
from backend.services.acts import Act, Plan, reason_of, require
from backend.services.returns import record_parcel


def assign(act: Act) -> Plan:
    """Somebody else looks after it."""
    member = act.work.staff.get(act.given.staff or "")
    require(member is not None and member.active, act, "staff_missing", "name a member of staff")
    assert member is not None
    return Plan({"staff": member.name}, {"owner": member.name})


def take_over(act: Act) -> Plan:
    """Whoever acts looks after it from now on."""
    return Plan({"staff": act.actor.name}, {"owner": act.actor.name})


def prioritise(act: Act) -> Plan:
    """0 is usual, higher comes first."""
    priority = act.given.priority
    require(priority is not None and 0 <= priority <= 9, act, "priority_outside", "give a priority from 0 to 9")
    return Plan({"priority": priority}, {"priority": priority})


def note(act: Act) -> Plan:
    """Something worth remembering; of goods that are sent back, the waybill."""
    if act.given.waybill:
        require(
            act.case.state is State.SENDING_BACK,
            act,
            "nothing_sent_back",
            "a waybill is noted while goods are sent back",
        )
        return Plan({"reason": act.given.reason, **record_parcel(act, Direction.SEND_BACK)})
    return Plan({"reason": reason_of(act)})


def hold(act: Act) -> Plan:
    """Nothing is paid until it is released."""
    return Plan({"reason": reason_of(act)}, {"risk_hold": True})


def release(act: Act) -> Plan:
    """The hold is over."""
    return Plan({"reason": reason_of(act)}, {"risk_hold": False})


def open_review(act: Act) -> Plan:
    """Somebody has begun to look at it: from now on it cannot be edited."""
    return Plan({}, {"owner": act.case.owner or act.actor.name})
