"""What the rules would say: for the operator who tries them out."""

from dataclasses import dataclass
from datetime import datetime

from backend.domain.evidence import EvidenceKind
from backend.domain.judging import JudgedRequest, judge, missing_for
from backend.domain.order import Order
from backend.domain.request import Reason, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.verdict import Verdict
from backend.errors import OrderNotFound
from backend.ports import World
from backend.services.earlier import with_earlier


@dataclass(frozen=True)
class Explained:
    """The verdict on a request for all that is free of an order, goods as new, and the evidence it would need."""

    verdict: Verdict
    evidence: tuple[EvidenceKind, ...]
    book: RuleBook


def explain(world: World, order_no: str, *, wish: Wish, reason: Reason, at: datetime) -> Explained:
    """What the rules in force at that time (aware) say. Raises OrderNotFound."""
    with world.read() as work:
        order = work.orders.get(order_no)
        if order is None:
            raise OrderNotFound(order_no)
        request = with_earlier(work, _request(order, work.orders.claimed_pieces(order_no), wish, reason))
    return _explained(request, world.rule_book(at), at)


def explain_order(book: RuleBook, order: Order, *, wish: Wish, reason: Reason, at: datetime) -> Explained:
    """What a rule book says to an order without any case."""
    return _explained(_request(order, {}, wish, reason), book, at)


def _explained(request: JudgedRequest, book: RuleBook, at: datetime) -> Explained:
    return Explained(judge(request, book, at), missing_for(request, book, at), book)


def _request(order: Order, claimed: dict[int, int], wish: Wish, reason: Reason) -> JudgedRequest:
    return JudgedRequest(
        order=order,
        lines=_free_lines(order, claimed),
        wish=wish,
        reason=reason,
        intact=True,
        evidence_checked=False,
        claimed=claimed,
        not_received=wish is Wish.REFUND and reason is Reason.LOGISTICS,
    )


def _free_lines(order: Order, claimed: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """What is under no case, or the whole order where nothing is free: the verdict says so then."""
    free = {line.line_no: line.quantity - claimed.get(line.line_no, 0) for line in order.lines}
    if not any(free.values()):
        free = {line.line_no: line.quantity for line in order.lines}
    return tuple((line_no, pieces) for line_no, pieces in free.items() if pieces)
