"""Reports as charts with their tables, over days that are chosen, and as files that mislead no spreadsheet."""

import csv
import json
import re
from datetime import date
from io import StringIO
from xml.etree import ElementTree

import pytest
from sqlalchemy import text

from backend.adapters.database import Database
from backend.domain.case import Actor, Role, State
from backend.domain.complaint import Outcome
from backend.domain.lifecycle import Event
from backend.domain.workdays import MERCHANT_ZONE
from backend.ports import World
from backend.services import complaints
from backend.services.improvements import add_improvement
from backend.services.reports import names
from bot.desk import charts
from bot.desk.charts import Bar, Line, Pair
from tests.desk.conftest import LogIn
from tests.working import case_in, do

SPAN = "from=2026-11-01&to=2026-11-30"
EVIL = '=HYPERLINK("http://x")<script>alert(1)</script>'


def _images(page: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg class=\"chart\".*?</svg>", page, re.S)]


def test_every_report_has_a_page_even_without_data(log_in: LogIn) -> None:
    browser = log_in(Role.SUPERVISOR)
    for name in names():
        answer = browser.get(f"/reports/{name}?{SPAN}")
        assert answer.status_code == 200 and "导出 CSV" in answer.text


def test_the_overview_draws_what_happened_with_words_for_those_who_do_not_see_it(log_in: LogIn, world: World) -> None:
    case_in(world, State.RECEIVED)
    page = log_in(Role.SUPERVISOR).get(f"/reports?{SPAN}").text
    images = _images(page)
    told = " ".join(text for image in images for text in image.itertext())
    assert all(image.get("role") == "img" and image[0].tag == "title" and image[1].text for image in images)
    assert "不喜欢或不想要了 1" in told and "审核" in told
    assert "style=" not in page and "onload" not in page


def test_the_table_says_what_the_chart_draws(log_in: LogIn, world: World) -> None:
    case_in(world, State.SUBMITTED)
    page = log_in(Role.FINANCE).get(f"/reports/reasons?{SPAN}").text
    assert "不喜欢或不想要了" in page and "100.0" in page and len(_images(page)) == 1


def test_months_side_by_side_are_drawn_as_lines(log_in: LogIn, world: World) -> None:
    case_in(world, State.SUBMITTED)
    page = log_in(Role.MANAGER).get("/reports?from=2026-09-01&to=2026-11-30&by=month").text
    assert "2026-09" in page and "2026-11" in page and "主要比例的变化" in page


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-11-30&to=2026-11-01",
        "from=yesterday",
        "from=0001-01-01&to=9999-12-31&by=week",
        "from=2026-11-01&by=day",
    ],
)
def test_days_that_cannot_be_are_told(log_in: LogIn, query: str) -> None:
    browser = log_in(Role.MANAGER)
    for path in ("/reports", "/reports/times", "/reports/times/export"):
        answer = browser.get(f"{path}?{query}")
        assert answer.status_code == 422 and "日期不对" in answer.text


def test_a_span_can_be_chosen_by_name(log_in: LogIn) -> None:
    browser = log_in(Role.MANAGER)
    for preset in ("week", "month", "weeks", "months", "nonsense"):
        assert browser.get(f"/reports?preset={preset}").status_code == 200


def test_a_report_there_is_not_is_not_found(log_in: LogIn) -> None:
    browser = log_in(Role.MANAGER)
    assert browser.get("/reports/secrets").status_code == 404
    assert browser.get(f"/reports/times/export?format=exe&{SPAN}").status_code == 404


def test_files_hold_the_same_figures_and_no_formula(log_in: LogIn, world: World, database: Database) -> None:
    case_in(world, State.SUBMITTED)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE order_line SET title = :evil"), {"evil": EVIL})
    browser = log_in(Role.MANAGER)
    answer = browser.get(f"/reports/products/export?format=csv&{SPAN}")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0][:3] == ["周期", "商品编码", "商品"] and len(rows) == 2
    assert rows[1][2] == f"'{EVIL}"
    assert EVIL not in browser.get(f"/reports/products?{SPAN}").text
    told = json.loads(browser.get(f"/reports/products/export?format=json&{SPAN}").text)
    assert (told["report"], len(told["rows"])) == ("products", 1)


@pytest.mark.parametrize("role", [Role.AGENT, Role.WAREHOUSE, Role.REPAIR])
def test_reports_are_for_those_who_answer_for_them(log_in: LogIn, role: Role) -> None:
    browser = log_in(role)
    for path in ("/reports", "/reports/reasons", "/reports/reasons/export"):
        assert browser.get(path).status_code == 403


