"""Where a customer is told about their case: in the account of theirs that they wrote from last.

A buyer may be bound to several accounts (`services.bindings`), and reads the one that they use; whichever it is shows
the same cases. Where no account is bound to the buyer (any more), nobody is told.
"""

from backend.domain.case import Case
from backend.domain.conversation import Conversation
from backend.ports import UnitOfWork, World
from backend.services.conversations import Notice, say


def told_in(work: UnitOfWork, case: Case) -> str | None:
    """The conversation that notices of a case go to now; a draft stays where it was begun."""
    customer_id = _buyer(work, case)
    if customer_id is None:
        return case.conversation_id
    bound = work.conversations.bound_to(customer_id)
    return None if bound is None else bound.id


def reached(work: UnitOfWork, case: Case) -> Conversation | None:
    """The same, locked for the unit of work.

    The case's own conversation is locked before. Units of work do not wait for each other: each goes on to the
    conversation written in last, and nobody writes in one that is locked. Only where two buyers have changed accounts
    with each other after filing may two of their cases cross; PostgreSQL ends one then, and it is tried again.
    """
    customer_id = _buyer(work, case)
    return work.conversations.lock(case.conversation_id) if customer_id is None else _lock_theirs(work, customer_id)


def lock_ahead(work: UnitOfWork, order_no: str) -> None:
    """Lock the conversation in which the order's buyer will be told, before anything that others may wait for.

    Locked only when there is something to tell, it might be held by somebody who waits for what we hold.
    """
    customer_id = work.orders.customer_of(order_no)
    if customer_id is not None and customer_id not in work.told_in:
        _lock_theirs(work, customer_id)


def _lock_theirs(work: UnitOfWork, customer_id: int) -> Conversation | None:
    """The one that this unit of work has locked for them already, else the one that they wrote from last."""
    if customer_id in work.told_in:
        return work.conversations.lock(work.told_in[customer_id])
    while (bound := work.conversations.bound_to(customer_id)) is not None:
        locked = work.conversations.lock(bound.id)
        if customer_id in work.conversations.proven_customers(bound.id):  # it may have been revoked meanwhile
            work.told_in[customer_id] = locked.id
            return locked
    return None


def say_about(world: World, work: UnitOfWork, case: Case, notice: Notice) -> bool:
    """Put a notice about a case into the outbox where its customer reads it; False for a repeat, or for nobody."""
    conversation = reached(work, case)
    return conversation is not None and say(world, work, conversation, notice)


def _buyer(work: UnitOfWork, case: Case) -> int | None:
    if case.case_no is None or case.order_no is None:
        return None
    return work.orders.customer_of(case.order_no)
