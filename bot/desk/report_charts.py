"""Which chart shows which report: its rows made into what `charts` draws. Words come from `reports/words.yml`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup

from backend.commands.report_words import cells_of, head_of, phase_name
from backend.domain.workdays import MERCHANT_ZONE
from backend.ports.reports import Row
from backend.services.reports import ReportTable
from bot.desk import charts
from bot.desk.charts import Bar, Line, Pair
from bot.documents.paper import words_of_codes

MOST_BARS = 10
HOUR = 3600


@lru_cache(maxsize=1)
def words() -> Mapping[str, Any]:
    """What reports, charts and codes are called."""
    path = Path(__file__).parent / "templates" / "reports" / "words.yml"
    return dict(yaml.safe_load(path.read_text("utf-8")))


def drawn(table: ReportTable) -> list[Markup]:
    """The charts of a report over its whole range; none where there is nothing to show."""
    draw = _DRAWN.get(table.name)
    rows = [row for row in table.rows if any(row[code] for code in table.columns if code != "period")]
    return [chart for chart in draw(rows) if chart] if draw and rows else []


def drawn_over_time(table: ReportTable) -> list[Markup]:
    """The shares of the summary, period by period."""
    if table.name != "summary" or len(table.rows) < 2:
        return []
    labels = [str(row["period"]) for row in table.rows]
    lines = [Line(words()["titles"][code], tuple(row[code] for row in table.rows)) for code in _SHARES]
    return [charts.trend(words()["titles"]["trend"], labels, lines, 100, "%")]


_SHARES = ("containment_pct", "csat_pct", "refund_rate_pct", "reject_rate_pct")


def code_word(kind: str, code: Any) -> str:
    """What a code of a report is called; the code itself where it has no name."""
    known = words()["codes"].get(kind) or words_of_codes().get(f"{kind}s", {})
    return str(known.get(code, code or "—"))


def heads(table: ReportTable) -> list[str]:
    """What the columns of `shown` are called."""
    return [head for column, head in zip(table.columns, head_of(table), strict=True) if _is_read(table, column)]


def shown(table: ReportTable) -> list[list[object]]:
    """The rows as the desk shows them: in words and in the merchant's zone, without the codes that names stand for.
    Files keep the codes.
    """
    return [
        [
            _shown(column, value, row)
            for column, value in zip(table.columns, cells, strict=True)
            if _is_read(table, column)
        ]
        for row, cells in zip(table.rows, cells_of(table), strict=True)
    ]


def _is_read(table: ReportTable, column: str) -> bool:
    """Whether people read it: not a code with a column of names beside it."""
    return column != "clock" and f"{column}_label" not in table.columns


def _shown(column: str, value: object, row: Row) -> object:
    if column in ("state_label", "stage_label"):
        return _standing(column, row)
    if value and column in ("channel", "handoff_reason", "disposition", "close_reason"):
        return code_word(column, value)
    if isinstance(value, str) and column.endswith("_at"):
        return f"{datetime.fromisoformat(value).astimezone(MERCHANT_ZONE):%Y-%m-%d %H:%M}"
    return value


def _standing(column: str, row: Row) -> str:
    """How far a case or complaint has come, in the words of staff: those of the report are the customer's."""
    kind = column.removesuffix("_label")
    known = words()["codes"].get(kind) or words_of_codes()[f"{kind}s"]
    return str(known.get(row[kind], row[column]))


def _counted(rows: list[Row], name: Callable[[Row], str], count: str) -> list[Bar]:
    """Amounts by name, the greatest first; what is over is left out."""
    found: dict[str, int] = {}
    for row in rows:
        found[name(row)] = found.get(name(row), 0) + row[count]
    ordered = sorted(found.items(), key=lambda item: -item[1])[:MOST_BARS]
    return [Bar(label, value, str(value)) for label, value in ordered if value]


def _title(name: str) -> str:
    return str(words()["titles"][name])


def _reasons(rows: list[Row]) -> list[Markup]:
    items = _counted(rows, lambda row: row["reason_confirmed_label"] or row["reason_claimed_label"] or "—", "cases")
    return [charts.pareto(_title("reasons"), items, _title("cumulated"))]


def _states(rows: list[Row]) -> list[Markup]:
    return [charts.bars(_title("states"), _counted(rows, lambda row: _standing("state_label", row), "cases"))]


def _channels(rows: list[Row]) -> list[Markup]:
    named = _counted(rows, lambda row: code_word("channel", row["channel"]), "cases")
    return [charts.bars(_title("channels"), named)]


def _dispositions(rows: list[Row]) -> list[Markup]:
    named = _counted(rows, lambda row: code_word("disposition", row["disposition"]), "pieces")
    return [charts.bars(_title("dispositions"), named)]


