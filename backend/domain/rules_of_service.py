"""The rule book's sections 10 and 11 as types: complaint, crisis, conversation, privacy, risk, reports."""

from dataclasses import dataclass
from typing import Annotated

from backend.domain.rating import LEAST, MOST
from backend.domain.rule_types import (
    AtLeastOne,
    Count,
    Days,
    Fen,
    HourOfDay,
    Hours,
    Minutes,
    Only,
    Percent,
    Range,
    Span,
)


@dataclass(frozen=True)
class Complaint:
    ack_hours: Hours
    reply_workdays: Days
    evidence_hours: Hours
    ladder: tuple[str, ...]


@dataclass(frozen=True)
class CrisisVolume:
    cases: AtLeastOne
    hours: Hours


@dataclass(frozen=True)
class Crisis:
    keywords: tuple[str, ...]
    volume_threshold: CrisisVolume
    statement_templates: tuple[str, ...]


@dataclass(frozen=True)
class Drill:
    mode: Annotated[bool, Only(False, "drills are started by `python -m backend drill start`, not by a rule")]


@dataclass(frozen=True)
class Tone:
    apology_first: Annotated[bool, Only(True, "every wording begins with an apology where one is due")]
    empathy_templates: tuple[str, ...]
    banned_words: tuple[str, ...]


@dataclass(frozen=True)
class HoursOfDay:
    """From and to, full hours of the merchant's zone."""

    from_: HourOfDay
    to: HourOfDay


@dataclass(frozen=True)
class Calendar:
    """Books of before `agent_workdays_only` had their agents at work on every day."""

    agent_hours: HoursOfDay
    holidays: Annotated[str, Only("china", "working days come from the Chinese calendar")]
    agent_workdays_only: bool = False


@dataclass(frozen=True)
class IdleMinutes:
    nudge: Minutes
    close: Minutes


@dataclass(frozen=True)
class TalkSla:
    """Working time from the request for people to their first answer, and to the end of the episode."""

    first_answer_minutes: AtLeastOne = 10
    solution_hours: AtLeastOne = 8


@dataclass(frozen=True)
class Handoff:
    """Books of before `sla` are read with its defaults."""

    triggers: tuple[str, ...]
    amount: Fen
    fallbacks: AtLeastOne
    queue_ack_seconds: Count
    idle_minutes: IdleMinutes
    sla: TalkSla = TalkSla()


@dataclass(frozen=True)
class Status:
    identity_required: Annotated[bool, Only(True, "an order is shown to nobody but its buyer")]


@dataclass(frozen=True)
class Notify:
    quiet_hours: HoursOfDay
    channels: tuple[str, ...]


@dataclass(frozen=True)
class RiskSignals:
    refund_rate_pct: Percent
    refund_rate_orders: AtLeastOne
    open_cases: AtLeastOne
    photo_reuse: bool
    photo_distance: Annotated[int, Range(0, 7)]
    waybill_reuse: bool
    new_account_amount: Fen
    reason_gap: bool


@dataclass(frozen=True)
class Risk:
    signals: RiskSignals
    threshold: AtLeastOne
    action: Annotated[str, Only("human_review", "a suspicion never rejects by itself")]


@dataclass(frozen=True)
class Privacy:
    """Books of before `transcript_retention_days` are read with its default."""

    mask: Annotated[str, Only("138****1234", "three digits, four stars and four digits are shown")]
    retention_days: Days
    access_log: Annotated[bool, Only(True, "looks at personal data are always logged")]
    transcript_retention_days: Days = 730


@dataclass(frozen=True)
class Csat:
    scale: Annotated[Span, Only(Span(LEAST, MOST), "a rating is kept as 1 to 5")]
    low_alert: Count


KPIS = (
    "cases_by_state", "reasons", "products", "channels", "step_times", "sla_hits", "refund_rate", "amount", "rejects",
    "appeals_won", "handoffs", "csat", "repeat_causes",
)  # fmt: skip
"""What is reported (rule book, section 11)."""


@dataclass(frozen=True)
class Report:
    period: Annotated[tuple[str, ...], Only(("weekly", "monthly"), "every report can be cut by weeks and by months")]
    kpis: Annotated[tuple[str, ...], Only(KPIS, "every figure is always reported")]


@dataclass(frozen=True)
class Improvement:
    actions: Annotated[
        tuple[str, ...], Only(("cause", "owner", "due", "effect"), "an improvement without them leads nowhere")
    ]
