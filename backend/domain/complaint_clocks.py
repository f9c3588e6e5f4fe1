"""The clocks of a complaint: which parameter of the rule book runs at which stage, and what its end brings about."""

from dataclasses import dataclass
from datetime import datetime

from backend.domain.clocks import Mark, Planned, days_that_count, warnings_of
from backend.domain.complaint import Stage
from backend.domain.rules import Rules
from backend.domain.workdays import IsWorkday, clock_deadline


@dataclass(frozen=True)
class ComplaintClock:
    """One clock. Entering one of `runs_in` from elsewhere starts it; in `pauses_in` it stands still."""

    name: str
    runs_in: frozenset[Stage]
    end: Mark
    pauses_in: frozenset[Stage] = frozenset()


def _at(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


_S = Stage
_IN_HAND = _at(_S.OPEN, _S.ACKED, _S.INVESTIGATING, _S.WAIT_MERCHANT)

CLOCKS: tuple[ComplaintClock, ...] = (
    ComplaintClock("complaint.ack_hours", _at(_S.OPEN), Mark.BREACH),
    ComplaintClock("complaint.reply_workdays", _IN_HAND | {_S.SUPERVISION}, Mark.BREACH, _at(_S.WAIT_CUSTOMER)),
    ComplaintClock("complaint.evidence_hours", _at(_S.WAIT_CUSTOMER, _S.WAIT_MERCHANT), Mark.EXPIRE),
    ComplaintClock("sla.approval", _at(_S.RULED), Mark.BREACH),
    ComplaintClock("appeal.days", _at(_S.EXECUTED), Mark.EXPIRE),
)
"""Every clock, in the order of the stages it belongs to. The last two are own: a ruling is carried out as fast as an
approval is given, and a customer may go to supervision as long as one may appeal.
"""

TOLD: dict[Stage, str] = {
    _S.OPEN: "complaint.ack_hours",
    _S.ACKED: "complaint.reply_workdays",
    _S.INVESTIGATING: "complaint.reply_workdays",
    _S.WAIT_CUSTOMER: "complaint.evidence_hours",
    _S.WAIT_MERCHANT: "complaint.reply_workdays",
    _S.SUPERVISION: "complaint.reply_workdays",
    _S.RULED: "sla.approval",
    _S.EXECUTED: "appeal.days",
}
"""The clock whose end a customer is told at a stage."""


def marks(clock: ComplaintClock, rules: Rules, start: datetime, is_workday: IsWorkday) -> list[Planned]:
    """All moments of a clock that starts now, in order: staff are warned of its end where it is theirs."""
    limit = rules.clock(clock.name)
    end = clock_deadline(start, limit, is_workday)
    counts = days_that_count(limit, is_workday)
    warnings = warnings_of(start, end, counts) if clock.end is Mark.BREACH else []
    return [*warnings, Planned(clock.end, end)]
