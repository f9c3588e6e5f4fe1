"""Stock: what the services need of its tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from backend.domain.stock import StockItem


class Stock(Protocol):
    """Pieces by article. What is not listed is not tracked: the warehouse decides."""

    def get(self, sku: str) -> StockItem | None: ...

    def all(self) -> list[StockItem]:
        """By article."""

    def put(self, items: Sequence[StockItem], at: datetime) -> None:
        """List articles, or count those that are listed anew; what is reserved stays.

        Raises Conflict (subject the article) where more is reserved than there is.
        """

    def reserve(self, case_id: int, sku: str, pieces: int, at: datetime) -> bool:
        """Keep pieces for a case by one conditional UPDATE; False when fewer are free."""

    def reserved_for(self, case_id: int) -> dict[str, int]:
        """What is kept for a case, by article."""

    def release(self, case_id: int) -> None:
        """What is kept for a case is free again."""

    def consume(self, case_id: int) -> None:
        """What is kept for a case has left the shelf."""
