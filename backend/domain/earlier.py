"""What earlier cases took of an order: what the judge of a new request has to know of them, all in fen or pieces.

A piece is under a case while that is open, and stays with it when it was paid back for good. An exchange, a repair, a
replacement, or money for goods that stay sets it free again at its end; what the case gave back has made the piece
worth less.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.domain.case import Case, CloseReason, State
from backend.domain.money import allocate
from backend.domain.order import Order
from backend.domain.refund_leg import LegState, RefundLeg
from backend.domain.request import Remedy
from backend.domain.request_facts import AGENT_SETS_AMOUNT, PAYS_MONEY
from backend.domain.rule_types import Item

_SETS_FREE = frozenset(remedy.value for remedy in {Remedy.REPAIR, Remedy.EXCHANGE, Remedy.RESHIP, *AGENT_SETS_AMOUNT})
"""Remedies after which the customer still has goods that may fail, or go back for what is left of their price."""


@dataclass(frozen=True)
class Earlier:
    """Another case of the order, with its own refund legs; `sent` counts what it has sent, `on_top_fen` what the
    customer has paid for that beside the order.
    """

    case: Case
    legs: Sequence[RefundLeg] = ()
    sent: int = 0
    on_top_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """What its legs gave back, points with their value: all that have not definitely failed."""
        return sum(leg.amount_fen for leg in self.legs if leg.state is not LegState.FAILED)

    @property
    def taken_fen(self) -> int:
        """What it gave back, or is to give back as far as is known."""
        verdict = self.case.verdict
        points_fen = verdict.points_fen if verdict else 0
        due_fen = (self.case.amount_fen or 0) + points_fen if self._is_to_pay else 0
        return max(self.paid_fen, due_fen)

    @property
    def shipping_fen(self) -> int:
        """The purchase's shipping in what the rules came to, while the case still pays."""
        return self.item(Item.SHIPPING) or 0 if self._is_to_pay or self.paid_fen else 0

    def item(self, item: Item) -> int | None:
        """A line of its verdict's breakdown; None where that has none."""
        lines = self.case.verdict.breakdown if self.case.verdict else ()
        return next((line.fen for line in lines if line.item == item.value), None)

    @property
    def _is_to_pay(self) -> bool:
        return self.case.state is not State.CLOSED and self.case.remedy in {each.value for each in PAYS_MONEY}


def counts(case: Case) -> bool:
    """Whether a filed case has taken something of its order, or may yet."""
    return case.state is not State.CLOSED or case.close_reason is CloseReason.RESOLVED


def gave_back(closed: Case) -> bool:
    """Whether the end of this case set its pieces free: all but those that were paid back."""
    return closed.close_reason is not CloseReason.RESOLVED or closed.remedy in _SETS_FREE


def holds_pieces(case: Case) -> bool:
    """Whether a case's pieces are under it; those of a draft are not."""
    return not gave_back(case) if case.state is State.CLOSED else case.state is not State.DRAFT


def lowered_fen(order: Order, others: Sequence[Earlier]) -> dict[int, int]:
    """What was given back, by line, for pieces that are free again: the gap of an exchange for something cheaper."""
    return _of_freed(order, others, {each.case.id: each.paid_fen for each in others})


def raised_fen(order: Order, others: Sequence[Earlier]) -> dict[int, int]:
    """What customers have paid on top, by line, for what they have now: never out of the order's payments."""
    return _of_freed(order, others, {each.case.id: each.on_top_fen for each in others})


def held_fen(
    order: Order, others: Sequence[Earlier], claimed: Mapping[int, int], lowered: Mapping[int, int]
) -> dict[int, int]:
    """What the pieces under other cases were priced at, by line, where these cases account for all that is claimed."""
    pieces: Counter[int] = Counter()
    fen: Counter[int] = Counter()
    for each in others:
        if holds_pieces(each.case):
            pieces.update({line.line_no: line.quantity or 0 for line in each.case.lines})
            fen.update(_shares(order, each, lowered))
    return {line_no: fen[line_no] for line_no, count in pieces.items() if count and claimed.get(line_no) == count}


def shipping_taken_fen(order: Order, others: Sequence[Earlier]) -> int:
    """How much of the purchase's shipping went back, or is to: by the verdicts, and whatever was paid beyond goods."""
    taken = sum(
        max(each.shipping_fen, each.taken_fen - sum(_shares(order, each, {}).values()))
        for each in others
        if counts(each.case)
    )
    return min(taken, order.shipping_fen)


def exchanges_of(others: Sequence[Earlier], line_nos: Sequence[int]) -> int:
    """How often any of these lines was exchanged, or is being."""
    times: Counter[int] = Counter()
    for each in others:
        if each.case.remedy == Remedy.EXCHANGE.value and counts(each.case):
            times.update({line.line_no: max(each.sent, 1) for line in each.case.lines})
    return max((times[line_no] for line_no in line_nos), default=0)


def _of_freed(order: Order, others: Sequence[Earlier], moved: Mapping[int, int]) -> dict[int, int]:
    fen: Counter[int] = Counter()
    for each in others:
        if moved[each.case.id] and not holds_pieces(each.case):
            fen.update(_shared(moved[each.case.id], _worth(order, each.case, {})))
    return dict(fen)


def _shares(order: Order, each: Earlier, lowered: Mapping[int, int]) -> dict[int, int]:
    """What was paid for a case's pieces, by line: as its verdict has it, else by their number."""
    worth, goods_fen = _worth(order, each.case, lowered), each.item(Item.GOODS)
    return worth if goods_fen is None else _shared(goods_fen, worth)


def _worth(order: Order, case: Case, lowered: Mapping[int, int]) -> dict[int, int]:
    pieces = {line.line_no: line.quantity or 0 for line in case.lines}
    return {
        line.line_no: max(line.paid_fen - lowered.get(line.line_no, 0), 0) * pieces[line.line_no] // line.quantity
        for line in order.lines
        if line.line_no in pieces
    }


def _shared(total_fen: int, worth: Mapping[int, int]) -> dict[int, int]:
    if not any(worth.values()):
        return dict(worth)
    return dict(zip(worth, allocate(total_fen, list(worth.values())), strict=True))
