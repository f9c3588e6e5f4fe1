"""Which goods of an order a customer means."""

import pytest

from backend.domain.filing import choose_lines, named_lines
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


@pytest.mark.parametrize(
    ("story", "lines"),
    [
        ("订单里的保温杯漏水，要退", [1]),
        ("那个杯子漏水", [1]),
        ("收到的水杯盖子裂了", [1]),
        ("杯子和龙井都有问题", [1, 2]),
        ("外包装破了", []),
        ("快递袋都烂了", []),
        ("东西坏了，手机尾号6688", []),
    ],
)
def test_a_story_names_goods_by_what_only_their_title_has(story: str, lines: list[int]) -> None:
    assert [line.line_no for line in named_lines(story, ORDER, FREE)] == lines


def test_a_story_that_fits_two_titles_names_neither() -> None:
    cups = (
        OrderLine(1, "MUG", "马克杯", "家居", 1, 100, 0, 100),
        OrderLine(2, "CUP", "咖啡杯", "家居", 1, 100, 0, 100),
    )
    order = an_order("202611200002", lines=cups)

    assert named_lines("杯子碎了", order, {1: 1, 2: 1}) == ()
    assert [line.line_no for line in named_lines("咖啡杯碎了", order, {1: 1, 2: 1})] == [2]
