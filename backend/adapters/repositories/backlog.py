"""What is on its way or left over, in numbers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import false, func, literal, select
from sqlalchemy.engine import Connection

from backend.adapters.inbox_tables import platform_update
from backend.adapters.refund_tables import refund_leg
from backend.adapters.tables import OPEN_STATES, after_sales_case, conversation, message
from backend.adapters.work_tables import timer
from backend.domain.clocks import TimerState
from backend.domain.conversation import Delivery, Mode
from backend.ports.backlog import Count, Oldest

_ON_ITS_WAY = [each.value for each in (Delivery.QUEUED, Delivery.SENDING, Delivery.HELD, Delivery.UNKNOWN)]
_TO_BE_SENT = [Delivery.QUEUED.value, Delivery.SENDING.value]
_WITH_PEOPLE = [each.value for each in (Mode.QUEUED, Mode.TICKET, Mode.HUMAN, Mode.WAIT_CUSTOMER)]


class BacklogQueries:
    """Keeps `ports.Backlogs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def counts(self, now: datetime) -> list[Count]:
        return [
            Count(kind, state, number)
            for kind, query in _queries(now)
            for state, number in self._connection.execute(query)
        ]

    def oldest(self, now: datetime) -> list[Oldest]:
        return [Oldest(kind, self._connection.execute(query).scalar()) for kind, query in _firsts(now)]


def _firsts(now: datetime) -> Iterator[tuple[str, Any]]:
    yield "outbox", _first(message.c.at, message.c.delivery.in_(_TO_BE_SENT))
    yield "inbox", _first(platform_update.c.at, platform_update.c.done_at.is_(None))
    yield "unanswered", _first(message.c.at, message.c.answered == false())
    yield "refund", _first(refund_leg.c.due_at, refund_leg.c.due_at < now)
    yield "timer", _first(timer.c.due_at, _overdue(now))


def _queries(now: datetime) -> Iterator[tuple[str, Any]]:
    yield "outbox", _by(message.c.delivery, message.c.delivery.in_(_ON_ITS_WAY))
    yield "inbox", _by(platform_update.c.channel, platform_update.c.done_at.is_(None))
    yield "unanswered", _all(message.c.answered == false())
    yield "waiting", _by(conversation.c.mode, conversation.c.mode.in_(_WITH_PEOPLE))
    yield "refund", _by(refund_leg.c.state, refund_leg.c.due_at.is_not(None))
    yield "timer", _all(_overdue(now))
    yield "case", _by(after_sales_case.c.state, after_sales_case.c.state.in_(OPEN_STATES))


def _overdue(now: datetime) -> Any:
    return (timer.c.state == TimerState.WAITING.value) & (timer.c.due_at < now)


def _first(column: Any, condition: Any) -> Any:
    return select(func.min(column)).where(condition)


def _by(column: Any, *conditions: Any) -> Any:
    return select(column, func.count()).where(*conditions).group_by(column).order_by(column)


def _all(condition: Any) -> Any:
    return select(literal(""), func.count()).where(condition)
