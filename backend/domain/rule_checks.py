"""What no rule book may say, and what it may but hardly wants to. Single values are checked where they are
read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from backend.domain.case import Role
from backend.domain.order import PaymentMethod
from backend.domain.request import Reason
from backend.domain.risk import SignalKind
from backend.domain.rule_types import Clock, Fault, RefundChannel, Restore, ReviewBreach, Unit
from backend.domain.rules import Rules

LEGAL_DAYS_WITHOUT_REASON = 7  # requirements 17, trap 2: seven days without a reason for goods bought at a distance
LEGAL_REFUND_DAYS = 7  # requirements 17, trap 4: calendar days from receiving the goods back
_LEVELS = (Role.AGENT, Role.SUPERVISOR, Role.MANAGER)


@dataclass(frozen=True)
class Finding:
    """What is wrong with the parameter `name`. A `warning` is possible, but to be known."""

    name: str
    reason: str
    warning: bool = False


def findings(rules: Rules, acknowledged_by: str = "") -> list[Finding]:
    """Everything impossible or strange in a set of rules. `acknowledged_by` answers for a broken legal
    minimum.
    """
    return [
        *_legal_minimum(rules, acknowledged_by or rules.window.acknowledged_by),
        *_reasons(rules),
        *_nudges(rules),
        *_limits(rules),
        *_grades(rules),
        *_automatic_approval(rules),
        *_compensation(rules),
        *_risk(rules),
        *_payers(rules),
        *_refund_times(rules),
        *_time_to_pay(rules),
        *_bounds(rules),
    ]


def _legal_minimum(rules: Rules, acknowledged_by: str) -> Iterator[Finding]:
    if rules.window.days < LEGAL_DAYS_WITHOUT_REASON and not acknowledged_by:
        yield Finding(
            "window.days",
            f"is below the legal {LEGAL_DAYS_WITHOUT_REASON} days for returns without a reason; "
            "name who answers for it in acknowledged_by",
        )


def _reasons(rules: Rules) -> Iterator[Finding]:
    for code, reason in rules.reasons.items():
        if not reason.wishes:
            yield Finding(f"reasons.{code.value}.remedies", "offers nothing that a customer could ask for")


def _nudges(rules: Rules) -> Iterator[Finding]:
    """A reminder after the end would never be sent."""
    timed = (
        ("need_info.nudge_hours", rules.need_info.nudge_hours, rules.need_info.ttl_hours),
        ("return.nudge_days", rules.return_.nudge_days, rules.return_.ship_by_days),
        ("draft.nudge_hours", (rules.draft.nudge_hours,), rules.draft.ttl_hours),
        ("handoff.idle_minutes.nudge", (rules.handoff.idle_minutes.nudge,), rules.handoff.idle_minutes.close),
    )
    for name, nudges, end in timed:
        late = [nudge for nudge in nudges if nudge >= end]
        if late:
            yield Finding(name, f"reminds at {late[0]}, but all is over at {end}")


def _limits(rules: Rules) -> Iterator[Finding]:
    """Each level may decide at least what the level below it may; None is without limit."""
    for name, matrix in (
        ("approval.matrix", rules.approval.matrix),
        ("compensation.limit", rules.compensation.limit),
    ):
        missing = [role.value for role in _LEVELS if role not in matrix]
        if missing:
            yield Finding(name, f"has no limit for {', '.join(missing)}")
            continue
        amounts = [matrix[role] for role in _LEVELS]
        if [_amount(fen) for fen in amounts] != sorted(_amount(fen) for fen in amounts):
            yield Finding(name, "gives a lower level more than a higher one")


def _amount(fen: int | None) -> tuple[bool, int]:
    return (fen is None, fen or 0)


def _grades(rules: Rules) -> Iterator[Finding]:
    unknown = sorted(set(rules.amount.deduction_schedule) - set(rules.inspect.grades))
    if unknown:
        yield Finding(f"amount.deduction_schedule.{unknown[0]}", "is not one of inspect.grades")
    for grade, percent in rules.amount.deduction_schedule.items():
        paid = rules.inspect.grades.get(grade, 100 - percent)
        if paid + percent != 100:
            yield Finding(
                f"amount.deduction_schedule.{grade}",
                f"takes {percent} %, but inspect.grades pays {paid} %: together they must be 100",
            )


def _automatic_approval(rules: Rules) -> Iterator[Finding]:
    auto = rules.approval.auto
    on_breach = rules.sla.review_breach_action is ReviewBreach.AUTO_APPROVE
    if not auto.enabled and not on_breach:
        return
    if auto.enabled and not auto.reasons:
        yield Finding("approval.auto.reasons", "is empty, so nothing would be approved")
    limit = rules.approval.matrix.get(Role.AGENT)
    if limit is not None and auto.max_amount > limit:
        yield Finding("approval.auto.max_amount", "is above what an agent may approve")


def _compensation(rules: Rules) -> Iterator[Finding]:
    given = rules.compensation
    for number, row in enumerate(given.table, 1):
        if row.reason in given.human_only:
            yield Finding(f"compensation.table.{number}.reason", "is one of human_only: people name what they give")
        if row.amount == 0:
            yield Finding(f"compensation.table.{number}.amount", "gives nothing: leave the row out")
    if given.sla_breach.enabled and not given.sla_breach.coupon:
        yield Finding("compensation.sla_breach.coupon", "is nothing, so a missed time would be compensated by nothing")


def _risk(rules: Rules) -> Iterator[Finding]:
    if rules.risk.threshold > len(SignalKind):
        yield Finding(
            "risk.threshold",
            f"is above the {len(SignalKind)} kinds of signals there are, so no case would ever be risky",
            warning=True,
        )


def _payers(rules: Rules) -> Iterator[Finding]:
    """Transport of faulty goods is the seller's."""
    for fault in (Fault.MERCHANT, Fault.CARRIER):
        payer = rules.freight.payer[fault].value
        if payer not in ("merchant", "none"):
            yield Finding(f"freight.payer.{fault.value}", f"is {payer}, but faulty goods travel at the shop's cost")


