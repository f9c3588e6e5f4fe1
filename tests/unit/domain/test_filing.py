"""Which goods of an order a customer means."""

import pytest

from backend.domain.filing import choose_lines
from backend.domain.order import OrderLine
from tests.builders import an_order

ORDER = an_order(
    "202611200001",
    lines=(
        OrderLine(1, "BOTTLE", "316 不锈钢保温杯 500ml", "家居/杯具", 2, 7900, 0, 15800),
        OrderLine(2, "TEA", "明前龙井礼盒 200g", "食品/茶叶", 1, 16800, 0, 16800),
        OrderLine(3, "TOTE", "帆布手提袋 米色", "服饰/箱包", 1, 1990, 0, 1990),
    ),
)
FREE = {1: 2, 2: 1, 3: 1}


@pytest.mark.parametrize(
    ("choice", "lines"),
    [
        ("2", [2]),
        ("last", [3]),
        ("all", [1, 2, 3]),
        ("保温杯漏水", [1]),
        ("杯子2个 茶叶1", [1, 2]),
        ("那个袋子", [3]),
        ("确认", []),
        ("孩子弄坏的", []),
        ("那个杯", [1]),
        ("袋", [3]),
        ("把手断了", []),
    ],
)
def test_goods_are_named_by_place_title_or_the_word_that_people_use(choice: str, lines: list[int]) -> None:
    assert [line.line_no for line in choose_lines((choice,), ORDER, FREE)] == lines
