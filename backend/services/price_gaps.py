"""The gap of an exchange in the verbs on cases: offered with another article, agreed with a yes, settled on sending."""

from collections.abc import Callable, Mapping
from typing import Any

from backend.domain.collection import CollectionState
from backend.domain.lifecycle import Event
from backend.domain.price_gap import Swap, given_back_fen, owed_fen, swap_for, swapped
from backend.domain.refund_leg import promised_fen
from backend.domain.request import Remedy
from backend.errors import PayoutRefused
from backend.services.acts import Act, newest, order_of, refuse_above_cap, require
from backend.services.earlier import traded_fen
from backend.services.refunds import pay_beside, refuse_blocked

LONGEST_SKU = 80


def swap_given(act: Act, remedy: Remedy) -> Swap | None:
    """The other article that is offered, if one was named, with its gap. Raises GuardRefused."""
    sku, price_fen = (act.given.sku or "").strip(), act.given.price_fen
    if not sku and price_fen is None:
        return None
    require(remedy is Remedy.EXCHANGE, act, "swap_unfit", "another article is sent only in an exchange")
    complete = 0 < len(sku) <= LONGEST_SKU and price_fen is not None and price_fen > 0
    require(complete, act, "swap_incomplete", "give the article and the price of one piece of it")
    require(len(act.case.lines) == 1, act, "swap_lines", "one article is exchanged for another: open a case for each")
    assert price_fen is not None
    order, line = order_of(act), act.case.lines[0]
    traded = traded_fen(act.work, act.case, order)
    swap = swap_for(line, order, sku, price_fen, sent_before=_sent_before(act), traded_fen=traded)
    same_only = act.rules.exchange.same_product_only
    require(not (same_only and swap.gap_fen), act, "same_product", "the rules exchange only for the same price")
    if swap.gap_fen < 0:
        refuse_above_cap(act, -swap.gap_fen)
    return swap


def worth_of(act: Act, swap: Swap | None, worth_fen: int) -> int:
    """What a decision about a swap is about: the dearer of what comes back and what is sent."""
    pieces = sum(line.quantity or 0 for line in act.case.lines)
    return worth_fen if swap is None else max(worth_fen, swap.price_fen * pieces)


def agreed(act: Act, changes: dict[str, Any], swap: Swap | None, quote_fen: int | None = None) -> dict[str, Any]:
    """The changes of a yes, with what is sent and the gap frozen; `quote_fen` is that of a paid repair."""
    gap = swap.gap_fen if swap else quote_fen
    frozen = {**changes, "gap_fen": gap or None, "lines": swapped(changes["lines"], swap)}
    return {**frozen, **_to_give_back(act, changes, gap or 0)}


def kept(act: Act, remedy: Remedy, changes: dict[str, Any], swap: Swap | None) -> dict[str, Any]:
    """The changes of an approval: what the customer agreed to before holds on, its gap until it was sent.

    Whoever has got another article is sent that one again. Yet another one is approved at once only without a gap: the
    customer has agreed to none. Raises GuardRefused.
    """
    require(swap is None or not swap.gap_fen, act, "gap_unagreed", "the customer agrees to the gap first: propose it")
    if swap is not None or remedy is not Remedy.EXCHANGE:
        return agreed(act, changes, swap)
    gap = open_gap(act)
    return {**changes, "gap_fen": gap, **_to_give_back(act, changes, gap or 0)}


def open_gap(act: Act) -> int | None:
    """The gap that the customer has agreed to; None once what was agreed has left, for then it is settled."""
    last = newest(act, Event.ACCEPT, Event.APPROVE, Event.SHIP, Event.REPAIRED)
    was_sent = last is not None and last.event in (Event.SHIP.value, Event.REPAIRED.value)
    return None if was_sent else act.case.gap_fen


def refuse_unsettled(act: Act) -> None:
    """Nothing leaves before the customer has paid what they owe, or while what they get back is disputed or held.

    Raises GuardRefused.
    """
    owed, live = owed_fen(act.case), act.work.collections.live_of(act.case.id)
    is_paid = live is not None and live.state is CollectionState.PAID and live.amount_fen == owed
    number = live.collection_no if live else ""
    require(is_paid or not owed, act, "gap_unpaid", "the customer has not paid {number} yet", number=number)
    if given_back_fen(act.case):
        _or_blocked(act, refuse_blocked, act.case)


def settle_on_sending(act: Act) -> dict[str, Any]:
    """What the customer gets back for a cheaper article: legs of the usual kind, planned as it leaves, once.

    Raises GuardRefused where it is no longer there.
    """
    due = given_back_fen(act.case)
    if not due:
        return {}
    _or_blocked(act, pay_beside, act.world, act.work, act.case, act.actor, act.now)
    return {"gap_back_fen": due}


def _or_blocked(act: Act, pay: Callable[..., None], *given: Any) -> None:
    try:
        pay(*given)
    except PayoutRefused:
        require(False, act, "gap_blocked", "the gap cannot be paid back now: disputed, on hold, or nothing left of it")


def gap_of_offer(detail: Mapping[str, Any]) -> int | None:
    """What an offer costs the customer (or, below zero, gives back): a swap's gap or a repair's quote."""
    swap = Swap.offered(detail)
    if swap is not None:
        return swap.gap_fen
    repair = detail.get("offer_remedy") == Remedy.REPAIR.value
    return detail.get("offer_fen") if repair else None


def _sent_before(act: Act) -> bool:
    return newest(act, Event.SHIP, Event.REPAIRED) is not None


def _to_give_back(act: Act, changes: Mapping[str, Any], gap_fen: int) -> dict[str, Any]:
    """A gap that goes back is an amount to be paid, beside what was promised before; a refund's is its whole amount."""
    promised = promised_fen(act.work.refunds.of_case(act.case.id)) + max(-gap_fen, 0)
    return {"approved_fen": promised} if changes["approved_fen"] is None and promised else {}