def _refund_times(rules: Rules) -> Iterator[Finding]:
    for method in PaymentMethod:
        if method.value not in rules.refund.eta_workdays:
            yield Finding(f"refund.eta_workdays.{method.value}", "is missing")


def _time_to_pay(rules: Rules) -> Iterator[Finding]:
    for code, reason in rules.reasons.items():
        if reason.fault is not Fault.CUSTOMER:
            continue
        days = most_calendar_days(rules, code)
        if days > LEGAL_REFUND_DAYS:
            yield Finding(
                f"refund.max_workdays.by_reason.{code.value}",
                f"sla.inspect, sla.finance and this together can take {days} calendar days from receiving the "
                f"goods; the law gives {LEGAL_REFUND_DAYS} for returns without a reason",
                warning=True,
            )


def most_calendar_days(rules: Rules, reason: Reason) -> int:
    """The longest from goods received to money paid, without public holidays: weekends fall in as
    unluckily as can be.
    """
    clocks = (rules.sla.inspect, rules.sla.finance, Clock(rules.refund_workdays(reason), Unit.WORKDAY))
    workdays = sum(clock.amount for clock in clocks if clock.unit is Unit.WORKDAY)
    hours = sum(clock.amount for clock in clocks if clock.unit is Unit.HOUR)
    days = sum(clock.amount for clock in clocks if clock.unit is Unit.DAY)
    return workdays + 2 * ((workdays + 4) // 5) + days + (hours + 23) // 24


def _bounds(rules: Rules) -> Iterator[Finding]:
    tests: tuple[tuple[str, bool, str], ...] = (
        ("csat.low_alert", rules.csat.low_alert <= rules.csat.scale.longest, "is above the scale"),
        (
            "service_refund.range",
            rules.service_refund.range.least <= rules.service_refund.range.most,
            "begins above its end",
        ),
        (
            "calendar.agent_hours",
            rules.calendar.agent_hours.from_ < rules.calendar.agent_hours.to,
            "begins after its end",
        ),
        (
            "coupon.restore",
            rules.coupon.restore is not Restore.PROPORTIONAL,
            "cannot be: a coupon is whole",
        ),
        (
            "refund.drain_first",
            PaymentMethod.POINTS not in rules.refund.drain_first,
            "names points, which always go back in proportion",
        ),
        (
            "refund.drain_first",
            len(set(rules.refund.drain_first)) == len(rules.refund.drain_first),
            "names a payment method twice",
        ),
        ("refund.channels", rules.refund.channels[:1] == (RefundChannel.ORIGINAL,), "must begin with original"),
    )
    for name, holds, reason in tests:
        if not holds:
            yield Finding(name, reason)
    if not rules.price_gap.how_to_pay.strip():
        yield Finding("price_gap.how_to_pay", "is empty, so nobody could pay a gap without a link")
    for part in fields(rules.return_.address):
        if not getattr(rules.return_.address, part.name).strip():
            yield Finding(f"return.address.{part.name}", "is empty, so nobody could send anything back")
