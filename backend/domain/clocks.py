"""The clocks of a case: which parameter of the rule book runs in which state, and what happens when (lifecycle page,
sections 2 and 4).

A clock runs in some states, may stand still in others, and is put away in all the rest. Its marks are moments: a
reminder to the customer, a warning to staff at 50 and 80 percent, and what the end of its time brings about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from backend.domain.case import Case, State
from backend.domain.lifecycle import Event
from backend.domain.progress import WAITING
from backend.domain.request import Reason
from backend.domain.rule_types import Clock, Unit
from backend.domain.rules import Rules
from backend.domain.work_time import after_work_time, work_time
from backend.domain.workdays import IsWorkday, clock_deadline

ARRIVAL = "refund.eta_workdays.arrival"
"""Until money that was paid back should have arrived: the same days as `refund.eta_workdays`, from then on."""

WARNINGS = (50, 80)
"""Percent of a clock's time after which staff are warned."""


class Mark(str, Enum):
    """What a timer does when it is due."""

    NUDGE = "nudge"
    WARN = "warn"
    BREACH = "breach"
    ALERT = "alert"
    EXPIRE = "expire"
    ESCALATE = "escalate"
    DELIVERED = "delivered"
    AUTO_CONFIRM = "auto_confirm"
    TELL = "tell"


class TimerState(str, Enum):
    """How far a timer has come."""

    WAITING = "waiting"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Planned:
    """A timer to be set: what to do at an aware UTC time; `detail` is plain JSON."""

    mark: Mark
    due_at: datetime
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Timer:
    """A stored timer of a case, or of a complaint; `remaining` is what was left of its time when it was paused."""

    id: int
    case_id: int | None
    clock: str
    mark: Mark
    state: TimerState
    due_at: datetime
    remaining: timedelta | None
    attempts: int
    detail: dict[str, Any]
    complaint_id: int | None = None


@dataclass(frozen=True)
class CaseClock:
    """One clock. `starts_by` empty means that entering one of `runs_in` starts it.

    `nudges` names the parameter with the reminders, `grace` the one with days that are waited beyond the told end.
    """

    name: str
    runs_in: frozenset[State]
    end: Mark
    pauses_in: frozenset[State] = frozenset()
    starts_by: frozenset[Event] = frozenset()
    nudges: str | None = None
    grace: str | None = None


_S, _E = State, Event
_CUSTOMER_THINKS = frozenset({_S.NEED_INFO, _S.PROPOSED})
_ASKED_ANEW = frozenset({_E.SUBMIT, _E.APPEAL, _E.REOPEN, _E.PROBLEM})
_PAYING = frozenset({_S.REFUND_PENDING, _S.REFUNDING, _S.REFUND_FAILED})


def _in(*states: State) -> frozenset[State]:
    return frozenset(states)


CLOCKS: tuple[CaseClock, ...] = (
    CaseClock("draft.ttl_hours", _in(_S.DRAFT), Mark.EXPIRE, nudges="draft.nudge_hours"),
    CaseClock("sla.review", _in(_S.SUBMITTED), Mark.BREACH, pauses_in=_CUSTOMER_THINKS),
    CaseClock("sla.first_response_hours", _in(_S.SUBMITTED), Mark.BREACH, starts_by=_ASKED_ANEW),
    CaseClock(
        "sla.solution_hours",
        _in(_S.SUBMITTED, _S.PENDING_APPROVAL),
        Mark.BREACH,
        pauses_in=_CUSTOMER_THINKS,
        starts_by=_ASKED_ANEW,
    ),
    CaseClock("need_info.ttl_hours", _in(_S.NEED_INFO), Mark.EXPIRE, nudges="need_info.nudge_hours"),
    CaseClock("proposal.ttl_days", _in(_S.PROPOSED), Mark.EXPIRE),
    CaseClock("sla.approval", _in(_S.PENDING_APPROVAL), Mark.BREACH),
    CaseClock("appeal.days", _in(_S.REJECTED), Mark.EXPIRE),
    CaseClock(
        "return.ship_by_days",
        _in(_S.AWAITING_RETURN),
        Mark.EXPIRE,
        nudges="return.nudge_days",
        grace="return.grace_days",
    ),
    CaseClock("return.transit_alert_days", _in(_S.RETURN_IN_TRANSIT), Mark.ALERT),
    CaseClock("sla.inspect", _in(_S.RECEIVED), Mark.BREACH),
    CaseClock("inspection_issue.ttl_days", _in(_S.INSPECTION_ISSUE), Mark.ESCALATE),
    CaseClock("sla.send_back_workdays", _in(_S.SENDING_BACK), Mark.BREACH),
    CaseClock("sla.repair_workdays", _in(_S.REPAIRING), Mark.BREACH),
    CaseClock("sla.finance", _in(_S.REFUND_PENDING, _S.REFUND_FAILED), Mark.BREACH),
    CaseClock("refund.eta_workdays", _in(_S.REFUNDING), Mark.ALERT),
    CaseClock("refund.max_workdays", _PAYING, Mark.BREACH),
    CaseClock(
        "refund.max_workdays.warn_calendar_days",
        _PAYING | {_S.RECEIVED},
        Mark.ALERT,
        pauses_in=_in(_S.INSPECTION_ISSUE),
        starts_by=frozenset({_E.RECEIVE}),
    ),
    CaseClock("sla.replacement_ship_hours", _in(_S.REPLACEMENT_PENDING), Mark.BREACH),
    CaseClock("exchange.delivered_days", _in(_S.REPLACEMENT_SHIPPED), Mark.DELIVERED),
    CaseClock(ARRIVAL, _in(_S.AWAITING_CONFIRM), Mark.NUDGE, starts_by=frozenset({_E.REFUND_SUCCEEDED})),
    CaseClock("confirm.auto_days", _in(_S.AWAITING_CONFIRM), Mark.AUTO_CONFIRM),
)
"""Every clock, in the order of the states it belongs to."""


