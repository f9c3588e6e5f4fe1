"""Who may see an order: proof by the last four digits of the buyer's telephone number, with locks against guessing.

Numbers: five wrong answers lock a conversation's look-ups for an hour and an order's for a day (public contract).
"""

from datetime import datetime, timedelta

from backend.domain.order import Order
from backend.errors import LookupsLocked, OrderNotFound
from backend.ports import UnitOfWork, World

WRONG_ANSWERS = 5
CONVERSATION_LOCK = timedelta(hours=1)
ORDER_LOCK = timedelta(days=1)


def is_proven(work: UnitOfWork, conversation_id: str, order_no: str) -> bool:
    """Whether this conversation has proven to be the order's buyer."""
    return work.orders.customer_of(order_no) in work.conversations.proven_customers(conversation_id)


def prove(world: World, conversation_id: str, order_no: str, phone_tail: str) -> None:
    """Prove with the last four digits of the buyer's telephone number.

    Raises OrderNotFound alike for a number that does not exist and for one that is somebody else's, and LookupsLocked
    after too many wrong answers. Every answer is recorded, also the one that raises.
    """
    now = world.clock.now()
    with world.write() as work:
        work.conversations.lock(conversation_id)
        _refuse_locked(work, conversation_id, order_no, now)
        right = _matches(work, order_no, phone_tail)
        work.conversations.add_identity_attempt(conversation_id, order_no, now, right)
        if right:
            work.conversations.prove(conversation_id, _buyer(work, order_no), "phone_tail", now)
        work.commit()
    if not right:
        raise OrderNotFound(order_no)


def _refuse_locked(work: UnitOfWork, conversation_id: str, order_no: str, now: datetime) -> None:
    mine = work.conversations.wrong_attempts(conversation_id=conversation_id, since=now - CONVERSATION_LOCK)
    theirs = work.conversations.wrong_attempts(order_no=order_no, since=now - ORDER_LOCK)
    for attempts, lock in ((mine, CONVERSATION_LOCK), (theirs, ORDER_LOCK)):
        if len(attempts) >= WRONG_ANSWERS:
            raise LookupsLocked(until=attempts[-WRONG_ANSWERS] + lock)


def _matches(work: UnitOfWork, order_no: str, phone_tail: str) -> bool:
    order = work.orders.get(order_no)
    return order is not None and len(phone_tail) >= 4 and order.buyer_phone[-4:] == phone_tail[-4:]


def _buyer(work: UnitOfWork, order_no: str) -> int:
    customer = work.orders.customer_of(order_no)
    if customer is None:
        raise OrderNotFound(order_no)
    return customer


def proven_orders(world: World, conversation_id: str, limit: int = 5) -> list[Order]:
    """The newest orders of the buyers that a conversation has proven to be."""
    with world.read() as work:
        customers = work.conversations.proven_customers(conversation_id)
        found = [order for customer in customers for order in work.orders.of_customer(customer, limit)]
    return sorted(found, key=lambda order: order.placed_at, reverse=True)[:limit]
