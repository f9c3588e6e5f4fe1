"""The gap of an exchange for another article: what the customer pays on top or gets back (rule book, 6 and 8).

A gap is integer fen and frozen in the case when it is agreed: above zero the customer owes it, below zero the shop
does. A paid repair is the same with nothing to give back: its quote is the gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from backend.domain.case import Case, CaseLine
from backend.domain.order import Order
from backend.domain.refund import refundable
from backend.domain.request import Remedy

CARRIES_GAP = frozenset({Remedy.EXCHANGE.value, Remedy.REPAIR.value})
"""Remedies for which a customer may owe something."""


@dataclass(frozen=True)
class Swap:
    """Another article instead of the one that was bought: a piece of `sku` for `price_fen`, with the gap for all."""

    sku: str
    price_fen: int
    gap_fen: int

    @property
    def offer(self) -> dict[str, Any]:
        """What the log keeps of an offer of it."""
        return {"offer_sku": self.sku, "offer_price_fen": self.price_fen, "offer_gap_fen": self.gap_fen}

    @staticmethod
    def offered(detail: Mapping[str, Any]) -> "Swap | None":
        """The swap in an offer's detail, if it was one."""
        if not detail.get("offer_sku"):
            return None
        return Swap(detail["offer_sku"], int(detail["offer_price_fen"]), int(detail["offer_gap_fen"]))


def swap_for(line: CaseLine, order: Order, sku: str, price_fen: int, *, sent_before: bool, traded_fen: int = 0) -> Swap:
    """What an exchange of a case's line for another article comes to, `price_fen` being that of one piece.

    Counted against what was really paid for these pieces; where a replacement was sent before, against its price.
    `traded_fen` is what exchanges in earlier cases made the line worth more, or below zero less.
    """
    pieces = line.quantity or 0
    if sent_before and line.send_price_fen is not None:
        worth = line.send_price_fen * pieces
    else:
        bought = order.line(line.line_no)
        worth = refundable(replace(bought, paid_fen=max(bought.paid_fen + traded_fen, 0)), 0, pieces)
    return Swap(sku, price_fen, price_fen * pieces - worth)


def swapped(lines: tuple[CaseLine, ...], swap: Swap | None) -> tuple[CaseLine, ...]:
    """The lines of a case with what is to be sent for them; without a swap it is the article itself."""
    sku, price_fen = (swap.sku, swap.price_fen) if swap else (None, None)
    return tuple(replace(line, send_sku=sku, send_price_fen=price_fen) for line in lines)


def owed_fen(case: Case) -> int:
    """What the customer has agreed to pay on top, in fen; 0 where nothing, or the remedy is another one by now."""
    return max(_gap(case), 0)


def given_back_fen(case: Case) -> int:
    """What the customer is to get back when the replacement is sent, in fen."""
    return max(-_gap(case), 0)


def _gap(case: Case) -> int:
    return (case.gap_fen or 0) if case.remedy in CARRIES_GAP else 0
