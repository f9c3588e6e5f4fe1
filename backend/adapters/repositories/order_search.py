"""Looks for orders at the desk, and tells what an import would change."""

from collections.abc import Sequence

from sqlalchemy import select, union
from sqlalchemy.sql import CompoundSelect

from backend.adapters.repositories.orders import AT_ONCE, WITH_BUYER, OrderTable, as_far_along_as
from backend.adapters.tables import PHONE_TAIL, customer, shop_order
from backend.domain.order import Order, search_number
from backend.domain.order_import import Standing

TAIL = 4
"""Digits of a telephone number that people tell each other."""


class OrderSearchTable(OrderTable):
    """Keeps `ports.order_desk.OrderSearch`."""

    def find(self, words: str, limit: int) -> list[Order]:
        typed = words.strip()
        query = WITH_BUYER.where(shop_order.c.order_no.in_(_ways(typed))) if typed else WITH_BUYER
        newest = query.order_by(shop_order.c.placed_at.desc(), shop_order.c.order_no).limit(limit)
        return self._many(self._connection.execute(newest))

    def standing(self, orders: Sequence[Order]) -> dict[str, Standing]:
        found: dict[str, Standing] = {}
        for start in range(0, len(orders), AT_ONCE):
            found |= self._standing(orders[start : start + AT_ONCE])
        return found

    def _standing(self, orders: Sequence[Order]) -> dict[str, Standing]:
        numbers = [order.order_no for order in orders]
        theirs = self._connection.execute(WITH_BUYER.where(shop_order.c.order_no.in_(numbers)))
        stored = {each.order_no: each for each in self._many(theirs)}
        return {order.order_no: _compared(order, stored.get(order.order_no)) for order in orders}


def _ways(typed: str) -> CompoundSelect:
    """The numbers of orders by each thing that the words may be: asked for one by one, each goes by its index."""
    number, phone = search_number(typed), typed.replace(" ", "").replace("-", "")
    of_buyer = select(shop_order.c.order_no).join(customer, customer.c.id == shop_order.c.customer_id)
    ways = [of_buyer.where(customer.c.name == typed), of_buyer.where(customer.c.phone == phone)]
    if number:
        begins = shop_order.c.search_no.startswith(number, autoescape=True)
        ways.append(select(shop_order.c.order_no).where(begins))
    if typed.isdecimal() and len(typed) == TAIL:
        ways.append(of_buyer.where(typed == PHONE_TAIL))
    return union(*ways)


def _compared(order: Order, known: Order | None) -> Standing:
    if known is None:
        return Standing.NEW
    if as_far_along_as(known, order) != known:
        return Standing.DIFFERENT
    moved = [(each.status, each.placed_at, each.shipped_at, each.signed_at) for each in (known, order)]
    other_tier = order.buyer_tier and order.buyer_tier != known.buyer_tier
    return Standing.CHANGED if moved[0] != moved[1] or other_tier else Standing.SAME
