"""Orders at the desk: what the services need to search them, and to tell what a file would change."""

from collections.abc import Sequence
from typing import Protocol

from backend.domain.order import Order
from backend.domain.order_import import OrderFile, Standing


class OrderFiles(Protocol):
    """Reads the shop's order file."""

    def __call__(self, raw: bytes, file: str) -> OrderFile:
        """What it holds, right and wrong."""


class OrderSearch(Protocol):
    """Looks for orders, whatever is known of them."""

    def find(self, words: str, limit: int) -> list[Order]:
        """By number or its beginning, by telephone, its last four digits or the buyer's name; newest first."""

    def standing(self, orders: Sequence[Order]) -> dict[str, Standing]:
        """What storing these orders would mean, by number."""