def limit_of(name: str, case: Case, rules: Rules) -> Clock:
    """How long a clock runs for a case: the parameter of that name, which may depend on reason or payment."""
    if name == "refund.max_workdays":
        return Clock(rules.refund_workdays(Reason(case.reason_claimed)), Unit.WORKDAY)
    if name == "refund.max_workdays.warn_calendar_days":
        return Clock(rules.refund.max_workdays.warn_calendar_days, Unit.DAY)
    if name in ("refund.eta_workdays", ARRIVAL):
        return Clock(case.verdict.eta_workdays[1] if case.verdict else 0, Unit.WORKDAY)
    return rules.clock(name)


def days_that_count(limit: Clock, is_workday: IsWorkday) -> IsWorkday:
    """The days on which a clock runs: working days, or all."""
    return is_workday if limit.unit is Unit.WORKDAY else _every_day


def marks(clock: CaseClock, case: Case, rules: Rules, start: datetime, is_workday: IsWorkday) -> list[Planned]:
    """All moments of a clock that starts now, in order; `start` is aware."""
    limit = limit_of(clock.name, case, rules)
    last = _with_grace(clock, limit, rules)
    end = Planned(clock.end, clock_deadline(start, last, is_workday), {"told_until": _iso(start, limit, is_workday)})
    return [*_nudges(clock, rules, start), *_warnings(clock, limit, start, end.due_at, is_workday), end]


def warnings_of(start: datetime, end: datetime, counts: IsWorkday) -> list[Planned]:
    """When staff are warned of the end of a time of which the days of `counts` pass."""
    whole = work_time(start, end, counts)
    return [
        Planned(Mark.WARN, after_work_time(start, whole * percent / 100, counts), {"percent": percent})
        for percent in WARNINGS
    ]


def due_at(state: State, case: Case, rules: Rules, start: datetime, is_workday: IsWorkday) -> datetime | None:
    """By when whoever a state waits for should have acted; None where nothing is due."""
    name = WAITING[state].clock
    if name is None:
        return None
    name = "refund.max_workdays" if name.startswith("refund.max_workdays") else name
    return clock_deadline(start, limit_of(name, case, rules), is_workday)


def _nudges(clock: CaseClock, rules: Rules, start: datetime) -> list[Planned]:
    if clock.nudges is None:
        return []
    given = rules[clock.nudges]
    times: Sequence[int] = given if isinstance(given, tuple) else (given,)
    unit = "hours" if clock.nudges.endswith("hours") else "days"
    return [
        Planned(Mark.NUDGE, start + timedelta(**{unit: each}), {"number": number})
        for number, each in enumerate(times, start=1)
    ]


def _warnings(clock: CaseClock, limit: Clock, start: datetime, end: datetime, is_workday: IsWorkday) -> list[Planned]:
    return warnings_of(start, end, days_that_count(limit, is_workday)) if clock.end is Mark.BREACH else []


def _with_grace(clock: CaseClock, limit: Clock, rules: Rules) -> Clock:
    return Clock(limit.amount + rules[clock.grace], limit.unit) if clock.grace else limit


def _iso(start: datetime, limit: Clock, is_workday: IsWorkday) -> str:
    return clock_deadline(start, limit, is_workday).isoformat()


def _every_day(_day: date) -> bool:
    return True
