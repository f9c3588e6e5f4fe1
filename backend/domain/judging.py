"""What the rules say to a request: every check, the remedy, the amount, and what would be possible
instead.

Pure: the time comes in, nothing is looked up. The bot's explanation, the guard on filing, the desk's hint and
the text of a rejection all read the verdict made here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from backend.domain.checks import (
    check_amount,
    check_category,
    check_condition,
    check_evidence,
    check_fault,
    check_order,
    check_pieces,
    check_risk,
    check_window,
    check_wish,
    missing_evidence,
)
from backend.domain.evidence import EvidenceKind
from backend.domain.order import PaymentMethod
from backend.domain.refund import Quote, discount_share, payment_parts, quote, refundable, shipping_back
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.request_facts import (
    AGENT_SETS_AMOUNT,
    GOODS_GO_BACK,
    MONEY_GOES_BACK,
    AskedLine,
    Facts,
    JudgedRequest,
    gather,
    remedy_of,
)
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import Fault, FreightPayer, Item
from backend.domain.verdict import AmountLine, Check, Outcome, Result, Verdict

__all__ = ["JudgedRequest", "judge", "missing_for"]


def judge(request: JudgedRequest, book: RuleBook, now: datetime) -> Verdict:
    """The verdict on a request at a time (aware): frozen, never raises for any order, never above what was
    paid.
    """
    facts = gather(request, book, now)
    full = _quoted(facts)
    verdict = _judged(facts, full)
    if verdict.outcome is not Outcome.REFUSED:
        return verdict
    return replace(verdict, alternatives=_alternatives(facts, full, verdict))


def missing_for(request: JudgedRequest, book: RuleBook, now: datetime) -> tuple[EvidenceKind, ...]:
    """The kinds of evidence that the request still lacks, in the order they are asked for."""
    return missing_evidence(gather(request, book, now))


def _judged(facts: Facts, full: Quote) -> Verdict:
    remedy = remedy_of(facts, full.goods_fen)
    checks = tuple(_checks(facts, remedy, full))
    pays = remedy in MONEY_GOES_BACK
    return Verdict(
        outcome=_outcome(checks),
        remedy=remedy.value,
        refundable_fen=full.amount_fen if pays else 0,
        breakdown=_breakdown(full, facts.book) if pays else (),
        checks=checks,
        rule_book_version=facts.book.version,
        freight_payer=_freight_payer(facts, remedy, checks).value,
        eta_workdays=_eta(facts, remedy, full),
        most_fen=full.amount_fen,
    )


def _checks(facts: Facts, remedy: Remedy, full: Quote) -> Iterator[Check]:
    yield check_order(facts)
    yield check_pieces(facts)
    yield check_window(facts)
    yield check_category(facts)
    yield check_wish(facts)
    yield check_fault(facts)
    yield check_evidence(facts)
    yield check_condition(facts)
    yield check_risk(facts)
    yield check_amount(facts, remedy, full)


def _outcome(checks: tuple[Check, ...]) -> Outcome:
    results = {check.result for check in checks}
    if Result.FAIL in results:
        return Outcome.REFUSED
    return Outcome.NEEDS_REVIEW if Result.WARN in results else Outcome.ALLOWED


def _alternatives(facts: Facts, full: Quote, refused: Verdict) -> tuple[str, ...]:
    """Wishes that would not be refused, one for each other remedy, in the order in which the reason offers
    them.
    """
    found: dict[Remedy, str] = {}
    for wish in facts.reason.wishes:
        wished = replace(facts, request=replace(facts.request, wish=wish))
        remedy = remedy_of(wished, full.goods_fen)
        if remedy.value == refused.remedy or remedy in found:
            continue
        if not any(check.result is Result.FAIL for check in _checks(wished, remedy, full)):
            found[remedy] = (Wish.RETURN if remedy is Remedy.RETURN_REFUND else wish).value
    return tuple(found.values())


def _quoted(facts: Facts) -> Quote:
    """What the goods asked for come to in a refund, whatever the remedy."""
    request = facts.request
    shipping = shipping_back(facts.order, allowed=_shipping_included(facts), already_fen=request.shipping_refunded_fen)
    return quote(
        [_goods(facts, each) for each in facts.lines],
        payment_parts(facts.order.payments, request.reserved),
        shipping_fen=shipping,
        drain_first=facts.rules.refund.drain_first,
    )


def _goods(facts: Facts, asked: AskedLine) -> tuple[int, int]:
    """What was paid for the pieces of a line, and the discount in that price."""
    line, request = asked.line, facts.request
    already = min(max(request.claimed.get(line.line_no, 0), 0), line.quantity)
    pieces = min(asked.judged_pieces, line.quantity - already)
    worth = replace(line, paid_fen=max(line.paid_fen - request.lowered_fen.get(line.line_no, 0), 0))
    already_fen = request.claimed_fen.get(line.line_no)
    return refundable(worth, already, pieces, already_fen=already_fen), discount_share(line, already, pieces)


def _shipping_included(facts: Facts) -> bool:
    """Section 6, step 3: the purchase's shipping by who is at fault, or because nothing has left and
    nothing stays.
    """
    include = facts.rules.amount.include_shipping
    if not facts.lines:
        return False
    if not facts.order.shipped and facts.whole_order:
        return include.unshipped_whole_order
    if facts.reason.fault in (Fault.MERCHANT, Fault.CARRIER):
        return include.merchant_fault
    return facts.reason.fault is Fault.CUSTOMER and include.customer_fault


def _breakdown(full: Quote, book: RuleBook) -> tuple[AmountLine, ...]:
    """The lines of section 6, step 5, without those that are nothing; goods and total always stand."""
    told = (
        (Item.GOODS, full.goods_fen),
        (Item.DISCOUNT, -full.discount_fen),
        (Item.SHIPPING, full.shipping_fen),
        (Item.DEDUCTION, -full.deducted_fen),
        (Item.CAPPED, -full.capped_fen),
        (Item.POINTS, -full.points_fen),
        (Item.TOTAL, full.amount_fen),
    )
    lines = [
        AmountLine(book.label(item), fen, item.value) for item, fen in told if fen or item in (Item.GOODS, Item.TOTAL)
    ]
    return (*lines, *_destinations(full, book))


def _destinations(full: Quote, book: RuleBook) -> list[AmountLine]:
    return [
        AmountLine(book.label(Item.BACK_TO) + book.label(leg.method), leg.amount_fen, Item.BACK_TO.value)
        for leg in full.legs
        if leg.method is not PaymentMethod.POINTS
    ]


def _freight_payer(facts: Facts, remedy: Remedy, checks: tuple[Check, ...]) -> FreightPayer:
    """Who pays for the way back: by fault; a repair after the warranty is the customer's."""
    if remedy not in GOODS_GO_BACK:
        return FreightPayer.NONE
    freight, request = facts.rules.freight, facts.request
    first_size = request.reason is Reason.SIZE and remedy is Remedy.EXCHANGE and request.exchanges == 0
    if first_size and freight.first_size_exchange_free:
        return FreightPayer.MERCHANT
    late = any(check.id == "window" and check.result is Result.WARN for check in checks)
    return freight.payer[Fault.CUSTOMER if late and remedy is Remedy.REPAIR else facts.reason.fault]


def _eta(facts: Facts, remedy: Remedy, full: Quote) -> tuple[int, int]:
    """How long the money takes after approval; (0, 0) where none moves."""
    if remedy in AGENT_SETS_AMOUNT:
        methods = tuple(payment.method for payment in facts.order.payments)
    else:
        methods = tuple(leg.method for leg in full.legs) if remedy in MONEY_GOES_BACK else ()
    return facts.rules.eta_workdays(tuple(each for each in methods if each is not PaymentMethod.POINTS))
