"""Verbs of the way back: the waybill, the parcel's arrival, and refusing what is not ours."""

from dataclasses import replace

from backend.domain.case import Role
from backend.domain.waybill import Waybill, WaybillRefused, read_waybill
from backend.domain.work import Direction, Shipment
from backend.errors import GuardRefused
from backend.services.acts import Act, Plan, photos_of, reason_of, require

_WHAT_TO_DO = {
    "malformed": ("waybill_malformed", "this is no waybill number: read it off the receipt again"),
    "wrong_carrier": ("waybill_of_other_carrier", "this carrier's numbers look different: check carrier and number"),
    "unknown_carrier": ("carrier_unknown", "name the carrier, or leave it out"),
}


def add_waybill(act: Act) -> Plan:
    """T18: the number of a parcel that is on its way to us, or was picked up; no other case has it.

    An agent may waive the number where the rules do not insist.
    """
    if not act.given.waybill:
        waived = act.actor.role is not Role.CUSTOMER and not act.rules.return_.tracking_required
        require(waived, act, "waybill_missing", "give the waybill number")
        return Plan({"carrier_name": "-", "waybill_no": "-", "reason": reason_of(act)})
    return Plan(record_parcel(act, Direction.RETURN))


def record_parcel(act: Act, direction: Direction) -> dict[str, str]:
    """Note a parcel of the case: `carrier, carrier_name, waybill_no`. Raises GuardRefused, Conflict (`waybill`)."""
    require(act.given.waybill, act, "waybill_missing", "give the waybill number")
    waybill = _read(act)
    parcel = Shipment(act.case.id, direction, waybill.carrier.code, waybill.number, act.actor.name, act.now)
    act.work.shipments.add(parcel)
    return {"carrier": waybill.carrier.code, "carrier_name": waybill.carrier.name, "waybill_no": waybill.number}


def receive(act: Act) -> Plan:
    """T20: the pieces of every line are counted; a parcel may come without a number."""
    counted, lines = act.given.counted, act.case.lines
    require(
        counted.keys() == {line.line_no for line in lines},
        act,
        "pieces_uncounted",
        "count the pieces of every line, as LINE=PIECES",
    )
    possible = all(0 <= counted[line.line_no] <= (line.quantity or 0) for line in lines)
    require(
        possible and any(counted.values()),
        act,
        "pieces_impossible",
        "count at least one piece, and not more than are to come back",
    )
    received = tuple(replace(line, received_quantity=counted[line.line_no]) for line in lines)
    return Plan({"counted": {str(line_no): pieces for line_no, pieces in counted.items()}}, {"lines": received})


def refuse_receipt(act: Act) -> Plan:
    """T23: wrong goods, or not as they left us: with a photo, and with a supervisor's agreement."""
    reason, photos = reason_of(act), photos_of(act)
    require(photos, act, "photo_missing", "take a photo")
    agreed = act.actor.name if act.actor.role is Role.SUPERVISOR else _agreeing(act)
    return Plan({"reason": reason, "photos": photos, "agreed_by": agreed})


def _agreeing(act: Act) -> str:
    other = act.work.staff.get(act.given.staff or "")
    entitled = other is not None and other.active and other.role in (Role.SUPERVISOR, Role.MANAGER)
    require(entitled, act, "supervisor_missing", "name the supervisor who agrees")
    assert other is not None
    return other.name


def _read(act: Act) -> Waybill:
    try:
        return read_waybill(act.given.waybill or "", act.given.carrier)
    except WaybillRefused as refused:
        raise GuardRefused(act.step.guard or act.event.value, *_WHAT_TO_DO[refused.reason]) from refused
