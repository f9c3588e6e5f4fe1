"""How long cases and complaints stay in a phase, and whether its clock was kept: from their logs and their timers.

A visit is an unbroken run of states out of the phase's own and its pauses; it lasts as long as the stays in the
phase's own states together, in whole seconds. Percentiles are by nearest rank: the smallest length that at least so
many percent of the visits do not exceed, so it is always one that occurred.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, Table, and_, case, cast, extract, false, func, or_, select
from sqlalchemy.engine import Connection

from backend.adapters.complaint_tables import complaint, complaint_event
from backend.adapters.tables import after_sales_case, case_event
from backend.adapters.work_tables import timer
from backend.domain.clocks import Mark, TimerState
from backend.domain.report import Phase
from backend.ports.reports import Row


@dataclass(frozen=True)
class Log:
    """Whose stays are counted: the table they are rows of, their log with its columns, and their timers."""

    of: Table
    log: Table
    owner: Column
    event: Column
    came_from: Column
    went_to: Column
    timers_of: Column


_EVENT, _DEED = case_event.c, complaint_event.c
CASES = Log(
    after_sales_case, case_event, _EVENT.case_id, _EVENT.event, _EVENT.from_state, _EVENT.to_state, timer.c.case_id
)
COMPLAINTS = Log(
    complaint,
    complaint_event,
    _DEED.complaint_id,
    _DEED.deed,
    _DEED.from_stage,
    _DEED.to_stage,
    timer.c.complaint_id,
)


def stays_row(connection: Connection, filed: Any, phase: Phase, log: Log = CASES) -> Row:
    """`visits, p50_seconds, p90_seconds` of the visits that are over, of those that fulfil `filed`."""
    length = _visits(connection, filed, phase, log)
    ranked = select(
        length.c.seconds,
        func.row_number().over(order_by=length.c.seconds).label("rank"),
        func.count().over().label("visits"),
    ).subquery()
    query = select(func.count().label("visits"), _at_least(ranked, 50), _at_least(ranked, 90)).select_from(ranked)
    return plain(connection.execute(query).mappings().one())


def clock_row(connection: Connection, filed: Any, phase: Phase, now: datetime, log: Log = CASES) -> Row:
    """`sla_met, sla_missed, sla_running` of a phase's clock, each time it was set, for those that fulfil `filed`."""
    run = _runs(filed, phase, log)
    late = or_(
        run.c.state == TimerState.DONE.value,
        and_(run.c.state == TimerState.WAITING.value, run.c.due_at < now),
        and_(
            run.c.state == TimerState.CANCELLED.value, func.coalesce(_left_at(run, phase, log) > run.c.due_at, false())
        ),
    )
    still_on = run.c.state.in_((TimerState.WAITING.value, TimerState.PAUSED.value))
    query = select(
        _number_of(and_(~late, ~still_on)).label("sla_met"),
        _number_of(late).label("sla_missed"),
        _number_of(and_(~late, still_on)).label("sla_running"),
    ).select_from(run)
    return plain(connection.execute(query).mappings().one())


def plain(row: Mapping[str, Any]) -> Row:
    """A row with whole numbers as such: PostgreSQL gives sums of them as Decimal."""
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _visits(connection: Connection, filed: Any, phase: Phase, log: Log) -> Any:
    """The length in seconds of every visit that is over."""
    stay = _numbered_stays(filed, phase, log)
    counts = stay.c.went_to.in_(_codes(phase.states))
    lasted = _seconds(connection, stay.c.left_at) - _seconds(connection, stay.c.at)
    query = (
        select(func.sum(case((counts, lasted))).label("seconds"))
        .where(stay.c.inside == 1)
        .group_by(stay.c.owner, stay.c.visit)
        .having(and_(func.count() == func.count(stay.c.left_at), func.sum(case((counts, 1))) > 0))
    )
    if phase.starts_by:
        begun = case((stay.c.begins == 1, stay.c.event))
        query = query.having(func.max(begun).in_([event.value for event in phase.starts_by]))
    return query.subquery()


def _numbered_stays(filed: Any, phase: Phase, log: Log) -> Any:
    """Every stay with the number of the visit it belongs to."""
    stay = _stays(filed, _codes(phase.states | phase.pauses), log)
    visit = func.sum(stay.c.begins).over(partition_by=stay.c.owner, order_by=stay.c.version)
    return select(stay, visit.label("visit")).subquery()


def _stays(filed: Any, inside: list[str], log: Log) -> Any:
    """Each move in, about and out as the beginning of a stay; `begins` 1 where it comes in from outside."""
    each, here = log.log.c, log.went_to.in_(inside)
    goes_out = log.came_from.in_(inside)
    came_in = and_(here, or_(log.came_from.is_(None), log.came_from.notin_(inside)))
    left_at = func.lead(each.at).over(partition_by=log.owner, order_by=each.version)
    return (
        select(
            log.owner.label("owner"),
            each.version,
            log.event.label("event"),
            log.went_to.label("went_to"),
            each.at,
            left_at.label("left_at"),
            case((here, 1), else_=0).label("inside"),
            case((came_in, 1), else_=0).label("begins"),
        )
        .select_from(log.of.join(log.log, log.owner == log.of.c.id))
        .where(filed, or_(log.came_from.is_(None), log.came_from != log.went_to), or_(here, goes_out))
        .subquery()
    )


def _runs(filed: Any, phase: Phase, log: Log) -> Any:
    """Each time that the phase's clock was set, and when it was set again for the same owner."""
    each, owner = timer.c, log.timers_of
    return (
        select(
            owner.label("owner"),
            each.state,
            each.due_at,
            each.set_at,
            func.lead(each.set_at).over(partition_by=owner, order_by=each.id).label("set_again_at"),
        )
        .select_from(log.of.join(timer, owner == log.of.c.id))
        .where(filed, each.clock == phase.clock, each.mark == Mark.BREACH.value)
        .subquery()
    )


def _left_at(run: Any, phase: Phase, log: Log) -> Any:
    """When the clock's states were last left before the clock was set again; NULL if they never were."""
    inside, each = _codes(phase.states), log.log.c
    return (
        select(func.max(each.at))
        .where(
            log.owner == run.c.owner,
            each.at >= run.c.set_at,
            or_(run.c.set_again_at.is_(None), each.at < run.c.set_again_at),
            log.came_from.in_(inside),
            log.went_to.notin_(inside),
        )
        .scalar_subquery()
    )


def _seconds(connection: Connection, time: Any) -> Any:
    """Whole seconds since 1970."""
    epoch = extract("epoch", time) if connection.dialect.name == "postgresql" else func.strftime("%s", time)
    whole = func.floor(epoch) if connection.dialect.name == "postgresql" else epoch
    return cast(whole, BigInteger)


def _at_least(ranked: Any, percent: int) -> Any:
    far_enough = ranked.c.rank * 100 >= ranked.c.visits * percent
    return func.min(case((far_enough, ranked.c.seconds))).label(f"p{percent}_seconds")


def _number_of(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _codes(states: Any) -> list[str]:
    return sorted(state.value for state in states)
