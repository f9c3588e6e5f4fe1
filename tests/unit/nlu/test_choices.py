"""Which of several goods a customer means."""

import pytest

from bot.nlu.choices import choices


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("第一个", ["1"]),
        ("第2件坏了", ["2"]),
        ("第一个和第三个", ["1", "3"]),
        ("第十二个", ["12"]),
        ("就第二", ["2"]),
        ("都要", ["all"]),
        ("两个都要", ["all"]),
        ("都退了吧", ["all"]),
        ("全部", ["all"]),
        ("所有商品", ["all"]),
        ("全都不要了", ["all"]),
        ("一起退", ["all"]),
        ("第一次用就坏了", []),
        ("第三天才到", []),
        ("我都说三遍了", []),
        ("你们都要求拍照", []),
        ("杯子碎了", []),
    ],
)
def test_a_choice_is_an_ordinal_or_all(text: str, values: list[str]) -> None:
    assert [found.value for found in choices(text)] == values
