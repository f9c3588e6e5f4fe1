"""Verbs about goods that leave us: shipping a replacement, being out of stock, repairs, delivery, sending back."""

from backend.domain.case import Role, State
from backend.domain.request import Remedy
from backend.domain.waybill import CARRIERS, OTHER
from backend.domain.work import Direction
from backend.services.acts import Act, Plan, reason_of, refuse_above_cap, require
from backend.services.price_gaps import refuse_unsettled, settle_on_sending
from backend.services.returns import record_parcel
from backend.services.stock import offer_instead


def ship(act: Act) -> Plan:
    """T33: the new item was checked and is on its way; what it costs more was paid, what it costs less goes back."""
    refuse_unsettled(act)
    require(act.given.confirmed, act, "item_unchecked", "check the new item first, and say so")
    parcel = record_parcel(act, Direction.REPLACEMENT)
    return Plan({**parcel, "checked": True, **settle_on_sending(act)})


def out_of_stock(act: Act) -> Plan:
    """T34: there is nothing to send; the customer is offered their money back, and may wait or take another one."""
    return Plan(offer_instead(act.case, act.rules, act.given.reason))


def deliver(act: Act) -> Plan:
    """T35, T37: it arrived, says the carrier or whoever got it.

    What was sent back has a waybill, at the latest now; unless the customer says that they have it.
    """
    by_customer = act.actor.role is Role.CUSTOMER
    if act.case.state is not State.SENDING_BACK:
        return Plan({"by_customer": by_customer})
    parcels = act.work.shipments.of_case(act.case.id)
    sent = [parcel for parcel in parcels if parcel.direction is Direction.SEND_BACK]
    if by_customer and not sent:
        return Plan()
    if act.given.waybill or not sent:
        return Plan(record_parcel(act, Direction.SEND_BACK))
    name = next(each.name for each in (*CARRIERS, OTHER) if each.code == sent[-1].carrier)
    return Plan({"carrier": sent[-1].carrier, "carrier_name": name, "waybill_no": sent[-1].waybill_no})


def repaired(act: Act) -> Plan:
    """T36: it works again and is on its way; a repair that costs something was paid."""
    refuse_unsettled(act)
    return Plan(record_parcel(act, Direction.REPLACEMENT))


def unrepairable(act: Act) -> Plan:
    """T36: it cannot be repaired for nothing: a quote, or money back, which the customer decides on.

    The money is for these goods: what they are worth is what the repair was approved for.
    """
    reason, amount = reason_of(act), act.given.amount_fen
    remedy = act.given.remedy or Remedy.REPAIR
    offered = remedy in (Remedy.REPAIR, Remedy.RETURN_REFUND)
    require(offered, act, "offer_unfit", "offer a paid repair (REPAIR) or the money back (RETURN_REFUND)")
    require(
        amount is not None and amount > 0, act, "quote_missing", "give the quote, or the amount that would be paid back"
    )
    if remedy is Remedy.RETURN_REFUND:
        refuse_above_cap(act, amount or 0, act.case.verdict.most_fen if act.case.verdict else 0)
    return Plan({"offer_remedy": remedy.value, "offer_fen": amount, "reason": reason})
