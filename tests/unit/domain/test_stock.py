"""How many pieces a replacement takes."""

import pytest

from backend.domain.case import CaseLine
from backend.domain.stock import StockItem, pieces_to_send

LINES = {
    "as asked for": ((CaseLine(1, "CUP", 2),), {"CUP": 2}),
    "as approved": ((CaseLine(1, "CUP", 2, approved_quantity=1),), {"CUP": 1}),
    "as accepted": ((CaseLine(1, "CUP", 2, approved_quantity=2, accepted_quantity=1),), {"CUP": 1}),
    "one article on two lines": ((CaseLine(1, "CUP", 2), CaseLine(2, "CUP", 1)), {"CUP": 3}),
    "nothing accepted": ((CaseLine(1, "CUP", 2, accepted_quantity=0), CaseLine(2, "ASH", 1)), {"ASH": 1}),
}


@pytest.mark.parametrize(("lines", "wanted"), LINES.values(), ids=LINES)
def test_a_replacement_takes_what_was_accepted_else_approved_else_asked_for(
    lines: tuple[CaseLine, ...], wanted: dict[str, int]
) -> None:
    assert pieces_to_send(lines) == wanted


def test_what_is_reserved_is_not_free() -> None:
    assert StockItem("CUP", 5, 2).free == 3
