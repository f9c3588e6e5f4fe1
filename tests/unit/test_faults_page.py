"""Every fault on docs/faults.md is shown by a test that there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "faults.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_what_shows_a_fault_is_there(path: str, name: str) -> None:
    assert re.search(rf"(?:def|class) {name}" if name else "", (ROOT / path).read_text("utf-8"))


def test_every_fault_is_shown_by_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| fault")]
    assert len(rows) > 10 and all("`tests/" in row for row in rows)
