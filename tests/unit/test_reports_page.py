"""`docs/reports.md` defines every column of every report, in its order and under its heading."""

import re
from pathlib import Path

import pytest

from backend.commands.report_words import COMPLAINT_PHASES as COMPLAINT_PHASE_NAMES
from backend.commands.report_words import PHASES as PHASE_NAMES
from backend.commands.report_words import heading
from backend.domain.report import COMPLAINT_PHASES, PHASES
from backend.services.escalation import triggers
from backend.services.reports import IMPROVEMENT_COLUMNS, IMPROVEMENTS, KINDS, names
from bot.desk.report_charts import words

PAGE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text("utf-8")
ROW = re.compile(r"^\| `([a-z0-9_]+)` \| (\S.*?) \| (\S.*?) \|$", re.MULTILINE)
IN_FULL = [name for name in names() if name != "summary"]


def section(name: str) -> str:
    return PAGE.split(f"\n## {name}\n")[1].split("\n## ")[0]


def columns(name: str) -> tuple[str, ...]:
    return IMPROVEMENT_COLUMNS if name == IMPROVEMENTS else ("period", *KINDS[name].columns)


def test_the_page_has_a_section_for_each_report_and_no_other() -> None:
    assert re.findall(r"^## (\S+)$", PAGE, re.MULTILINE) == list(names())


@pytest.mark.parametrize("name", IN_FULL)
def test_every_column_is_defined_in_order_under_its_heading(name: str) -> None:
    told = [(code, title) for code, title, _meaning in ROW.findall(section(name))]
    assert told == [(code, heading(code)) for code in columns(name)]


def test_the_summary_is_made_of_columns_that_are_defined_elsewhere() -> None:
    defined = {code for name in IN_FULL for code in columns(name)} | {"open_cases"}
    of_phases = {f"{phase.name}_{figure}" for phase in PHASES for figure in KINDS["times"].columns}
    assert set(KINDS["summary"].columns) <= defined | of_phases


@pytest.mark.parametrize("name", names())
def test_every_column_has_a_heading(name: str) -> None:
    assert all(heading(code) for code in columns(name))


def test_every_phase_is_explained_and_has_a_name() -> None:
    assert [phase.name for phase in PHASES] == list(PHASE_NAMES)
    for phase in PHASES:
        assert f"`{phase.name}`" in section("times")
    assert [phase.name for phase in COMPLAINT_PHASES] == list(COMPLAINT_PHASE_NAMES)
    assert all(f"`{phase.name}`" in section("complaint_times") for phase in COMPLAINT_PHASES)


def test_whatever_people_were_called_for_has_a_name() -> None:
    assert set(triggers()) <= set(words()["codes"]["handoff_reason"])
