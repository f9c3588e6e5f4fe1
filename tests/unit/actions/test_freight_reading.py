"""What stands on a receipt, however its digits are written."""

import pytest

from actions.freight_reading import receipt_fen
from actions.reading import Said


@pytest.mark.parametrize(
    ("said", "fen"),
    [("12", 1200), ("12.5", 1250), ("是12.50", 1250), ("12和13", None), ("١٢.٣", None), ("12.٣", None), ("没有", None)],
)
def test_the_one_bare_number_is_the_amount(said: str, fen: int | None) -> None:
    assert receipt_fen(Said(said, said, "inform", {}, minted=False), asked=True) == fen
