"""Verbs about offers: proposing something else than was asked for, and the customer's yes or no."""

from dataclasses import replace

from backend.domain.approval import leads_to
from backend.domain.case import Case, CaseEvent, State
from backend.domain.lifecycle import Event
from backend.domain.price_gap import Swap
from backend.domain.request import Remedy
from backend.domain.request_facts import PAYS_MONEY
from backend.domain.rules import Rules
from backend.services.acts import (
    Act,
    Plan,
    consent_of,
    goods_are_here,
    most_for,
    reason_of,
    refuse_above_cap,
    refuse_same_reviewer,
    require,
)
from backend.services.price_gaps import agreed, gap_of_offer, swap_given, worth_of
from backend.services.review import approval_of, decision_on, refuse_unentitled


def propose(act: Act) -> Plan:
    """T9: an offer that differs from the request, within the proposer's own limit."""
    refuse_same_reviewer(act)
    remedy = act.given.remedy or Remedy(act.case.remedy)
    pays = remedy in PAYS_MONEY
    amount = act.given.amount_fen if pays else None
    require(amount is not None or not pays, act, "offer_missing", "give the amount that is offered")
    swap = swap_given(act, remedy)
    differs = remedy.value != act.case.remedy or swap is not None or (pays and amount != act.case.refundable_fen)
    require(differs, act, "offer_as_asked", "this is what was asked for: approve it")
    if amount is not None:
        refuse_above_cap(act, amount, most_for(act, remedy))
    override = amount is not None and amount > (act.case.refundable_fen or 0)
    decision = decision_on(act, remedy, amount, override)
    refuse_unentitled(act, replace(decision, amount_fen=worth_of(act, swap, decision.amount_fen)))
    told = {"offer_remedy": remedy.value, "offer_fen": amount, "reason": reason_of(act), "override": override}
    return Plan({**told, **(swap.offer if swap else {})})


def accepted_target(case: Case, offer: CaseEvent, rules: Rules) -> State:
    """Where a yes to an offer leads."""
    remedy = Remedy(offer.detail["offer_remedy"])
    if offer.event == Event.UNREPAIRABLE.value and remedy is Remedy.REPAIR:
        return State.REPAIRING
    return leads_to(remedy, rules, goods_are_here=goods_are_here(case))


def accept(act: Act) -> Plan:
    """T10: the customer's yes to exactly what was offered; who offered it counts as its approver."""
    offer = act.work.cases.last_move(act.case.id)
    assert offer is not None and "offer_remedy" in offer.detail  # every way into PROPOSED carries an offer
    remedy, amount = Remedy(offer.detail["offer_remedy"]), offer.detail.get("offer_fen")
    pays = remedy in PAYS_MONEY
    if pays:
        refuse_above_cap(act, int(amount or 0))
    told = {"remedy_code": remedy.value, "offer_version": offer.version, "approver": offer.actor}
    swap, gap = Swap.offered(offer.detail), gap_of_offer(offer.detail)
    if swap is not None and swap.gap_fen < 0:
        refuse_above_cap(act, -swap.gap_fen)
    money = {"amount_fen": amount} if pays else {"gap_fen": gap} if gap else {}
    changes = {"remedy": remedy.value, **approval_of(act.case, amount if pays else None)}
    return Plan({**told, **money, **consent_of(act)}, agreed(act, changes, swap, gap))


def accept_for(act: Act) -> Plan:
    """T13, T14: staff finish a proposal on a yes that the customer gave elsewhere; silence is none."""
    require(act.given.consent.strip(), act, "consent_missing", "give the words of the customer's consent")
    return accept(act)


def decline(act: Act) -> Plan:
    """T11: the customer's no."""
    return Plan({"reason": act.given.reason})
