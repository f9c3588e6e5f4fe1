"""Channel accounts bound to buyers."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Connection

from backend.adapters.repositories.conversations import IN_FORCE
from backend.adapters.tables import after_sales_case, conversation, customer, identity_proof, message, shop_order
from backend.domain.binding import Binding
from backend.domain.conversation import Delivery

_PROOF = identity_proof.c
_UNSENT = (Delivery.QUEUED.value, Delivery.HELD.value, Delivery.UNKNOWN.value, Delivery.FAILED.value)
UNBOUND = "unbound"
"""Why it was given up, as the row says it."""


class BindingTable:
    """Keeps `ports.Bindings`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

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
        self._connection.execute(shown.values(customer_id=left.scalar_subquery()))
        return True

    def drop_unsent(self, conversation_id: str, customer_id: int) -> int:
        case, order = after_sales_case.c, shop_order.c
        theirs = select(case.id).join(shop_order, order.order_no == case.order_no)
        about = message.c.case_id.in_(theirs.where(order.customer_id == customer_id))
        waiting = (message.c.conversation_id == conversation_id) & message.c.delivery.in_(_UNSENT)
        given_up = {"delivery": Delivery.SUPERSEDED.value, "due_at": None, "error": UNBOUND}
        dropped = self._connection.execute(update(message).where(waiting, about).values(given_up))
        return int(dropped.rowcount)

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
