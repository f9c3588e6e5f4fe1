"""The checks of a request, one function each: how it went, and the rule book's own sentence for it.

A request with several lines gets the worst line's answer. What staff may override is marked; what would harm
the books (a cancelled order, a piece given back twice, money that is not there) is not.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from backend.domain.evidence import EvidenceKind, EvidenceRequirement
from backend.domain.money import yuan
from backend.domain.order import OrderStatus
from backend.domain.refund import Quote
from backend.domain.request import Remedy, Wish
from backend.domain.request_facts import AGENT_SETS_AMOUNT, MONEY_GOES_BACK, AskedLine, Facts
from backend.domain.rule_book import CATEGORY_SEPARATOR, RuleBook
from backend.domain.rule_types import (
    Anchor,
    BusinessReturns,
    ExpiredOffer,
    ExpiredWarranty,
    Fault,
    OpenedPolicy,
    WindowKind,
)
from backend.domain.verdict import Check, Result
from backend.domain.workdays import day_deadline, local_day

BUSINESS_TIER = "b2b"

_NEEDS_GOODS = frozenset({Wish.EXCHANGE, Wish.REPAIR})
_MONEY_WISHES = frozenset({Wish.REFUND, Wish.RETURN})
_WITHOUT_GOODS = frozenset({EvidenceKind.SCREENSHOT, EvidenceKind.DOCUMENT})
_FINAL = frozenset(
    {
        "order.cancelled",
        "order.unpaid",
        "pieces.unknown_line",
        "pieces.none_named",
        "pieces.all_taken",
        "pieces.too_many",
        "amount.nothing_left",
    }
)
_SEVERITY = {Result.PASS: 0, Result.WARN: 1, Result.FAIL: 2}
PASS, WARN, FAIL = Result.PASS, Result.WARN, Result.FAIL


def check_order(facts: Facts) -> Check:
    """Whether the order is paid, alive and far enough for the wish."""
    order, wish = facts.order, facts.request.wish
    if order.status is OrderStatus.CANCELLED:
        return _check(facts, FAIL, "order.cancelled")
    if not any(payment.paid_fen for payment in order.payments):
        return _check(facts, FAIL, "order.unpaid")
    if not order.received and (wish in _NEEDS_GOODS or (wish is Wish.RESEND and not order.shipped)):
        return _check(facts, FAIL, "order.nothing_to_exchange", wish=facts.book.label(wish))
    if order.shipped and not order.received and wish is not Wish.PRICE_DIFFERENCE:
        return _check(facts, WARN, "order.in_transit")
    if order.received and facts.request.not_received:
        return _check(facts, WARN, "order.signed_but_missing")
    return _check(facts, PASS, "order.pass")


def check_pieces(facts: Facts) -> Check:
    """Whether that many pieces are under no other case."""
    if facts.unknown_lines:
        return _check(facts, FAIL, "pieces.unknown_line")
    if not facts.lines or any(each.pieces < 1 for each in facts.lines):
        return _check(facts, FAIL, "pieces.none_named")
    for each in facts.lines:
        if each.left < 1:
            return _check(facts, FAIL, "pieces.all_taken", title=each.line.title)
        if each.pieces > each.left:
            told = {"title": each.line.title, "left": each.left, "pieces": each.pieces}
            return _check(facts, FAIL, "pieces.too_many", **told)
    return _check(facts, PASS, "pieces.pass", pieces=sum(each.pieces for each in facts.lines))


def check_window(facts: Facts) -> Check:
    """Whether it is early enough, line by line."""
    if not facts.order.shipped:
        return _check(facts, PASS, "window.unshipped")
    if not facts.order.received:
        return _check(facts, PASS, "window.not_signed")
    return _worst([_line_window(facts, each) for each in facts.lines]) or _check(facts, PASS, "window.unlimited")


def check_category(facts: Facts) -> Check:
    """Whether goods of this kind, and buyers of this kind, may give back what is not faulty."""
    if facts.reason.fault is not Fault.CUSTOMER or not facts.order.shipped:
        return _check(facts, PASS, "category.pass")
    refuses = facts.rules.eligibility.b2b_non_quality is BusinessReturns.REFUSE
    if facts.request.scope.tier == BUSINESS_TIER and refuses:
        return _check(facts, FAIL, "category.business")
    for each in facts.lines:
        parts = each.line.category.split(CATEGORY_SEPARATOR)
        excluded = [name for name in each.rules.eligibility.non_returnable_categories if name in parts]
        if excluded:
            told = {"title": each.line.title, "category": excluded[0]}
            return _check(facts, FAIL, "category.excluded", **told)
    return _check(facts, PASS, "category.pass")


def check_wish(facts: Facts) -> Check:
    """Whether the reason gives what is wished for, and an exchange is not one too many."""
    wish, book = facts.request.wish, facts.book
    told = {"wish": book.label(wish), "reason": book.label(facts.request.reason)}
    for rule in (facts.reason, *(each.reason for each in facts.lines)):
        if wish not in rule.wishes:
            offered = book.joined(book.label(each) for each in rule.wishes)
            return _check(facts, FAIL, "wish.not_offered", offered=offered, **told)
    times = facts.rules.exchange.max_times
    if wish is Wish.EXCHANGE and facts.request.exchanges >= times:
        return _check(facts, FAIL, "wish.exchanged_enough", times=times)
    return _check(facts, PASS, "wish.pass", **told)


def check_fault(facts: Facts) -> Check:
    """Whether it is clear whose fault it is; what has not left yet needs no ruling."""
    reason = facts.book.label(facts.request.reason)
    rules = (facts.reason, *(each.reason for each in facts.lines))
    if any(rule.human for rule in rules):
        return _check(facts, WARN, "fault.human", reason=reason)
    if facts.order.shipped and any(rule.fault is Fault.JUDGED for rule in rules):
        return _check(facts, WARN, "fault.judged", reason=reason)
    return _check(facts, PASS, "fault.pass", reason=reason)


def check_evidence(facts: Facts) -> Check:
    """Whether everything that the reason asks for was sent."""
    wanted = [each.reason.evidence for each in facts.lines] or [facts.reason.evidence]
    missing = _missing(facts, wanted)
    if missing:
        told = facts.book.joined(facts.book.label(kind) for kind in missing)
        if not facts.request.evidence_checked:
            return _check(facts, PASS, "evidence.later", missing=told)
        return _check(facts, FAIL, "evidence.missing", missing=told)
    asked_for = any(_reachable(facts, each) for each in wanted)
    return _check(facts, PASS, "evidence.pass" if asked_for else "evidence.not_needed")


def check_condition(facts: Facts) -> Check:
    """Whether goods that come back for no fault of ours can be sold again."""
    wish, intact = facts.request.wish, facts.request.intact
    comes_back = facts.in_hand and wish in (*_MONEY_WISHES, Wish.EXCHANGE)
    policy = facts.rules.condition.opened_policy
    if facts.reason.fault is not Fault.CUSTOMER or not comes_back or policy is OpenedPolicy.AS_UNOPENED:
        return _check(facts, PASS, "condition.not_needed")
    if intact:
        return _check(facts, PASS, "condition.pass")
    checklist = facts.book.joined(facts.rules.condition.checklist.values())
    if intact is None:
        return _check(facts, PASS, "condition.unknown", checklist=checklist)
    if wish is Wish.EXCHANGE:
        return _check(facts, WARN, "condition.exchange_damaged")
    return _check(facts, FAIL, "condition.damaged", checklist=checklist)


def check_risk(facts: Facts) -> Check:
    """Whether something is suspicious: then a person looks, and nothing is rejected for it."""
    return _check(facts, WARN, "risk.review") if facts.request.risk_notes else _check(facts, PASS, "risk.pass")


def check_amount(facts: Facts, remedy: Remedy, quote: Quote) -> Check:
    """Whether there is money to pay back, as far as the remedy pays any."""
    if remedy in AGENT_SETS_AMOUNT:
        return _check(facts, WARN, "amount.by_agent", most=yuan(quote.amount_fen))
    if remedy not in MONEY_GOES_BACK:
        return _check(facts, PASS, "amount.no_money")
    if quote.value_fen == 0:
        return _check(facts, FAIL, "amount.nothing_left")
    if quote.amount_fen == 0:
        return _check(facts, PASS, "amount.points", value=yuan(quote.points_fen))
    if quote.capped_fen:
        return _check(facts, WARN, "amount.capped", amount=yuan(quote.amount_fen))
    return _check(facts, PASS, "amount.pass", amount=yuan(quote.amount_fen))


def missing_evidence(facts: Facts) -> tuple[EvidenceKind, ...]:
    """The kinds still to be sent, in the order they are asked for."""
    return _missing(facts, [each.reason.evidence for each in facts.lines] or [facts.reason.evidence])


def window_end(anchor: datetime, kind: WindowKind, asked: AskedLine) -> datetime:
    """The last moment of a window that began with `anchor`."""
    window = asked.rules.window
    if kind is WindowKind.MISSING_PARTS_HOURS:
        return anchor + timedelta(hours=window.missing_parts_hours)
    return day_deadline(anchor, int(getattr(window, kind.value)))


def _line_window(facts: Facts, asked: AskedLine) -> Check:
    wish, kind = facts.request.wish, asked.reason.window
    if kind is WindowKind.NONE:
        return _check(facts, PASS, "window.unlimited")
    if wish is Wish.REPAIR:
        kind = WindowKind.WARRANTY_DAYS
    end = window_end(_anchor(facts, asked), kind, asked)
    told = {"limit": _limit(facts.book, kind, asked), "last_day": _day(facts.book, end)}
    if facts.now <= end:
        return _check(facts, PASS, "window.pass", **told)
    if wish is Wish.REPAIR and asked.rules.warranty.expired_policy is ExpiredWarranty.PAID_REPAIR:
        return _check(facts, WARN, "window.paid_repair", **told)
    late = ExpiredOffer.EXCHANGE in asked.rules.window.expired_action and kind is not WindowKind.WARRANTY_DAYS
    if wish is Wish.EXCHANGE and late:
        return _check(facts, WARN, "window.offered_late", wish=facts.book.label(wish), **told)
    return _check(facts, FAIL, "window.expired", **told)


def _anchor(facts: Facts, asked: AskedLine) -> datetime:
    """The moment a window begins; what was not signed yet counts from its leaving, or from being bought."""
    order, window = facts.order, asked.rules.window
    if window.anchor is Anchor.PURCHASED:
        return order.placed_at
    signed = order.signed_at or order.shipped_at or order.placed_at
    if window.anchor is Anchor.DELIVERED_PLUS_N:
        return signed + timedelta(days=window.delivered_plus_days)
    return signed


def _limit(book: RuleBook, kind: WindowKind, asked: AskedLine) -> str:
    n = getattr(asked.rules.window, kind.value)
    return book.unit("hours" if kind is WindowKind.MISSING_PARTS_HOURS else "days", n=n)


def _day(book: RuleBook, moment: datetime) -> str:
    day = local_day(moment)
    return book.unit("day", year=day.year, month=day.month, day=day.day)


def _missing(facts: Facts, wanted: Iterable[EvidenceRequirement]) -> tuple[EvidenceKind, ...]:
    present = facts.request.evidence
    kinds = (kind for each in wanted for kind in each.missing(present) if kind in _reachable(facts, each))
    return tuple(dict.fromkeys(kinds))


def _reachable(facts: Facts, wanted: EvidenceRequirement) -> tuple[EvidenceKind, ...]:
    """What can be asked for: who has no goods can photograph none."""
    return tuple(kind for kind in wanted.photos if facts.in_hand or kind in _WITHOUT_GOODS)


def _worst(checks: list[Check]) -> Check | None:
    return max(checks, key=lambda check: _SEVERITY[check.result], default=None)


def _check(facts: Facts, result: Result, sentence: str, **told: object) -> Check:
    """A check's answer; its id is the first half of its sentence's name."""
    overridable = result is FAIL and sentence not in _FINAL
    return Check(sentence.partition(".")[0], result, facts.book.sentence(sentence, **told), overridable)
