"""Lists of cases for staff."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from sqlalchemy import and_, case, exists, func, literal, or_, select
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import Select

from backend.adapters.columns import UtcTime
from backend.adapters.complaint_tables import complaint_case
from backend.adapters.repositories.messages import as_message
from backend.adapters.tables import (
    OPEN_STATES,
    PHONE_TAIL,
    after_sales_case,
    case_line,
    customer,
    message,
    order_line,
    shop_order,
)
from backend.adapters.work_tables import timer
from backend.domain.case import State
from backend.domain.case_queue import SHOPS_TURN, STATES, Place, Queue, Waiting, Wanted
from backend.domain.clocks import Mark, TimerState
from backend.domain.conversation import Message

_CASE = after_sales_case.c
_NEVER = datetime(9999, 1, 1, tzinfo=timezone.utc)
_DUE = func.coalesce(_CASE.due_at, literal(_NEVER, UtcTime))
_STILL_OPEN = _CASE.state.in_(OPEN_STATES)
_SHOPS_TURN = _CASE.state.in_([state.value for state in SHOPS_TURN])
_COMPLAINED = exists().where(complaint_case.c.case_id == _CASE.id, complaint_case.c.is_open)


class CaseQueueTable:
    """Keeps `ports.CaseQueues`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, wanted: Wanted, *, after: Place | None, now: datetime, limit: int) -> list[Waiting]:
        query = _narrowed(select(after_sales_case), wanted)
        if after is not None:
            query = query.where(_behind(wanted.queue, after))
        rows = self._connection.execute(query.order_by(*_order(wanted.queue)).limit(limit)).all()
        ids = [row.id for row in rows]
        goods, used = self._goods(ids), self._used(ids, now)
        return [_waiting(row, goods.get(row.id, []), max(used.get(row.id, {}).values(), default=0)) for row in rows]

    def counts(self, owner: str, now: datetime) -> Mapping[Queue, tuple[int, int]]:
        late = func.sum(case((and_(_SHOPS_TURN, _CASE.due_at <= now), 1), else_=0))
        query = select(_CASE.state, func.count(), late).where(_STILL_OPEN).group_by(_CASE.state)
        found = {State(state): (int(all_), int(over)) for state, all_, over in self._connection.execute(query)}
        counted = {queue: _sum([found.get(state, (0, 0)) for state in states]) for queue, states in STATES.items()}
        beside = {
            Queue.MINE: _CASE.owner == owner,
            Queue.DISPUTE: _CASE.dispute_open,
            Queue.COMPLAINT: _COMPLAINED,
        }
        return {**counted, **{queue: self._count(condition, late) for queue, condition in beside.items()}}

    def of_buyer(self, order_no: str, limit: int) -> list[tuple[str, str, State]]:
        buyer = select(shop_order.c.customer_id).where(shop_order.c.order_no == order_no).scalar_subquery()
        query = (
            select(_CASE.case_no, _CASE.order_no, _CASE.state)
            .join(shop_order, shop_order.c.order_no == _CASE.order_no)
            .where(shop_order.c.customer_id == buyer, _CASE.case_no.isnot(None))
            .order_by(_CASE.id.desc())
            .limit(limit)
        )
        return [(row.case_no, row.order_no, State(row.state)) for row in self._connection.execute(query)]

    def used(self, case_id: int, now: datetime) -> Mapping[str, int]:
        return self._used([case_id], now).get(case_id, {})

    def told(self, case_id: int) -> list[Message]:
        query = select(message).where(message.c.case_id == case_id).order_by(message.c.id)
        return [as_message(row) for row in self._connection.execute(query)]

    def _count(self, condition: Any, late: Any) -> tuple[int, int]:
        query = select(func.count(), func.coalesce(late, 0)).where(condition, _STILL_OPEN)
        all_, over = self._connection.execute(query.select_from(after_sales_case)).one()
        return int(all_), int(over)

    def _goods(self, ids: Sequence[int]) -> dict[int, list[str]]:
        same = and_(order_line.c.order_no == _CASE.order_no, order_line.c.line_no == case_line.c.line_no)
        query = (
            select(case_line.c.case_id, order_line.c.title)
            .join(after_sales_case, _CASE.id == case_line.c.case_id)
            .join(order_line, same)
            .where(case_line.c.case_id.in_(ids))
            .order_by(case_line.c.case_id, case_line.c.line_no)
        )
        found: dict[int, list[str]] = {}
        for case_id, title in self._connection.execute(query):
            found.setdefault(case_id, []).append(title)
        return found

    def _used(self, ids: Sequence[int], now: datetime) -> dict[int, dict[str, int]]:
        """The highest warning that is over, by case and clock, of the clocks of the shop's time that run."""
        key, end = timer.c, timer.alias("ending").c
        runs = exists().where(
            end.case_id == key.case_id,
            end.clock == key.clock,
            end.set_at == key.set_at,
            end.mark == Mark.BREACH.value,
            end.state.in_([TimerState.WAITING.value, TimerState.DONE.value]),
        )
        query = select(key.case_id, key.clock, key.mark, key.detail).where(
            key.case_id.in_(ids),
            key.mark.in_([Mark.WARN.value, Mark.BREACH.value]),
            key.state.in_([TimerState.WAITING.value, TimerState.DONE.value]),
            key.due_at <= now,
            runs,
        )
        used: dict[int, dict[str, int]] = {}
        for case_id, clock, mark, detail in self._connection.execute(query):
            percent = 100 if mark == Mark.BREACH.value else int(detail["percent"])
            of_case = used.setdefault(case_id, {})
            of_case[clock] = max(of_case.get(clock, 0), percent)
        return used


