"""Every control that the page of threats names is shown by a test that there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", PAGE)


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_a_named_test_is_there(path: str, test: str) -> None:
    assert re.search(rf"def {test}\b", (ROOT / path).read_text("utf-8"))


def test_every_threat_has_a_test_or_says_that_it_has_none() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat")]
    assert len(rows) > 20
    assert all("::test_" in row or "no test of its own" in row for row in rows)
