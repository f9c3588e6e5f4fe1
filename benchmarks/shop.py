"""Orders to complain about, one cup each, signed for yesterday, every buyer's number ending alike; photos of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from backend.domain.order import Order
from backend.ports import World
from benchmarks.dialogues import TAIL
from tests.builders import an_order
from tests.photos import a_jpeg

_numbers = count(1)


def stock_up(world: World, orders: int) -> list[str]:
    """Put so many new orders into the shop; their numbers."""
    made = [_an_order(world, next(_numbers)) for _ in range(orders)]
    with world.write() as work:
        work.orders.put(*made)
        work.commit()
    return [order.order_no for order in made]


def _an_order(world: World, number: int) -> Order:
    now = world.clock.now()
    placed, shipped, signed = (now - timedelta(days=days) for days in (4, 3, 1))
    order_no = f"8800{number:08d}"
    order = an_order(order_no, placed_at=placed, shipped_at=shipped, signed_at=signed)
    line = replace(order.lines[0], quantity=1, unit_price_fen=order.paid_fen)
    return replace(order, lines=(line,), buyer_phone=f"13{number:05d}{TAIL}")


def photo_of(folder: Path, number: int) -> Path:
    """A customer's own photo: the same one sent twice would be looked into, by every bot."""
    path = folder / f"photo-{number}.jpg"
    path.write_bytes(a_jpeg(seed=number))
    return path
