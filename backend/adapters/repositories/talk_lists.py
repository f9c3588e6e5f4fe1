"""Lists of conversations for the desk."""

from collections.abc import Collection, Mapping

from sqlalchemy import case, func, select, type_coerce, union
from sqlalchemy.engine import Connection
from sqlalchemy.sql import Select
from sqlalchemy.sql.elements import ColumnElement

from backend.adapters.columns import UtcTime
from backend.adapters.ownership_tables import talk_sign
from backend.adapters.repositories.conversations import as_conversation
from backend.adapters.repositories.messages import as_message
from backend.adapters.tables import PHONE_TAIL, after_sales_case, conversation, customer, message, shop_order
from backend.domain.conversation import Author, Conversation, Message
from backend.domain.order import search_number
from backend.ports.talk_lists import Buyer, Pending

SHORTEST_TAIL = 4
"""Digits of a telephone number that are enough to look for."""
_CUSTOMERS = message.c.author == Author.CUSTOMER.value


class TalkListTable:
    """Keeps `ports.TalkLists`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def last_words(self, conversation_ids: Collection[str]) -> Mapping[str, Message]:
        newest = (
            select(func.max(message.c.id))
            .where(_CUSTOMERS, message.c.conversation_id.in_(conversation_ids))
            .group_by(message.c.conversation_id)
        )
        rows = self._connection.execute(select(message).where(message.c.id.in_(newest)))
        return {row.conversation_id: as_message(row) for row in rows}

    def pending(self, conversation_ids: Collection[str]) -> Mapping[str, Pending]:
        key, other = message.c, message.alias()
        answered = (
            select(func.coalesce(func.max(other.c.seq), 0))
            .where(other.c.conversation_id == key.conversation_id, other.c.author == Author.AGENT.value)
            .scalar_subquery()
        )
        unread = func.sum(case((key.seq > func.coalesce(talk_sign.c.read_seq, 0), 1), else_=0))
        query = (
            select(key.conversation_id, type_coerce(func.min(key.at), UtcTime), unread)
            .select_from(message.outerjoin(talk_sign, talk_sign.c.conversation_id == key.conversation_id))
            .where(_CUSTOMERS, key.conversation_id.in_(conversation_ids), key.seq > answered)
            .group_by(key.conversation_id)
        )
        return {row[0]: Pending(row[1], int(row[2])) for row in self._connection.execute(query)}

    def buyers(self, conversation_ids: Collection[str]) -> Mapping[str, Buyer]:
        query = (
            select(conversation.c.id, customer.c.name, customer.c.phone, customer.c.tier)
            .join_from(conversation, customer, customer.c.id == conversation.c.customer_id)
            .where(conversation.c.id.in_(conversation_ids))
        )
        return {row.id: Buyer(row.name, row.phone, row.tier) for row in self._connection.execute(query)}

    def recent(self, limit: int) -> list[Conversation]:
        return self._conversations(select(conversation), limit)

    def lines(self, conversation_id: str, since: int | None, limit: int) -> list[Message]:
        key = message.c
        query = select(message).where(key.conversation_id == conversation_id).order_by(key.seq.desc())
        query = query.limit(limit) if since is None else query.where(key.seq >= since)
        return [as_message(row) for row in reversed(self._connection.execute(query).all())]

    def found(self, text: str, limit: int) -> list[Conversation]:
        ways = _ways(text.strip())
        if not ways:
            return []
        key = conversation.c
        return self._conversations(select(conversation).where(key.id.in_(union(*ways))), limit)

    def _conversations(self, query: Select, limit: int) -> list[Conversation]:
        key = conversation.c
        latest = query.where(key.last_customer_at.is_not(None)).order_by(key.last_customer_at.desc(), key.id)
        return [as_conversation(row) for row in self._connection.execute(latest.limit(limit))]


def _ways(text: str) -> list[Select]:
    """Queries for the ids of conversations, one for each thing that the text may be."""
    number = search_number(text)
    if not number:
        return []
    filed, order = after_sales_case.c, shop_order.c
    ways = [
        select(filed.conversation_id).where(filed.case_no == number),
        select(filed.conversation_id).where(_is_order(number, filed.order_no)),
        select(conversation.c.id).join_from(
            conversation, shop_order, (order.customer_id == conversation.c.customer_id) & (order.search_no == number)
        ),
    ]
    if number.isdigit() and len(number) >= SHORTEST_TAIL:
        known = select(conversation.c.id).join_from(conversation, customer, customer.c.id == conversation.c.customer_id)
        ends = (number[-SHORTEST_TAIL:] == PHONE_TAIL, customer.c.phone.endswith(number))
        ways.append(known.where(*ends))
    return ways


def _is_order(number: str, order_no: ColumnElement[str]) -> ColumnElement[bool]:
    return order_no.in_(select(shop_order.c.order_no).where(shop_order.c.search_no == number))