def _products(rows: list[Row]) -> list[Markup]:
    rated = sorted((row for row in rows if row["case_rate_pct"] is not None), key=lambda row: -row["case_rate_pct"])
    items = [
        Bar(row["product"] or row["sku"], row["case_rate_pct"], f"{row['case_rate_pct']}%（{row['pieces']}）")
        for row in rated[:MOST_BARS]
    ]
    return [charts.bars(_title("products"), items)] if items else []


def _times(rows: list[Row]) -> list[Markup]:
    timed = [row for row in rows if row["p50_seconds"] is not None]
    names = (_title("p50"), _title("p90"))
    paired = [
        Pair(phase_name(row["phase"]), _hours(row["p50_seconds"]), _hours(row["p90_seconds"] or row["p50_seconds"]))
        for row in timed
    ]
    kept = [
        Bar(phase_name(row["phase"]), row["sla_hit_pct"], f"{row['sla_hit_pct']}%")
        for row in rows
        if row["sla_hit_pct"] is not None
    ]
    drawn_ = [charts.pairs(_title("times"), paired, names)] if paired else []
    return [*drawn_, charts.gauges(_title("sla"), kept)] if kept else drawn_


def _hours(seconds: int) -> Bar:
    unit = _title("hours")
    return Bar("", seconds, f"{seconds / HOUR:.1f} {unit}")


def _handoffs(rows: list[Row]) -> list[Markup]:
    named = _counted(rows, lambda row: code_word("handoff_reason", row["handoff_reason"]), "handoffs")
    return [charts.pareto(_title("handoffs"), named, _title("cumulated"))]


def _containment(rows: list[Row]) -> list[Markup]:
    row = rows[0]
    if row["containment_pct"] is None:
        return []
    told = f"{row['containment_pct']}%"
    split = [Bar(_title(code), row[code], str(row[code])) for code in ("contained", "handed_over")]
    ring = charts.gauges(_title("containment"), [Bar(_title("containment_pct"), row["containment_pct"], told)])
    return [ring, charts.bars(_title("containment"), split)]


def _satisfaction(rows: list[Row]) -> list[Markup]:
    row = rows[0]
    if not row["ratings"]:
        return []
    scores = [Bar(f"{score} {_title('score')}", row[f"score_{score}"], str(row[f"score_{score}"])) for score in _SCORES]
    ring = charts.gauges(_title("csat"), [Bar(_title("csat_pct"), row["csat_pct"], f"{row['csat_pct']}%")])
    return [ring, charts.bars(_title("scores"), scores)]


_SCORES = (5, 4, 3, 2, 1)


def _rejections(rows: list[Row]) -> list[Markup]:
    row = rows[0]
    shares = [Bar(_title(c), row[c], f"{row[c]}%") for c in ("reject_rate_pct", "appeal_won_pct") if row[c] is not None]
    return [charts.gauges(_title("rejections"), shares)] if shares else []


def _complaints(rows: list[Row]) -> list[Markup]:
    """By cause, how they were ruled on, and how many were right."""
    causes = _counted(rows, lambda row: row["cause_label"], "complaints")
    drawn_ = [charts.pareto(_title("complaints"), causes, _title("cumulated"))]
    ruled = sum(row["complaints_ruled"] for row in rows)
    if ruled:
        upheld = round(sum(row["supported"] + row["partly_supported"] for row in rows) * 100 / ruled, 1)
        drawn_.append(charts.gauges(_title("upheld"), [Bar(_title("upheld"), upheld, f"{upheld}%")]))
    rulings = {code: sum(row[code] for row in rows) for code in _RULINGS}
    bars = [Bar(_title(code), count, str(count)) for code, count in rulings.items()]
    return [*drawn_, charts.bars(_title("rulings"), bars)]


_RULINGS = ("supported", "partly_supported", "not_supported", "complaints_open")


def _complaint_stages(rows: list[Row]) -> list[Markup]:
    return [
        charts.bars(_title("complaint_stages"), _counted(rows, lambda row: _standing("stage_label", row), "complaints"))
    ]


def _freight(rows: list[Row]) -> list[Markup]:
    return [charts.bars(_title("freight"), _counted(rows, lambda row: row["payer_label"] or "—", "cases"))]


def _causes(rows: list[Row]) -> list[Markup]:
    items = _counted(rows, lambda row: f"{row['reason_label']} {row['product'] or row['sku']}", "cases")
    return [charts.bars(_title("causes"), items)]


_DRAWN: dict[str, Callable[[list[Row]], list[Markup]]] = {
    "reasons": _reasons,
    "states": _states,
    "channels": _channels,
    "dispositions": _dispositions,
    "products": _products,
    "times": _times,
    "handoffs": _handoffs,
    "containment": _containment,
    "satisfaction": _satisfaction,
    "rejections": _rejections,
    "complaints": _complaints,
    "complaint_stages": _complaint_stages,
    "complaint_times": _times,
    "freight": _freight,
    "causes": _causes,
}
