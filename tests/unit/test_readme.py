"""What a stranger reads first names what there is, in both languages alike."""

import re
from collections import Counter
from itertools import takewhile

import pytest

from tests.references import ROOT, is_there, spans

README = (ROOT / "README.md").read_text("utf-8")
TWIN = (ROOT / "README.zh.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PAGES = (README, TWIN, CONTRIBUTING)
NAMES = ("README.md", "README.zh.md", "CONTRIBUTING.md")


def links(page: str) -> set[str]:
    """What a page links to here, pictures too, without places within a page."""
    return {each.split("#")[0] for each in re.findall(r"\]\(([^)#][^)]*)\)", page) if not each.startswith("http")}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_what_is_linked_is_there(page: str) -> None:
    assert [each for each in sorted(links(page)) if not (ROOT / each).exists()] == []


def test_every_page_is_linked() -> None:
    pages = {f"docs/{each.name}" for each in (ROOT / "docs").iterdir() if each.is_file()}
    assert pages - links(README) == set()


def test_the_twins_link_and_figure_alike() -> None:
    assert links(README) - {"README.zh.md"} == links(TWIN) - {"README.md"}
    assert _figures(README) == _figures(TWIN)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_target_of_make_that_is_named_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", page, re.MULTILINE))
    assert named and named <= targets


@pytest.mark.parametrize("page", [README, TWIN], ids=NAMES[:2])
def test_every_command_of_the_table_is_there(page: str) -> None:
    rows = page[page.index("| `doctor`") :].partition("\n\n")[0].splitlines()
    named = {_verb(each) for row in rows for each in spans(row.split("|")[1])}
    nouns = {each.split()[0] for each in named}
    assert {"doctor", "backup", "privacy", "drill"} <= nouns
    assert [each for each in sorted(named) if not is_there(f"python -m backend {each}")] == []


def _verb(command: str) -> str:
    return " ".join(takewhile(re.compile("[a-z]+$").match, command.split()))


def _figures(page: str) -> Counter[str]:
    return Counter(re.findall(r"\d+\.\d+", page))
