"""A request laid out for the checks: its lines with the rules that hold for each, and what follows from
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from backend.domain.evidence import EvidenceKind
from backend.domain.order import Order, OrderLine, PaymentMethod
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook, Scope
from backend.domain.rule_types import Offer
from backend.domain.rules import Rules
from backend.domain.rules_of_review import ReasonRule

_BY_WISH = {
    Wish.EXCHANGE: Remedy.EXCHANGE,
    Wish.REPAIR: Remedy.REPAIR,
    Wish.RESEND: Remedy.RESHIP,
    Wish.PRICE_DIFFERENCE: Remedy.PRICE_DIFFERENCE,
}
GOODS_GO_BACK = frozenset({Remedy.RETURN_REFUND, Remedy.EXCHANGE, Remedy.REPAIR})
MONEY_GOES_BACK = frozenset({Remedy.RETURN_REFUND, Remedy.REFUND_ONLY})
AGENT_SETS_AMOUNT = frozenset({Remedy.PRICE_DIFFERENCE, Remedy.SERVICE_REFUND})
PAYS_MONEY = MONEY_GOES_BACK | AGENT_SETS_AMOUNT


@dataclass(frozen=True)
class JudgedRequest:
    """What a customer asks for, with all that the rules need to know.

    `lines` are (line number, pieces). `claimed` are the pieces of each line under other cases, `claimed_fen`
    what those cases took of the line's price, where known; `lowered_fen` is what they gave back of it for pieces
    that are free again. `shipping_refunded_fen` is what they took of the shipping, `reserved` (by method and
    payment number) what refund legs that have not failed took; `exchanges` is how often a line of these was
    exchanged. `not_received` is the customer saying that nothing
    arrived. With `evidence_checked` False, evidence still to come does not count against the request, so that
    the verdict can be told early. `scope` carries campaign, customer tier, channel and shop; goods are filled
    in for each line.
    """

    order: Order
    lines: tuple[tuple[int, int], ...]
    wish: Wish
    reason: Reason
    intact: bool | None = None
    evidence: tuple[EvidenceKind, ...] = ()
    evidence_checked: bool = True
    claimed: Mapping[int, int] = field(default_factory=dict)
    claimed_fen: Mapping[int, int] = field(default_factory=dict)
    lowered_fen: Mapping[int, int] = field(default_factory=dict)
    shipping_refunded_fen: int = 0
    reserved: Mapping[tuple[PaymentMethod, str], int] = field(default_factory=dict)
    not_received: bool = False
    exchanges: int = 0
    risk_notes: tuple[str, ...] = ()
    scope: Scope = Scope()  # noqa: RUF009  frozen, and the same for all


@dataclass(frozen=True)
class AskedLine:
    """Pieces of one order line, with the rules that hold for them. `left` counts the pieces under no other
    case.
    """

    line: OrderLine
    pieces: int
    left: int
    rules: Rules
    reason: ReasonRule

    @property
    def judged_pieces(self) -> int:
        """The pieces that could be given back of those asked for."""
        return max(min(self.pieces, self.left), 0)


@dataclass(frozen=True)
class Facts:
    """A request with its lines resolved; `rules` and `reason` are those that hold for the request as a
    whole.
    """

    request: JudgedRequest
    book: RuleBook
    now: datetime
    lines: tuple[AskedLine, ...]
    unknown_lines: bool
    rules: Rules
    reason: ReasonRule

    @property
    def order(self) -> Order:
        return self.request.order

    @property
    def in_hand(self) -> bool:
        """Whether the customer has the goods."""
        return self.order.received and not self.request.not_received

    @property
    def whole_order(self) -> bool:
        """Whether nothing of the order is left beside this request and other cases."""
        asked = {each.line.line_no: each.pieces for each in self.lines}
        claimed = self.request.claimed
        return all(
            asked.get(line.line_no, 0) + claimed.get(line.line_no, 0) >= line.quantity for line in self.order.lines
        )


def gather(request: JudgedRequest, book: RuleBook, now: datetime) -> Facts:
    """The facts of a request at a time (aware). Lines named twice are added up."""
    pieces: dict[int, int] = {}
    for line_no, count in request.lines:
        pieces[line_no] = pieces.get(line_no, 0) + count
    known = [line for line in request.order.lines if line.line_no in pieces]
    lines = tuple(_asked(line, pieces[line.line_no], request, book) for line in known)
    rules = _shared_rules(lines, request, book)
    return Facts(request, book, now, lines, len(known) < len(pieces), rules, rules.reasons[request.reason])


def remedy_of(facts: Facts, goods_fen: int) -> Remedy:
    """What the wish comes to (rule book 2, words of the column "Remedies"); `goods_fen` was paid for the
    pieces.
    """
    request = facts.request
    if request.wish in _BY_WISH:
        return _BY_WISH[request.wish]
    if Offer.SERVICE_REFUND in facts.reason.remedies:
        return Remedy.SERVICE_REFUND
    stays_missing = request.reason is Reason.MISSING and request.wish is Wish.REFUND
    if not facts.in_hand or stays_missing or goods_fen <= facts.rules.refund.keep_item_max:
        return Remedy.REFUND_ONLY
    return Remedy.RETURN_REFUND


def _asked(line: OrderLine, pieces: int, request: JudgedRequest, book: RuleBook) -> AskedLine:
    rules = book.rules_for(replace(request.scope, sku=line.sku, category=line.category))
    left = line.quantity - request.claimed.get(line.line_no, 0)
    return AskedLine(line, pieces, left, rules, rules.reasons[request.reason])


def _shared_rules(lines: tuple[AskedLine, ...], request: JudgedRequest, book: RuleBook) -> Rules:
    """The rules of the lines where they are the same for all, else those without regard to goods."""
    if lines and all(each.rules is lines[0].rules for each in lines):
        return lines[0].rules
    return book.rules_for(request.scope)
