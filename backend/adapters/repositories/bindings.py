"""Channel accounts bound to buyers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.engine import Connection

from backend.adapters.repositories.conversations import IN_FORCE, Locked
from backend.adapters.tables import after_sales_case, conversation, customer, identity_proof, message, shop_order
from backend.domain.binding import Binding
from backend.domain.conversation import Author, Delivery

_PROOF = identity_proof.c
_UNSENT = tuple(
    each.value for each in (Delivery.QUEUED, Delivery.SENDING, Delivery.HELD, Delivery.UNKNOWN, Delivery.FAILED)
)
_KNOW_WHAT_WAS_PROVEN = (Author.BOT.value, Author.AGENT.value)
UNBOUND = "unbound"
"""Why it was given up, as the row says it."""


class BindingTable:
    """Keeps `ports.Bindings`."""

    def __init__(self, connection: Connection, locked: Locked) -> None:
        self._connection, self._locked = connection, locked

    def of_conversation(self, conversation_id: str) -> list[Binding]:
        return self._many(_PROOF.conversation_id == conversation_id)

    def of_phone(self, phone: str) -> list[Binding]:
        return self._many(customer.c.phone == phone)

    def revoke(self, conversation_id: str, customer_id: int, at: datetime) -> bool:
        mine = (_PROOF.conversation_id == conversation_id) & IN_FORCE
        ended = update(identity_proof).where(mine, _PROOF.customer_id == customer_id).values(revoked_at=at)
        if self._connection.execute(ended).rowcount != 1:
            return False
        left = select(_PROOF.customer_id).where(mine).order_by(_PROOF.at.desc(), _PROOF.customer_id).limit(1)
        shown = update(conversation).where(conversation.c.id == conversation_id)
        self._locked.forget(conversation_id)
        self._connection.execute(shown.values(customer_id=left.scalar_subquery()))
        return True

    def unsent(self, conversation_id: str, customer_id: int, in_hand: Collection[int]) -> list[int]:
        case, order, key = after_sales_case.c, shop_order.c, message.c
        theirs = select(case.id).join(shop_order, order.order_no == case.order_no)
        about = key.case_id.in_(theirs.where(order.customer_id == customer_id))
        known = or_(about, key.author.in_(_KNOW_WHAT_WAS_PROVEN))
        waiting = or_(key.delivery.in_(_UNSENT), key.id.in_(in_hand))
        query = select(key.id).where(key.conversation_id == conversation_id, waiting, known).order_by(key.id)
        return list(self._connection.execute(query).scalars())

    def give_up(self, rows: Collection[int]) -> None:
        given_up = {"delivery": Delivery.SUPERSEDED.value, "due_at": None, "error": UNBOUND}
        self._connection.execute(update(message).where(message.c.id.in_(rows)).values(given_up))

    def _many(self, condition: Any) -> list[Binding]:
        key = conversation.c
        query = (
            select(identity_proof, key.channel, key.channel_user_id, key.last_customer_at)
            .add_columns(customer.c.name.label("buyer_name"), customer.c.phone.label("buyer_phone"))
            .join(conversation, key.id == _PROOF.conversation_id)
            .join(customer, customer.c.id == _PROOF.customer_id)
            .where(condition)
            .order_by(_PROOF.at.desc(), _PROOF.conversation_id, _PROOF.customer_id)
        )
        return [Binding(**row) for row in self._connection.execute(query).mappings()]
