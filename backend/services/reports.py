"""Reports for a range of days, whole or by week or month: which there are, and their lines (rule book 11, `report`).

What each column means stands in `docs/reports.md`. The end of a column's code tells its unit: `_fen`, `_seconds`,
`_pct` (percent with one decimal); any other is a count, a code, a text or a day.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from backend.domain.case import State
from backend.domain.complaint import Cause, Stage
from backend.domain.improvement import Improvement, compared
from backend.domain.rating import LEAST, MOST
from backend.domain.report import COMPLAINT_PHASES, PHASES, By, Period, Phase, average, percent, periods
from backend.domain.request import Reason
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import FreightPayer
from backend.errors import ReportRefused
from backend.ports import Reports, UnitOfWork, World
from backend.ports.reports import Row

REPEATED = 3
"""From so many cases on a cause counts as repeating; own number."""


CONTENT = 4
"""From this score on a customer counts as content: the usual share of the two best of five."""


@dataclass(frozen=True)
class ReportTable:
    """A report: its columns' codes in order, and rows with a value for each of them."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Asked:
    """What a report is made of: the tables, one period, and what codes are called now."""

    reports: Reports
    period: Period
    book: RuleBook
    now: datetime
    least: int


@dataclass(frozen=True)
class Kind:
    """One kind of report: its columns beside `period`, and what gives a period's lines."""

    columns: tuple[str, ...]
    lines: Callable[[Asked], Iterable[Row]]


def make_report(
    world: World, name: str, first: date, last: date, by: By = By.WHOLE, *, least: int = REPEATED
) -> ReportTable:
    """The report of that name over the days from `first` to `last`, both included, of the merchant's zone.

    `least` is from how many cases on a cause counts as repeating. Raises ReportRefused.
    """
    if name not in names():
        raise ReportRefused(f"there is no report {name!r}; there are {', '.join(names())}")
    if least < 1:
        raise ReportRefused("a cause has at least 1 case")
    try:
        cut = periods(first, last, by)
    except ValueError as error:
        raise ReportRefused(str(error)) from error
    now = world.clock.now()
    book = world.rule_book(now)
    with world.read() as work:
        if name == IMPROVEMENTS:
            return ReportTable(name, IMPROVEMENT_COLUMNS, tuple(_improvements(work, cut, book, now)))
        kind = KINDS[name]
        rows = [
            {"period": period.label, **line}
            for period in cut
            for line in kind.lines(Asked(work.reports, period, book, now, least))
        ]
    columns = ("period", *kind.columns)
    return ReportTable(name, columns, tuple({code: row.get(code) for code in columns} for row in rows))


def names() -> tuple[str, ...]:
    """Every report there is."""
    return (*KINDS, IMPROVEMENTS)


def _states(asked: Asked) -> list[Row]:
    rows = asked.reports.states(asked.period)
    return _shares([{**row, "state_label": State(row["state"]).label} for row in rows], "cases")


def _reasons(asked: Asked) -> list[Row]:
    codes = ("reason_claimed", "reason_confirmed")
    rows = asked.reports.reasons(asked.period)
    return _shares([{**row, **{f"{code}_label": _label(asked, row[code]) for code in codes}} for row in rows], "cases")


def _products(asked: Asked) -> list[Row]:
    rows = asked.reports.products(asked.period)
    return [{**row, "case_rate_pct": percent(row["pieces"], row["sold_pieces"])} for row in rows]


def _channels(asked: Asked) -> list[Row]:
    return _shares(asked.reports.channels(asked.period), "cases")


def _dispositions(asked: Asked) -> list[Row]:
    return asked.reports.dispositions(asked.period)


def _times(asked: Asked) -> list[Row]:
    return [_phase(asked, phase) for phase in PHASES]


def _phase(asked: Asked, phase: Phase) -> Row:
    row = {"phase": phase.name, "clock": phase.clock, **asked.reports.stays(asked.period, phase)}
    if not phase.limited:
        return row
    kept = asked.reports.clock(asked.period, phase, asked.now)
    return {**row, **kept, "sla_hit_pct": percent(kept["sla_met"], kept["sla_met"] + kept["sla_missed"])}


def _refunds(asked: Asked) -> list[Row]:
    orders = asked.reports.orders(asked.period)
    rate = percent(orders["orders_refunded"], orders["orders"])
    return [{**orders, "refund_rate_pct": rate, **asked.reports.money(asked.period)}]


def _freight(asked: Asked) -> list[Row]:
    rows = asked.reports.freight(asked.period)
    return [
        {**row, "payer_label": asked.book.label(FreightPayer(row["payer"])) if row["payer"] else ""} for row in rows
    ]


