"""How long cases stay in a phase, and whether its clock was kept: counted by the database from the log and the timers.

A visit is an unbroken run of states out of the phase's own and its pauses; it lasts as long as the stays in the
phase's own states together, in whole seconds. Percentiles are by nearest rank: the smallest length that at least so
many percent of the visits do not exceed, so it is always one that occurred.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, and_, case, cast, extract, false, func, or_, select
from sqlalchemy.engine import Connection

from backend.adapters.tables import after_sales_case, case_event
from backend.adapters.work_tables import timer
from backend.domain.clocks import Mark, TimerState
from backend.domain.report import Phase
from backend.ports.reports import Row

_EVENT = case_event.c


def stays_row(connection: Connection, filed: Any, phase: Phase) -> Row:
    """`visits, p50_seconds, p90_seconds` of the visits that are over, of cases that fulfil `filed`."""
    length = _visits(connection, filed, phase)
    ranked = select(
        length.c.seconds,
        func.row_number().over(order_by=length.c.seconds).label("rank"),
        func.count().over().label("visits"),
    ).subquery()
    query = select(func.count().label("visits"), _at_least(ranked, 50), _at_least(ranked, 90)).select_from(ranked)
    return plain(connection.execute(query).mappings().one())


def clock_row(connection: Connection, filed: Any, phase: Phase, now: datetime) -> Row:
    """`sla_met, sla_missed, sla_running` of a phase's clock, each time it was set, for cases that fulfil `filed`."""
    run = _runs(filed, phase)
    late = or_(
        run.c.state == TimerState.DONE.value,
        and_(run.c.state == TimerState.WAITING.value, run.c.due_at < now),
        and_(run.c.state == TimerState.CANCELLED.value, func.coalesce(_left_at(run, phase) > run.c.due_at, false())),
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


def _visits(connection: Connection, filed: Any, phase: Phase) -> Any:
    """The length in seconds of every visit that is over."""
    stay = _numbered_stays(filed, phase)
    counts = stay.c.to_state.in_(_codes(phase.states))
    lasted = _seconds(connection, stay.c.left_at) - _seconds(connection, stay.c.at)
    query = (
        select(func.sum(case((counts, lasted))).label("seconds"))
        .where(stay.c.inside == 1)
        .group_by(stay.c.case_id, stay.c.visit)
        .having(and_(func.count() == func.count(stay.c.left_at), func.sum(case((counts, 1))) > 0))
    )
    if phase.starts_by:
        begun = case((stay.c.begins == 1, stay.c.event))
        query = query.having(func.max(begun).in_([event.value for event in phase.starts_by]))
    return query.subquery()


def _numbered_stays(filed: Any, phase: Phase) -> Any:
    """Every stay of a case with the number of the visit it belongs to."""
    stay = _stays(filed, _codes(phase.states | phase.pauses))
    visit = func.sum(stay.c.begins).over(partition_by=stay.c.case_id, order_by=stay.c.version)
    return select(stay, visit.label("visit")).subquery()


def _stays(filed: Any, inside: list[str]) -> Any:
    """Each move of a case as the beginning of a stay; `begins` 1 where it comes in from outside."""
    here = _EVENT.to_state.in_(inside)
    came_in = and_(here, or_(_EVENT.from_state.is_(None), _EVENT.from_state.notin_(inside)))
    left_at = func.lead(_EVENT.at).over(partition_by=_EVENT.case_id, order_by=_EVENT.version)
    return (
        select(
            _EVENT.case_id,
            _EVENT.version,
            _EVENT.event,
            _EVENT.to_state,
            _EVENT.at,
            left_at.label("left_at"),
            case((here, 1), else_=0).label("inside"),
            case((came_in, 1), else_=0).label("begins"),
        )
        .select_from(after_sales_case.join(case_event, _EVENT.case_id == after_sales_case.c.id))
        .where(filed, or_(_EVENT.from_state.is_(None), _EVENT.from_state != _EVENT.to_state))
        .subquery()
    )


def _runs(filed: Any, phase: Phase) -> Any:
    """Each time that the phase's clock was set, and when it was set again for the same case."""
    each = timer.c
    return (
        select(
            each.case_id,
            each.state,
            each.due_at,
            each.set_at,
            func.lead(each.set_at).over(partition_by=each.case_id, order_by=each.id).label("set_again_at"),
        )
        .select_from(after_sales_case.join(timer, each.case_id == after_sales_case.c.id))
        .where(filed, each.clock == phase.clock, each.mark == Mark.BREACH.value)
        .subquery()
    )


def _left_at(run: Any, phase: Phase) -> Any:
    """When the case last left the clock's states before the clock was set again; NULL if it never did."""
    inside = _codes(phase.states)
    return (
        select(func.max(_EVENT.at))
        .where(
            _EVENT.case_id == run.c.case_id,
            _EVENT.at >= run.c.set_at,
            or_(run.c.set_again_at.is_(None), _EVENT.at < run.c.set_again_at),
            _EVENT.from_state.in_(inside),
            _EVENT.to_state.notin_(inside),
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
