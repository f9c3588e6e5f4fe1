"""docs/coverage.md has every row in order, and everything that it and the guides name is there."""

import re
from itertools import chain

import pytest
import yaml

from tests.references import ROOT, is_reference, is_there, parameter, spans

PAGE = (ROOT / "docs" / "coverage.md").read_text("utf-8")
CELLS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("|")]
ROWS = {cells[0]: cells for cells in CELLS if re.fullmatch(r"S\d{3}", cells[0])}
CONFLICTS = {cells[0]: cells for cells in CELLS if re.fullmatch(r"C\d+", cells[0])}
GUIDES = ("merchant.zh.md", "agent.zh.md")


def test_there_is_a_row_for_everything_that_was_asked_for_in_order() -> None:
    assert list(ROWS) == [f"S{number:03}" for number in range(1, 211)]
    assert list(CONFLICTS) == [f"C{number}" for number in range(1, 25)]


@pytest.mark.parametrize("cells", ROWS.values(), ids=list(ROWS))
def test_a_row_says_whether_it_is_there_and_where_or_why_not(cells: list[str]) -> None:
    _, asked, answer, where = cells
    assert asked and answer in ("yes", "part", "no")
    if answer == "no":
        assert where.startswith("not there")
    if answer == "yes":
        assert any(is_reference(each) for each in spans(where))


@pytest.mark.parametrize("cells", chain(ROWS.values(), CONFLICTS.values()), ids=[*ROWS, *CONFLICTS])
def test_what_a_row_names_exists(cells: list[str]) -> None:
    named = [each for each in spans(" ".join(cells)) if is_reference(each)]
    assert [each for each in named if not is_there(each)] == []


@pytest.mark.parametrize("cells", CONFLICTS.values(), ids=list(CONFLICTS))
def test_a_default_is_the_one_that_the_shipped_rule_book_has(cells: list[str]) -> None:
    named = [each for each in spans(cells[2]) if is_reference(each)]
    assert [parameter(each) for each in named] == [yaml.safe_load(each) for each in spans(cells[3])]


@pytest.mark.parametrize("name", GUIDES)
def test_what_a_guide_names_and_links_exists(name: str) -> None:
    page = (ROOT / "docs" / name).read_text("utf-8")
    named = [_without_arguments(each) for each in spans(page) if is_reference(each) and each != "backend/rules"]
    linked = re.findall(r"\]\(([^)]+)\)", page)
    assert linked and [each for each in named if not is_there(each)] == []
    assert [each for each in linked if not (ROOT / "docs" / each).is_file()] == []


def _without_arguments(command: str) -> str:
    return " ".join(command.split()[:5]) if command.startswith("python -m backend ") else command


def test_what_is_not_there_is_found_out() -> None:
    wrong = ("tests/unit/test_coverage.py::test_none", "docs/none.md", "desk /none", "python -m backend cases none")
    assert not any(is_there(each) for each in wrong)
    with pytest.raises(KeyError):
        is_there("backend/rules/window.yml: window.none")