def _rejections(asked: Asked) -> list[Row]:
    row = asked.reports.rejections(asked.period)
    decided = row["appeals_won"] + row["appeals_lost"]
    rates = {
        "reject_rate_pct": percent(row["rejected"], row["cases"]),
        "appeal_won_pct": percent(row["appeals_won"], decided),
    }
    return [{**row, **rates}]


def _satisfaction(asked: Asked) -> list[Row]:
    given = {row["score"]: row["ratings"] for row in asked.reports.ratings(asked.period)}
    number = sum(given.values())
    low = sum(ratings for score, ratings in given.items() if score <= asked.book.rules.csat.low_alert)
    content = sum(ratings for score, ratings in given.items() if score >= CONTENT)
    return [
        {
            "ratings": number,
            "average_score": average(sum(score * ratings for score, ratings in given.items()), number),
            "csat_pct": percent(content, number),
            "low_ratings": low,
            **{f"score_{score}": given.get(score, 0) for score in range(LEAST, MOST + 1)},
        }
    ]


def _handoffs(asked: Asked) -> list[Row]:
    return _shares(asked.reports.handoffs(asked.period), "handoffs")


def _containment(asked: Asked) -> list[Row]:
    row = asked.reports.containment(asked.period)
    everybody, handed = row["conversations"], row["handed_over"]
    return [
        {
            **row,
            "contained": everybody - handed,
            "handoff_rate_pct": percent(handed, everybody),
            "containment_pct": percent(everybody - handed, everybody),
        }
    ]


def _complaints(asked: Asked) -> list[Row]:
    rows = [
        {
            **row,
            "cause_label": Cause(row["cause"]).label,
            "upheld_pct": percent(row["supported"] + row["partly_supported"], row["complaints_ruled"]),
        }
        for row in asked.reports.complaints(asked.period)
    ]
    return _shares(rows, "complaints")


def _complaint_stages(asked: Asked) -> list[Row]:
    rows = asked.reports.complaint_stages(asked.period)
    return _shares([{**row, "stage_label": Stage(row["stage"]).label} for row in rows], "complaints")


def _complaint_times(asked: Asked) -> list[Row]:
    return [_complaint_phase(asked, phase) for phase in COMPLAINT_PHASES]


def _complaint_phase(asked: Asked, phase: Phase) -> Row:
    kept = asked.reports.complaint_clock(asked.period, phase, asked.now)
    stays = asked.reports.complaint_stays(asked.period, phase)
    hit = percent(kept["sla_met"], kept["sla_met"] + kept["sla_missed"])
    return {"phase": phase.name, "clock": phase.clock, **stays, **kept, "sla_hit_pct": hit}


def _causes(asked: Asked) -> list[Row]:
    rows = asked.reports.causes(asked.period, asked.least)
    return [{**row, "reason_label": _label(asked, row["reason"]), "due": _iso(row["due"])} for row in rows]


def _summary(asked: Asked) -> list[Row]:
    states = asked.reports.states(asked.period)
    times = {phase.name: _phase(asked, phase) for phase in PHASES if phase.name in _TOLD}
    open_cases = sum(row["cases"] for row in states if row["state"] != State.CLOSED.value)
    return [
        {
            **_refunds(asked)[0],
            **_rejections(asked)[0],
            **_containment(asked)[0],
            **_satisfaction(asked)[0],
            "open_cases": open_cases,
            "handoffs": sum(row["handoffs"] for row in asked.reports.handoffs(asked.period)),
            **{f"{name}_p50_seconds": times[name]["p50_seconds"] for name in _TOLD},
            **{f"{name}_p90_seconds": times[name]["p90_seconds"] for name in _TOLD},
            **{f"{name}_sla_hit_pct": times[name]["sla_hit_pct"] for name in _TOLD if "sla_hit_pct" in times[name]},
        }
    ]


def _improvements(work: UnitOfWork, cut: Iterable[Period], book: RuleBook, now: datetime) -> Iterable[Row]:
    """Actions that were under way within the range, each with its effect so far."""
    whole = tuple(cut)
    since, until = whole[0].since, whole[-1].until
    for action in work.improvements.all(only_open=False):
        if action.opened_at < until and (action.closed_at is None or action.closed_at >= since):
            row = {**vars(action), "reason_label": book.label(Reason(action.reason))}
            row |= {name: _iso(row[name]) for name in ("due", "opened_at", "closed_at")}
            row |= _effect(work.reports, action, now)
            yield {code: row.get(code) for code in IMPROVEMENT_COLUMNS}


