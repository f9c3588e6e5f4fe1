"""What the warehouse can send as a replacement: pieces on the shelf, and how many of them are kept for cases."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.domain.case import CaseLine


@dataclass(frozen=True)
class StockItem:
    """`quantity` pieces of an article on the shelf, `reserved` of them kept for cases that are to be sent one."""

    sku: str
    quantity: int
    reserved: int = 0

    @property
    def free(self) -> int:
        return self.quantity - self.reserved


def pieces_to_send(lines: Iterable[CaseLine]) -> dict[str, int]:
    """How many pieces of which article a case's replacement takes: what was accepted, else approved, else asked for."""
    wanted: dict[str, int] = {}
    for line in lines:
        told = (line.accepted_quantity, line.approved_quantity, line.quantity)
        pieces = next((count for count in told if count is not None), 0)
        sku = line.send_sku or line.sku
        wanted[sku] = wanted.get(sku, 0) + pieces
    return {sku: wanted[sku] for sku in sorted(wanted) if wanted[sku]}
