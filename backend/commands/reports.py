"""`report [NAME]`: figures for a range of days, as a table, as CSV or as JSON."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from backend.commands.answer import Answer, table
from backend.commands.arguments import Commands, add_command
from backend.commands.opening import BadInput, opened
from backend.commands.reading import iso_day
from backend.commands.report_words import cells_of, head_of
from backend.commands.spreadsheet import csv_text
from backend.domain.report import By
from backend.domain.workdays import local_day
from backend.services.reports import REPEATED, ReportTable, make_report, names
from backend.settings import Settings

WIDEST = 20
"""A table with more columns than that is turned, with a line for each figure and a column for each period."""

FORMATS = ("table", "csv", "json")


def register(nouns: Commands) -> None:
    """Add the command `report`."""
    report = add_command(nouns, "report", _report, help="报表：按提交日期统计售后单、时限、退款、转人工等")
    report.add_argument("name", metavar="NAME", nargs="?", default="summary", help=f"报表名：{'、'.join(names())}")
    report.add_argument("--from", dest="first", metavar="DAY", help="第一天，如 2026-11-01（默认本月 1 日）")
    report.add_argument("--to", dest="last", metavar="DAY", help="最后一天，含当天（默认今天）")
    report.add_argument("--by", choices=[by.value for by in By], default=By.WHOLE.value, help="按周、按月或合并为一行")
    report.add_argument("--least", type=int, default=REPEATED, metavar="N", help=f"几单起算重复原因（默认 {REPEATED}）")
    report.add_argument("--format", choices=FORMATS, help="输出格式（默认 table）")
    report.add_argument("--out", metavar="FILE", help="写入文件，而不是屏幕")
    report.add_argument("--csv", metavar="FILE", help="等于 --format csv --out FILE")


def _report(arguments: Namespace, settings: Settings) -> Answer:
    with opened(settings) as world:
        today = local_day(world.clock.now())
        first = today.replace(day=1) if arguments.first is None else iso_day(arguments.first)
        last = today if arguments.last is None else iso_day(arguments.last)
        made = make_report(world, arguments.name, first, last, By(arguments.by), least=arguments.least)
    data = {"report": made.name, "from": str(first), "to": str(last), "by": arguments.by, "rows": list(made.rows)}
    form = "csv" if arguments.csv else arguments.format or "table"
    text = _text(made, data, form)
    out = arguments.csv or arguments.out
    if out is None:
        return Answer(data, text.splitlines())
    _write(Path(out), text)
    return Answer(data, [f"已写入 {out}（{len(made.rows)} 行）。"])


def _text(made: ReportTable, data: dict[str, Any], form: str) -> str:
    if form == "json":
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    if form == "csv":
        return csv_text(head_of(made), cells_of(made))
    return "\n".join(_table(made) if made.rows else ["没有数据。"]) + "\n"


def _table(made: ReportTable) -> list[str]:
    cells = [head_of(made), *(["-" if cell is None else str(cell) for cell in row] for row in cells_of(made))]
    head, *rows = list(zip(*cells, strict=True)) if len(made.columns) > WIDEST else cells
    return table(head, rows)


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise BadInput(f"无法写入 {path}：{error.strerror}") from error
