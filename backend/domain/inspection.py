"""What an inspection comes to in money: what is kept back for pieces that are used, damaged or missing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backend.domain.case import CaseLine
from backend.domain.money import allocate, percent_of
from backend.domain.order import Order
from backend.domain.rules import Rules


def as_requested(lines: Sequence[CaseLine]) -> bool:
    """Whether every piece that was to come back is here."""
    return all(line.received_quantity == line.quantity for line in lines)


def offer_for(
    lines: Sequence[CaseLine], grades: Mapping[int, str], order: Order, approved_fen: int, rules: Rules
) -> tuple[CaseLine, ...]:
    """The lines with what each would be refunded (`refund_fen`), accepted and rejected pieces.

    The approved amount is shared over the lines by what was paid for their pieces. A grade keeps back its percentage,
    half a fen rounded up for the deduction: 10 % of 99.99 is 10.00, so 89.99 is paid. Pieces that did not come are not
    paid.
    """
    weights = [order.line(line.line_no).paid_fen * (line.quantity or 0) for line in lines]
    shares = allocate(approved_fen, weights) if any(weights) else [0] * len(lines)
    return tuple(
        _priced(line, share, grades.get(line.line_no), rules) for line, share in zip(lines, shares, strict=True)
    )


def _priced(line: CaseLine, share_fen: int, grade: str | None, rules: Rules) -> CaseLine:
    came = line.received_quantity or 0
    if grade is None or not came:
        return replace(line, refund_fen=0, accepted_quantity=0, rejected_quantity=came)
    for_pieces = share_fen * came // (line.quantity or 1)
    refund = for_pieces - percent_of(for_pieces, 100 - rules.inspect.grades[grade])
    accepted = came if refund else 0
    return replace(line, refund_fen=refund, accepted_quantity=accepted, rejected_quantity=came - accepted)