def _effect(reports: Reports, action: Improvement, now: datetime) -> Row:
    stretch = compared(action, now)
    if stretch is None:
        return {}
    before, sold_before = reports.cases_of_cause(action.reason, action.sku, *stretch.before)
    after, sold_after = reports.cases_of_cause(action.reason, action.sku, *stretch.after)
    length = stretch.after[1] - stretch.after[0]
    return {
        "compared_seconds": int(length.total_seconds()),
        "cases_before": before,
        "cases_after": after,
        "sold_before": sold_before,
        "sold_after": sold_after,
        "rate_before_pct": percent(before, sold_before),
        "rate_after_pct": percent(after, sold_after),
    }


def _shares(rows: list[Row], counted: str) -> list[Row]:
    whole = sum(row[counted] for row in rows)
    return [{**row, "share_pct": percent(row[counted], whole)} for row in rows]


def _label(asked: Asked, reason: str | None) -> str | None:
    return None if reason is None else asked.book.label(Reason(reason))


def _iso(moment: date | None) -> str | None:
    return None if moment is None else moment.isoformat()


_TOLD = ("first_answer", "review", "ship_back", "inspect", "payout")
"""The phases that the summary tells."""

# fmt: off
_REFUNDS = (
    "orders", "orders_refunded", "refund_rate_pct", "sales_fen", "refunds", "cases_refunded", "refunded_fen",
    "points_fen", "freight_fen", "compensation_fen",
)
_REJECTIONS = (
    "cases", "rejected", "reject_rate_pct", "appealed", "appeals_won", "appeals_lost", "appeals_open", "appeal_won_pct",
)
_CONTAINMENT = ("conversations", "handed_over", "contained", "handoff_rate_pct", "containment_pct")
_SATISFACTION = (
    "ratings", "average_score", "csat_pct", "low_ratings", "score_1", "score_2", "score_3", "score_4", "score_5",
)
_TIMES = (
    "phase", "clock", "visits", "p50_seconds", "p90_seconds", "sla_met", "sla_missed", "sla_running", "sla_hit_pct",
)
_OF_PHASES = (
    "first_answer_p50_seconds", "first_answer_p90_seconds", "first_answer_sla_hit_pct",
    "review_p50_seconds", "review_p90_seconds", "review_sla_hit_pct",
    "ship_back_p50_seconds", "ship_back_p90_seconds",
    "inspect_p50_seconds", "inspect_p90_seconds", "inspect_sla_hit_pct",
    "payout_p50_seconds", "payout_p90_seconds", "payout_sla_hit_pct",
)
# fmt: on

KINDS: Mapping[str, Kind] = {
    "summary": Kind(
        ("open_cases", *_REJECTIONS, *_REFUNDS, *_CONTAINMENT, "handoffs", *_SATISFACTION[:4], *_OF_PHASES),
        _summary,
    ),
    "states": Kind(("state", "state_label", "close_reason", "cases", "share_pct"), _states),
    "reasons": Kind(
        ("reason_claimed", "reason_claimed_label", "reason_confirmed", "reason_confirmed_label", "cases", "share_pct"),
        _reasons,
    ),
    "products": Kind(("sku", "product", "cases", "pieces", "sold_pieces", "case_rate_pct"), _products),
    "channels": Kind(("channel", "cases", "share_pct"), _channels),
    "dispositions": Kind(("disposition", "cases", "pieces"), _dispositions),
    "times": Kind(_TIMES, _times),
    "refunds": Kind(_REFUNDS, _refunds),
    "freight": Kind(("payer", "payer_label", "cases", "parcels", "shipping_back_fen", "freight_fen"), _freight),
    "rejections": Kind(_REJECTIONS, _rejections),
    "satisfaction": Kind(_SATISFACTION, _satisfaction),
    "handoffs": Kind(("handoff_reason", "handoffs", "share_pct"), _handoffs),
    "containment": Kind(_CONTAINMENT, _containment),
    "complaints": Kind(
        (
            "cause",
            "cause_label",
            "complaints",
            "share_pct",
            "complaints_open",
            "complaints_ruled",
            "supported",
            "partly_supported",
            "not_supported",
            "upheld_pct",
            "escalated",
            "withdrawn",
        ),
        _complaints,
    ),
    "complaint_stages": Kind(("stage", "stage_label", "complaints", "share_pct"), _complaint_stages),
    "complaint_times": Kind(_TIMES, _complaint_times),
    "causes": Kind(
        ("reason", "reason_label", "sku", "product", "cases", "improvement_id", "owner", "due"),
        _causes,
    ),
}
"""Every report that is made period by period."""

IMPROVEMENTS = "improvements"
IMPROVEMENT_COLUMNS = (
    "id", "reason", "reason_label", "sku", "action", "owner", "due", "opened_by", "opened_at", "closed_by", "closed_at",
    "outcome", "compared_seconds", "cases_before", "cases_after", "sold_before", "sold_after", "rate_before_pct",
    "rate_after_pct",
)  # fmt: skip
