"""Drills, read from conversations and their first time with people; and what keeps them out of reports."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from backend.adapters.tables import after_sales_case, conversation, handoff
from backend.domain.drill import CHANNEL, ORDERS, DrillTalk

_TALK, _EPISODE = conversation.c, handoff.c


class DrillQueries:
    """Keeps `ports.Drills`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self) -> str | None:
        query = select(func.max(_TALK.channel_user_id)).where(_TALK.channel == CHANNEL)
        name: str | None = self._connection.execute(query).scalar()
        return None if name is None else _drill_of(name)

    def talks(self, drill: str) -> list[DrillTalk]:
        each = handoff.alias()
        first = select(func.min(each.c.id)).where(each.c.conversation_id == _TALK.id).scalar_subquery()
        case_no = select(func.max(after_sales_case.c.case_no)).where(after_sales_case.c.conversation_id == _TALK.id)
        query = (
            select(handoff, _TALK.channel_user_id, case_no.scalar_subquery().label("case_no"))
            .select_from(conversation.join(handoff, _EPISODE.id == first))
            .where(_TALK.channel == CHANNEL, _TALK.channel_user_id.startswith(f"{drill}-", autoescape=True))
        )
        found = [_talk(row) for row in self._connection.execute(query)]
        return sorted(found, key=lambda each: each.number)


def real_order(order_no: Any) -> Any:
    """The condition that an order's number is no drill's."""
    return order_no.notlike(f"{ORDERS}%")


def real_talk(conversation_id: Any) -> Any:
    """The condition that a conversation is no drill's."""
    return conversation_id.notin_(select(_TALK.id).where(_TALK.channel == CHANNEL))


def _drill_of(name: str) -> str:
    return name.rpartition("-")[0]


def _talk(row: Any) -> DrillTalk:
    return DrillTalk(
        conversation_id=row.conversation_id,
        number=int(row.channel_user_id.rpartition("-")[2]),
        requested_at=row.requested_at,
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
        first_answer_at=row.first_answer_at,
        closed_at=row.closed_at,
        outcome=row.outcome,
        case_no=row.case_no,
    )
