"""The table of sentences and what they name: exact values, and whatever is typed, sound spans."""

import itertools
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.entities import MAX_CHARACTERS, Entity, extract
from bot.nlu.evaluation.entity_table import read_entity_table, score_entities
from bot.nlu.normalizer import normalize

TABLE = Path(__file__).parents[2] / "data" / "entities.tsv"
REASONS = 17
REMEDIES = 7
MAY_COVER = {"mood", "choice"}
"""Entities that may stand in the same words as another: 都退 says which and what."""


def overlapping(found: list[Entity]) -> list[tuple[Entity, Entity]]:
    apart = [entity for entity in found if entity.entity not in MAY_COVER]
    return [(one, other) for one, other in itertools.combinations(apart, 2) if one.end > other.start]


def test_the_table_is_large_and_names_every_code() -> None:
    rows = read_entity_table(TABLE)
    values = {(entity, value) for row in rows for entity, value in row.expected}
    assert len(rows) >= 400
    assert len({value for entity, value in values if entity == "reason"}) == REASONS
    assert len({value for entity, value in values if entity == "resolution"}) == REMEDIES


def test_no_sentence_stands_in_the_table_twice() -> None:
    assert [text for text, count in Counter(row.text for row in read_entity_table(TABLE)).items() if count > 1] == []


def test_at_least_98_of_100_values_are_exact() -> None:
    score = score_entities(read_entity_table(TABLE))
    assert score.exact_rows >= 0.98, score.wrong
    assert score.total.precision >= 0.98
    assert score.total.recall >= 0.98


def test_nothing_in_the_table_overlaps() -> None:
    crossing = {row.text: overlapping(extract(normalize(row.text))) for row in read_entity_table(TABLE)}
    assert {text: pairs for text, pairs in crossing.items() if pairs} == {}


PIECES = """
退 换 不 没 了 都 第 个 件 块 元 毛 号 月 日 年 周 天 前 上 一 二 两 十 百 千 万 零 半 俩 3 59.9 1,299 20 11 k ¥ - / .
SF RC JD ZTO 订单 单号 尾号 手机 13655718820 202611030145 20261103-000456
顺丰 碎了 色差 假货 退款 退货 补发 差价 赔 最后 昨天 谢谢 投诉 , 。 ！
"""


@given(st.one_of(st.lists(st.sampled_from(PIECES.split()), max_size=30).map("".join), st.text(max_size=60)))
def test_whatever_is_typed_spans_are_sound(typed: str) -> None:
    text = normalize(typed)
    found = extract(text)
    assert all(0 <= entity.start < entity.end <= len(text) and entity.value for entity in found)
    assert overlapping(found) == []


@given(st.text())
def test_text_that_was_not_normalised_does_no_harm(typed: str) -> None:
    assert all(entity.end <= len(typed) for entity in extract(typed))


@pytest.mark.parametrize("piece", ["退货", "1", "第", "¥9", "没"])
def test_a_very_long_message_is_read_to_its_limit(piece: str) -> None:
    assert all(entity.end <= MAX_CHARACTERS for entity in extract(piece * MAX_CHARACTERS))
