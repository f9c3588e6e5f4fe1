"""`report` and `improvements` by the command line."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from backend.adapters.media import MediaReader
from backend.domain.request import Remedy
from backend.domain.workdays import local_day
from backend.ports import World
from backend.settings import Settings
from tests.clock import FakeClock
from tests.commanding import Printed, Refused, Run, commanded, printed, refused, run
from tests.working import a_working_shop, file_case

__all__ = ["printed", "refused", "run"]


@pytest.fixture
def shop(settings: Settings, media: MediaReader, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """One case filed on the 22nd of November 2026."""
    with commanded(settings, media, monkeypatch, FakeClock()) as world:
        a_working_shop(world)
        file_case(world)
        yield world


RANGE = ("--from", "2026-11-22", "--to", "2026-11-22")


def test_a_report_is_a_table_unless_told_otherwise(shop: World, printed: Printed) -> None:
    lines = printed("report", "states", *RANGE).splitlines()
    assert lines[0].split() == ["周期", "状态代码", "状态", "完结原因", "售后单数", "占比%"]
    assert lines[1].split() == ["2026-11-22/2026-11-22", "SUBMITTED", "已提交，待审核", "-", "1", "100.0"]


def test_the_summary_has_a_line_for_each_figure_and_a_column_for_each_month(shop: World, printed: Printed) -> None:
    lines = printed("report", "--from", "2026-11-01", "--to", "2026-12-31", "--by", "month").splitlines()
    assert lines[0].split() == ["周期", "2026-11", "2026-12"]
    assert ["售后单数", "1", "0"] in [line.split() for line in lines]
    assert ["首次答复中位用时(小时)", "-", "-"] in [line.split() for line in lines]


@pytest.mark.parametrize("arguments", [("--json",), ("--format", "json")])
def test_a_report_is_json_with_codes_for_programs(shop: World, printed: Printed, arguments: tuple[str, ...]) -> None:
    data = json.loads(printed("report", "channels", *RANGE, *arguments))
    assert (data["report"], data["from"], data["to"], data["by"]) == ("channels", "2026-11-22", "2026-11-22", "whole")
    assert data["rows"] == [{"period": "2026-11-22/2026-11-22", "channel": "webchat", "cases": 1, "share_pct": 100.0}]


@pytest.mark.parametrize("arguments", [("--csv", "{}"), ("--format", "csv", "--out", "{}")])
def test_a_report_is_written_as_csv_in_yuan_and_hours(
    shop: World, printed: Printed, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "out.csv"
    printed("report", "refunds", *RANGE, *(each.format(file) for each in arguments))
    text = file.read_bytes().decode()
    assert text.startswith("\ufeff周期,") and text.endswith("\r\n")
    (row,) = csv.DictReader(StringIO(text.removeprefix("\ufeff")))
    assert (row["订单数"], row["销售额(元)"], row["退款金额(元)"]) == ("1", "100.00", "0.00")


def test_without_a_name_a_report_is_the_summary_of_this_month(shop: World, run: Run) -> None:
    data = run("report")
    assert data["report"] == "summary"
    assert data["from"].endswith("-01") and len(data["rows"]) == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("report", "weather"), "没有报表 weather；可用：summary"),
        (("report", "--from", "昨天"), "昨天 不是日期"),
        (("report", "--from", "2026-11-22", "--to", "2026-11-01"), "2026-11-01 早于 2026-11-22"),
        (("report", "--csv", "nowhere/else/out.csv"), "无法写入 nowhere/else/out.csv"),
        (("report", "causes", "--least", "0"), "至少 1 单"),
        (("improvements", "close", "9", "--outcome", "好", "--as", "周主管"), "没有改进措施 9"),
        (("improvements", "close", "9", "--outcome", "好", "--as", "无名氏"), "没有员工 无名氏"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    shop: World, refused: Refused, arguments: tuple[str, ...], why: str
) -> None:
    assert why in refused(*arguments)


def test_an_improvement_is_added_listed_and_closed(shop: World, run: Run, printed: Printed, refused: Refused) -> None:
    today = datetime.now(timezone.utc)
    a_case_of_today = replace(shop, clock=FakeClock(today))
    a_working_shop(a_case_of_today, conversation="conv-2", order="202611200002")
    file_case(a_case_of_today, Remedy.REFUND_ONLY, conversation="conv-2", order="202611200002")
    due = str(local_day(today) + timedelta(days=30))
    told = ("--reason", "ordered_by_mistake", "--sku", "CUP", "--action", "改尺寸图", "--owner", "小林", "--due", due)
    added: dict[str, Any] = run("improvements", "add", *told, "--as", "周主管")
    assert (added["owner"], added["due"], added["closed_at"]) == ("小林", due, None)
    assert "已经有一项进行中的措施" in refused("improvements", "add", *told, "--as", "周主管")
    assert "改尺寸图" in printed("improvements", "list", "--open")
    assert "须" in refused("improvements", "add", *told[:-1], "2000-01-01", "--as", "周主管")
    run("improvements", "close", str(added["id"]), "--outcome", "已上线", "--as", "小林")
    assert run("improvements", "list", "--open") == []
