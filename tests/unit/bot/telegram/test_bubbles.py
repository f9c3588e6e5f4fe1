"""What goes out for a message: cut where a reader would cut it, never longer than the platform takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.bubbles import Bubble, bubbles_of, keyboard_of, parts_of, units

FAMILY = "👨‍👩‍👧"


def buttons(*titles: str) -> list[dict[str, str]]:
    return [{"title": title, "token": f"t{place}"} for place, title in enumerate(titles)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("很短", ["很短"]),
        ("第一段。第一段。\n\n第二段。", ["第一段。第一段。", "第二段。"]),
        ("第一行第一行\n第二行第二行", ["第一行第一行", "第二行第二行"]),
        ("第一句话说完。第二句话也说完。", ["第一句话说完。", "第二句话也说完。"]),
        ("说一半，再说一半，说完", ["说一半，再说一半，", "说完"]),
        ("word after word", ["word after", "word"]),
        ("一二三四五六七八九十一二", ["一二三四五六七八九十", "一二"]),
        (" \n ", []),
    ],
    ids=["short", "paragraph", "line", "sentence", "clause", "word", "nowhere", "nothing"],
)
def test_a_text_is_cut_at_its_best_border(text: str, parts: list[str]) -> None:
    assert list(parts_of(text, 10)) == parts


def test_a_character_outside_the_basic_plane_counts_twice() -> None:
    assert units("退😀") == 3 and [units(part) for part in parts_of("😀" * 6, 5)] == [4, 4, 4]


def test_what_is_seen_as_one_character_is_not_torn() -> None:
    assert list(parts_of("退" * 8 + FAMILY, 12)) == ["退" * 8, FAMILY]


@given(st.text(alphabet=st.sampled_from("好坏。，\n a😀\u200d👍\U0001f3fd"), max_size=400), st.integers(8, 40))
def test_every_part_is_taken_and_no_word_is_lost(text: str, longest: int) -> None:
    parts = list(parts_of(text, longest))
    assert all(0 < units(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_scores_stand_side_by_side_and_long_titles_below_each_other() -> None:
    scores = keyboard_of(buttons("1 分", "2 分", "3 分"))
    long = keyboard_of(buttons("上门取件，大件商品可以选", "自己寄回去，先垫付运费"))
    assert [len(row) for row in scores] == [3] and [len(row) for row in long] == [1, 1]


def test_no_button_is_lost_and_their_order_stays() -> None:
    titles = [f"选项 {number}" for number in range(17)]
    assert [title for row in keyboard_of(buttons(*titles)) for title, _ in row] == titles


def test_an_agent_is_named() -> None:
    assert bubbles_of("小李", "您好", {}, None) == [Bubble("小李: 您好")]


def test_words_too_long_for_a_caption_come_before_the_picture() -> None:
    words, picture = bubbles_of("", "好" * 1025, {"buttons": buttons("好")}, (b"jpeg", "image/jpeg"))
    assert (words.photo, words.keyboard) == (None, ())
    assert (picture.text, picture.photo, picture.keyboard) == ("", b"jpeg", ((("好", "t0"),),))


def test_a_message_without_anything_has_no_bubble() -> None:
    assert bubbles_of("", "", {}, None) == []