_CHARTS = {
    "bars": charts.bars("t", [Bar(EVIL, 2, EVIL)]),
    "pareto": charts.pareto("t", [Bar(EVIL, 3, "3"), Bar("b", 1, "1")], EVIL),
    "pairs": charts.pairs(EVIL, [Pair(EVIL, Bar("", 1, "1"), Bar("", 2, "2"))], ("a", "b")),
    "gauges": charts.gauges("t", [Bar(EVIL, 120, "120%"), Bar("b", 0, "0%")]),
    "trend": charts.trend("t", [EVIL, "b"], [Line(EVIL, (1, None)), Line("c", (None, None))], 100, "%"),
    "nothing": charts.bars("t", []),
}


@pytest.mark.parametrize("chart", _CHARTS.values(), ids=_CHARTS)
def test_a_chart_is_an_image_in_which_names_are_only_text(chart: str) -> None:
    image = ElementTree.fromstring(chart)
    assert {each.tag for each in image.iter()} <= {
        "svg", "title", "desc", "text", "rect", "line", "circle", "polyline"
    }  # fmt: skip
    assert not any(name == "style" or name.startswith("on") for each in image.iter() for name in each.attrib)


def test_a_pareto_adds_shares_up_to_a_hundred() -> None:
    image = ElementTree.fromstring(charts.pareto("t", [Bar("a", 3, "3"), Bar("b", 1, "1")], "c"))
    line = next(each for each in image.iter("polyline")).get("points", "").split()
    heights = [220 - float(point.split(",")[1]) for point in line]
    assert [round(height / 190, 2) for height in heights] == [0.75, 1.0]
    bars = [float(each.get("height", "0")) for each in image.iter("rect")][:2]
    assert [round(height / 190, 2) for height in bars] == [0.75, 0.25]


def test_complaints_are_drawn_by_cause_ruling_stage_and_time(log_in: LogIn, world: World) -> None:
    case = case_in(world, State.INSPECTION_ISSUE)
    filed = complaints.file_complaint(world, case.conversation_id, "没有用过", case.case_no)
    boss = Actor(Role.MANAGER, "郑总")
    complaints.acknowledge(world, filed.complaint_no, Actor(Role.AGENT, "小林"))
    complaints.investigate(world, filed.complaint_no, Actor(Role.AGENT, "小林"))
    complaints.rule(world, filed.complaint_no, boss, Outcome.REJECT, "有使用痕迹", {})
    browser = log_in(Role.MANAGER)
    drawn = browser.get(f"/reports/complaints?{SPAN}").text
    assert "<desc>支持 0；部分支持 0；不支持 1；未裁定 0</desc>" in drawn and "<desc>成立率 0.0%</desc>" in drawn
    assert "投诉" in browser.get(f"/reports?{SPAN}").text
    assert 'class="chart"' in browser.get(f"/reports/complaint_stages?{SPAN}").text
    assert "受理投诉" in browser.get(f"/reports/complaint_times?{SPAN}").text


def test_codes_are_shown_in_words_and_written_as_they_are(log_in: LogIn, world: World) -> None:
    case = case_in(world, State.SUBMITTED)
    do(world, case, Event.WITHDRAW, Role.CUSTOMER, confirmed=True)
    boss = log_in(Role.SUPERVISOR)
    for name, word, code in (("channels", "网页聊天", "webchat"), ("states", "已撤回", "cancelled")):
        page, file = boss.get(f"/reports/{name}?{SPAN}"), boss.get(f"/reports/{name}/export?{SPAN}")
        assert f">{word}</td>" in page.text and f">{code}</td>" not in page.text
        assert code in file.text


def test_when_an_improvement_began_is_shown_in_the_merchants_time(log_in: LogIn, world: World) -> None:
    case_in(world, State.RECEIVED)
    boss = log_in(Role.SUPERVISOR)
    add_improvement(
        world,
        reason="no_reason",
        sku="CUP",
        action="加厚包装",
        owner=boss.name,
        due=date(2026, 12, 1),
        by=Actor(Role.SUPERVISOR, boss.name),
    )
    began = world.clock.now().astimezone(MERCHANT_ZONE)
    page = boss.get(f"/reports/improvements?{SPAN}").text
    assert f"{began:%Y-%m-%d %H:%M}" in page and "+00:00" not in page


def test_staff_read_states_in_their_own_words_and_no_codes_beside_them(log_in: LogIn, world: World) -> None:
    case_in(world, State.AWAITING_CONFIRM)
    boss = log_in(Role.SUPERVISOR)
    page = boss.get(f"/reports/states?{SPAN}").text
    assert ">待确认完成</td>" in page and "待您" not in page
    assert "AWAITING_CONFIRM" not in page and "状态代码" not in page
    assert "sla.review" not in boss.get(f"/reports/times?{SPAN}").text
    file = boss.get(f"/reports/states/export?{SPAN}").text
    assert "AWAITING_CONFIRM" in file and "状态代码" in file
