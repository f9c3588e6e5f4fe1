"""Who may see an order: proof by the last four digits of the buyer's telephone number, with locks against guessing.

Numbers: five wrong answers lock a conversation's look-ups for an hour and an order's for a day (public contract).
"""

from datetime import datetime, timedelta

from backend.domain.erasing import is_erased
from backend.domain.order import Order, search_number
from backend.errors import LookupsLocked, OrderNotFound
from backend.ports import UnitOfWork, World

WRONG_ANSWERS = 5
CONVERSATION_LOCK = timedelta(hours=1)
ORDER_LOCK = timedelta(days=1)


def is_proven(work: UnitOfWork, conversation_id: str, order_no: str) -> bool:
    """Whether this conversation has proven to be the order's buyer."""
    return work.orders.customer_of(order_no) in work.conversations.proven_customers(conversation_id)


def meant_order(work: UnitOfWork, conversation_id: str, typed: str) -> str | None:
    """The number of the order that somebody means, who may have typed it in another case or without separators.

    Exactly that one, else the only one spelled like it; of several the only one of a buyer whom this conversation has
    proven to be. None where that leaves several, so that it must be asked which. What nobody has stays as it was typed.
    """
    alike = work.orders.spelled_like(typed)
    if typed in alike or not alike:
        return typed
    if len(alike) == 1:
        return alike[0]
    theirs = [number for number in alike if is_proven(work, conversation_id, number)]
    if not theirs:
        return typed
    return theirs[0] if len(theirs) == 1 else None


def prove(world: World, conversation_id: str, order_no: str, phone_tail: str) -> None:
    """Prove with the last four digits of the buyer's telephone number.

    A number that fits several orders proves those whose buyer has these digits. Raises OrderNotFound alike for a
    number that does not exist and for one that is somebody else's, and LookupsLocked after too many wrong answers.
    Every answer is recorded, also the one that raises.
    """
    now = world.clock.now()
    with world.write() as work:
        work.conversations.lock(conversation_id)
        searched = search_number(order_no)  # one lock for all ways of typing it
        _refuse_locked(work, conversation_id, searched, now)
        right = [number for number in _tried(work, order_no) if _matches(work, number, phone_tail)]
        work.conversations.add_identity_attempt(conversation_id, searched, now, bool(right))
        for number in right:
            work.conversations.prove(conversation_id, _buyer(work, number), "phone_tail", now)
        work.commit()
    if not right:
        raise OrderNotFound(order_no)


def _tried(work: UnitOfWork, order_no: str) -> list[str]:
    """The orders that a typed number may mean: exactly that one, else all that are spelled like it."""
    alike = work.orders.spelled_like(order_no)
    return [order_no] if order_no in alike else alike


def _refuse_locked(work: UnitOfWork, conversation_id: str, searched: str, now: datetime) -> None:
    mine = work.conversations.wrong_attempts(conversation_id=conversation_id, since=now - CONVERSATION_LOCK)
    theirs = work.conversations.wrong_attempts(order_no=searched, since=now - ORDER_LOCK)
    for attempts, lock in ((mine, CONVERSATION_LOCK), (theirs, ORDER_LOCK)):
        if len(attempts) >= WRONG_ANSWERS:
            raise LookupsLocked(until=attempts[-WRONG_ANSWERS] + lock)


def _matches(work: UnitOfWork, order_no: str, phone_tail: str) -> bool:
    order = work.orders.get(order_no)
    if order is None or is_erased(order.buyer_phone):
        return False
    told = len(phone_tail) >= 4 and order.buyer_phone[-4:] == phone_tail[-4:]
    return told and work.personal_data.keeps(_buyer(work, order_no))  # they may be being erased at this moment


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
