"""The merchant's reports: an overview in charts, each report with its table, and files for the spreadsheet."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from backend.commands.report_words import cells_of, head_of, heading
from backend.commands.spreadsheet import csv_text
from backend.domain.access import Permission
from backend.domain.report import By
from backend.domain.workdays import local_day
from backend.errors import NotFound, ReportRefused
from backend.services.reports import ReportTable, make_report, names
from bot.desk import report_charts
from bot.desk.visit import Pages, Visit

pages = Pages()

OVERVIEW = ("reasons", "times", "containment", "handoffs", "satisfaction", "complaints", "products")
"""What the overview draws, beside the summary's figures."""
FIGURES = (
    "cases", "open_cases", "refund_rate_pct", "refunded_fen", "containment_pct", "csat_pct", "review_sla_hit_pct",
    "payout_p90_seconds",
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """The days that are asked for, cut as told; `preset` names the button that means them."""

    first: date
    last: date
    by: By
    preset: str

    @property
    def query(self) -> str:
        return urlencode({"from": self.first, "to": self.last, "by": self.by.value})


@pages.get("/reports", Permission.SEE_REPORTS)
def overview(visit: Visit) -> Response:
    span, problem = _span(visit)
    if problem:
        return _page(visit, "summary", span, problem=problem)
    summary = _made(visit, "summary", span, By.WHOLE)
    tables = [_made(visit, name, span, By.WHOLE) for name in OVERVIEW]
    cards = [(table, report_charts.drawn(table), report_charts.shown(table)) for table in tables]
    row = dict(zip(summary.columns, cells_of(summary)[0], strict=True))
    trend = [] if span.by is By.WHOLE else report_charts.drawn_over_time(_made(visit, "summary", span, span.by))
    return _page(visit, "summary", span, cards=cards, figures=[(code, row[code]) for code in FIGURES], trend=trend)


@pages.get("/reports/{name}", Permission.SEE_REPORTS)
def report(visit: Visit) -> Response:
    name = _known(visit)
    span, problem = _span(visit)
    if problem:
        return _page(visit, name, span, problem=problem)
    table = _made(visit, name, span, span.by)
    charts = report_charts.drawn(_made(visit, name, span, By.WHOLE)) + report_charts.drawn_over_time(table)
    return _page(visit, name, span, table=table, cells=report_charts.shown(table), charts=charts)


@pages.get("/reports/{name}/export", Permission.SEE_REPORTS)
def export(visit: Visit) -> Response:
    """`?format=csv` or `json`: as the command line writes it."""
    name = _known(visit)
    span, problem = _span(visit)
    if problem:
        return _page(visit, name, span, problem=problem)
    table, form = _made(visit, name, span, span.by), visit.query("format", "csv")
    if form not in ("csv", "json"):
        raise NotFound(form)
    if form == "csv":
        body, kind = csv_text(head_of(table), cells_of(table)), "text/csv; charset=utf-8"
    else:
        told = {"report": name, "from": str(span.first), "to": str(span.last), "by": span.by.value}
        body = json.dumps({**told, "rows": list(table.rows)}, ensure_ascii=False, indent=2)
        kind = "application/json"
    file = f"{name}_{span.first}_{span.last}.{form}"
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{file}"'})


def _page(visit: Visit, name: str, span: Span, *, problem: str = "", **values: Any) -> Response:
    shared: dict[str, Any] = {"cards": [], "figures": [], "trend": [], "table": None, "cells": [], "charts": []}
    return visit.render(
        "reports/report.html",
        422 if problem else 200,
        **{**shared, **values},
        name=name,
        names=names(),
        span=span,
        problem=problem,
        words=report_charts.words()["reports"],
        head_of=report_charts.heads,
        heading=heading,
        today=local_day(visit.world.clock.now()),
        by=By,
    )


def _known(visit: Visit) -> str:
    name = visit.path("name")
    if name not in names():
        raise NotFound(name)
    return name


def _made(visit: Visit, name: str, span: Span, by: By) -> ReportTable:
    return make_report(visit.world, name, span.first, span.last, by)


def _span(visit: Visit) -> tuple[Span, str]:
    """The days of the address, and what is wrong with them: then this month's stand in."""
    today = local_day(visit.world.clock.now())
    preset = visit.query("preset", "" if visit.query("from") else "month")
    month = Span(today.replace(day=1), today, By.WHOLE, "month")
    if preset:
        return _PRESETS.get(preset, lambda _: month)(today), ""
    try:
        chosen = Span(
            date.fromisoformat(visit.query("from")),
            date.fromisoformat(visit.query("to", str(today))),
            By(visit.query("by", By.WHOLE.value)),
            "",
        )
        make_report(visit.world, "containment", chosen.first, chosen.last, chosen.by)
    except (ValueError, OverflowError, ReportRefused):
        return month, "span"
    return chosen, ""


_PRESETS = {
    "week": lambda today: Span(today - timedelta(days=today.weekday()), today, By.WHOLE, "week"),
    "month": lambda today: Span(today.replace(day=1), today, By.WHOLE, "month"),
    "weeks": lambda today: Span(today - timedelta(days=today.weekday() + 77), today, By.WEEK, "weeks"),
    "months": lambda today: Span(
        (today.replace(day=1) - timedelta(days=150)).replace(day=1), today, By.MONTH, "months"
    ),
}
