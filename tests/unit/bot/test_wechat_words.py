"""What a customer reads in WeChat, and how much of it goes into one text."""

from datetime import datetime, timezone

import pytest

from backend.domain.conversation import Author, Delivery, Message
from backend.domain.wechat import LONGEST_TEXT, AnswerPart
from bot.channels.wechat import words

AT = datetime(2026, 11, 22, tzinfo=timezone.utc)


def a_row(text: str, *titles: str, author: Author = Author.BOT, name: str = "") -> Message:
    payload = {"buttons": [{"title": title, "token": title} for title in titles]} if titles else {}
    return Message(1, "c", 1, author, text, AT, Delivery.SENDING, 0, name=name, payload=payload)


def answer(*parts: AnswerPart, more: bool = False, settled: bool = True) -> str:
    return words.answer_of(parts, more=more, settled=settled)[0]


def test_buttons_that_may_be_chosen_by_place_are_numbered() -> None:
    part = words.part_of(a_row("选哪一单？", "A1", "A2"), numbered=True)
    assert answer(part) == "选哪一单？\n回复序号选择：\n1. A1\n2. A2"


@pytest.mark.parametrize(
    ("titles", "line"),
    [
        (["确认"], "您可以回复“确认”。"),
        (["确认", "取消"], "您可以回复“确认”或“取消”。"),
        (["确认", "修改", "取消"], "您可以回复“确认”、“修改”或“取消”。"),
    ],
)
def test_other_buttons_are_typed_by_their_titles(titles: list[str], line: str) -> None:
    assert answer(words.part_of(a_row("对吗？", *titles), numbered=False)) == f"对吗？\n{line}"


def test_of_two_lists_in_one_answer_only_the_newest_is_numbered() -> None:
    first, second = AnswerPart("一", ("甲", "乙"), numbered=True), AnswerPart("二", ("丙", "丁"), numbered=True)
    assert answer(first, second) == "一\n您可以回复“甲”或“乙”。\n\n二\n回复序号选择：\n1. 丙\n2. 丁"


def test_an_agent_says_who_they_are() -> None:
    assert words.part_of(a_row("您好", author=Author.AGENT, name="小李"), numbered=False).text == "小李：您好"


def test_what_would_break_the_platforms_xml_is_left_out() -> None:
    assert words.part_of(a_row("a\x00b\x0bc\nd"), numbered=False).text == "abc\nd"


def test_an_answer_never_has_more_bytes_than_wechat_takes_and_loses_nothing() -> None:
    parts = [AnswerPart("很长的话。" * 100), AnswerPart("第二句。" * 150), AnswerPart("完")]
    said, rest = "", list(parts)
    while rest:
        text, rest = words.answer_of(rest, more=False, settled=True)
        assert len(text.encode()) <= LONGEST_TEXT
        said += text.replace(words.said("more"), "").strip()
    assert said.replace("\n", "") == "".join(part.text for part in parts)


def test_a_single_text_that_is_too_long_is_cut_where_a_sentence_ends_and_keeps_its_buttons() -> None:
    text, rest = words.answer_of([AnswerPart("一句话。" * 300, ("好",))], more=False, settled=True)
    assert text.endswith(f"一句话。\n\n{words.said('more')}")
    assert [part.options for part in rest] == [("好",)]


def test_who_has_to_wait_is_told_so() -> None:
    assert answer(more=True, settled=False) == words.said("working")
    assert answer(more=True) == words.said("more")
    assert answer() == ""
    assert answer(AnswerPart("好"), more=True).endswith(words.said("more"))


def test_pieces_of_a_long_text_are_all_taken() -> None:
    text = "没有标点的长文本" * 500
    pieces = list(words.pieces_of(text))
    assert "".join(pieces) == text and all(len(piece.encode()) <= LONGEST_TEXT for piece in pieces)
