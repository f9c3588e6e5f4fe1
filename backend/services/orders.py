"""Brings the shop's orders in, and the demo's where there are no others."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.order import FeedOrder, Order
from backend.errors import Conflict, ImportRefused, OrderNotFound
from backend.ports import UnitOfWork, World


@dataclass(frozen=True)
class Imported:
    """How many orders were new, and how many were known and got their status and times."""

    new: int
    known: int


def import_orders(world: World, orders: Sequence[FeedOrder]) -> Imported:
    """Store all orders of a file, or none. Raises ImportRefused when goods or money of a known order differ."""
    with world.write() as work:
        new = put_orders(work, orders)
        work.commit()
    return Imported(new=new, known=len(orders) - new)


def load_demo(world: World, orders: Sequence[FeedOrder]) -> list[Order] | None:
    """Store the demo's orders, or bring their times up to date; gives them as they are stored.

    None where the shop has orders of its own: nothing is touched then. An order with a case keeps its times.
    """
    with world.write() as work:
        known = [each for each in orders if work.orders.get(each.order.order_no) is not None]
        if work.orders.count() > len(known):
            return None
        put_orders(work, [each for each in orders if not work.cases.of_order(each.order.order_no)])
        stored = [_required(work, each.order.order_no) for each in orders]
        work.commit()
    return stored


def only_demo_orders(world: World, demo: Sequence[FeedOrder]) -> bool:
    """Whether the shop has the demo's orders, and none of its own."""
    with world.read() as work:
        known = sum(work.orders.get(each.order.order_no) is not None for each in demo)
        return 0 < known == work.orders.count()


def show_order(world: World, order_no: str) -> tuple[Order, dict[int, int]]:
    """An order for the operator, with the pieces under cases by line. Raises OrderNotFound."""
    with world.read() as work:
        return _required(work, order_no), work.orders.claimed_pieces(order_no)


def put_orders(work: UnitOfWork, orders: Sequence[FeedOrder]) -> int:
    """Store orders of a file in this unit of work; how many were new. Raises ImportRefused."""
    try:
        return work.orders.put(*(each.order for each in orders))
    except Conflict as exc:
        place = next(each for each in orders if each.order.order_no == exc.subject)
        raise ImportRefused(file=place.file, line=place.line, column="order_no", reason=str(exc)) from exc


def _required(work: UnitOfWork, order_no: str) -> Order:
    order = work.orders.get(order_no)
    if order is None:
        raise OrderNotFound(order_no)
    return order