def _narrowed(query: Select, wanted: Wanted) -> Select:
    conditions: list[Any] = [_CASE.case_no.isnot(None), _CASE.state != State.DRAFT.value, *_of_queue(wanted)]
    if wanted.state is not None:
        conditions.append(_CASE.state == wanted.state.value)
    if wanted.reason is not None:
        conditions.append(func.coalesce(_CASE.reason_confirmed, _CASE.reason_claimed) == wanted.reason)
    if wanted.overdue_at is not None:
        conditions += [_SHOPS_TURN, _CASE.due_at <= wanted.overdue_at]
    if wanted.risky:
        conditions.append(or_(_CASE.risk > 0, _CASE.risk_hold))
    if wanted.numbers:
        conditions.append(or_(_CASE.case_no.in_(wanted.numbers), _CASE.order_no.in_(wanted.numbers)))
    if wanted.phone_tail is not None:
        buyers = select(shop_order.c.order_no).join(customer, customer.c.id == shop_order.c.customer_id)
        conditions.append(_CASE.order_no.in_(buyers.where(wanted.phone_tail == PHONE_TAIL)))
    return query.where(*conditions)


def _of_queue(wanted: Wanted) -> list[Any]:
    if wanted.queue in STATES:
        return [_CASE.state.in_([state.value for state in STATES[wanted.queue]])]
    is_open = _CASE.state != State.CLOSED.value
    return {
        Queue.MINE: [_CASE.owner == wanted.owner, is_open],
        Queue.DISPUTE: [_CASE.dispute_open, is_open],
        Queue.COMPLAINT: [_COMPLAINED, is_open],
        Queue.ALL: [] if wanted.owner is None else [_CASE.owner == wanted.owner],
    }[wanted.queue]


def _order(queue: Queue) -> tuple[Any, ...]:
    return (_CASE.id.desc(),) if queue is Queue.ALL else (_CASE.priority.desc(), _DUE, _CASE.id)


def _behind(queue: Queue, place: Place) -> Any:
    """What comes after a place in the queue's order."""
    if queue is Queue.ALL:
        return _CASE.id < place.case_id
    due = literal(place.due_at or _NEVER, UtcTime)
    later = or_(due < _DUE, and_(due == _DUE, _CASE.id > place.case_id))
    return or_(_CASE.priority < place.priority, and_(_CASE.priority == place.priority, later))


def _sum(counted: Sequence[tuple[int, int]]) -> tuple[int, int]:
    return sum(all_ for all_, _ in counted), sum(late for _, late in counted)


def _waiting(row: Row, goods: Sequence[str], used: int) -> Waiting:
    return Waiting(
        id=row.id,
        case_no=row.case_no,
        version=row.version,
        state=State(row.state),
        remedy=row.remedy,
        reason=row.reason_confirmed or row.reason_claimed,
        order_no=row.order_no,
        amount_fen=row.refundable_fen if row.approved_fen is None else row.approved_fen,
        owner=row.owner,
        priority=row.priority,
        due_at=row.due_at,
        submitted_at=row.submitted_at,
        risk=row.risk,
        risk_hold=row.risk_hold,
        dispute_open=row.dispute_open,
        goods=goods[0] if goods else "",
        more=max(len(goods) - 1, 0),
        used=used,
    )
