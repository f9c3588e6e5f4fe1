"""docs/architecture.md names the processes, packages, contracts and tables that there are."""

import re
from pathlib import Path

import backend.adapters.database  # noqa: F401 - every table is registered with it
from backend.adapters.tables import metadata
from backend.settings import read_settings
from scripts.processes import processes_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_every_process_is_named_with_its_command() -> None:
    told = re.findall(r"^\| `(\w+)` \| `python ([^`]+)`", section("Processes"), re.MULTILINE)
    assert sorted(told) == sorted((each.name, " ".join(each.command[1:])) for each in processes_of(read_settings({})))


def test_every_package_is_named() -> None:
    told = set(re.findall(r"^\| `([\w/]+)`", section("Packages"), re.MULTILINE))
    found = {path.relative_to(ROOT).as_posix() for top in ("backend", "bot") for path in (ROOT / top).iterdir()}
    assert told == {each for each in found if (ROOT / each).is_dir() and "__" not in each} | {"actions"}


def test_every_import_contract_is_named() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    contracts = re.findall(r'^name = "([^"]+)"\n(?=type = )', project, re.MULTILINE)
    assert contracts and re.findall(r"^\* (.+)$", section("Who may import whom"), re.MULTILINE) == contracts


def test_every_table_is_named_once() -> None:
    told = re.findall(r"`([a-z_]+)`", "\n".join(re.findall(r"^\| \w+ \| (.+) \|$", section("Tables"), re.MULTILINE)))
    assert sorted(told) == sorted(metadata.tables)


def test_every_file_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:bot|backend|actions|data)/[\w/.]+)`", PAGE))
    linked = {f"docs/{link}" for link in re.findall(r"\]\(([\w./-]+)\)", PAGE)}
    assert [each for each in sorted(named | linked) if not (ROOT / each).exists()] == []
