"""Every control that the page of threats names is shown by a test that there is."""

import pytest

from tests.references import ROOT, is_reference, is_there, spans

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| threat")]
NAMED = [each for each in spans(PAGE) if is_reference(each)]


@pytest.mark.parametrize("reference", NAMED)
def test_what_is_named_is_there(reference: str) -> None:
    assert is_there(reference)


def test_every_threat_has_a_test() -> None:
    assert len(ROWS) > 20
    assert [row for row in ROWS if "::test_" not in row] == []
