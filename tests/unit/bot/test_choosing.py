"""A button that was typed instead of pressed."""

import pytest

from bot.choosing import typed_button

WISHES = [("退款", '/inform{"wish": "refund"}'), ("换货", '/inform{"wish": "exchange"}')]
SUMMARY = [("确认提交", '/affirm{"draft": "7:3"}'), ("要修改", "/deny"), ("不申请了", "/discard_draft")]
COUNTS = [("1 件", '/inform{"quantity": "1"}'), ("8 件", '/inform{"quantity": "8"}')]
ONE_ORDER = [("202611220000000001", '/inform{"order_no": "202611220000000001"}')]


@pytest.mark.parametrize(
    ("said", "payload"),
    [
        ("换货", '/inform{"wish": "exchange"}'),
        ("換貨", '/inform{"wish": "exchange"}'),
        ("换货吧。", '/inform{"wish": "exchange"}'),
        ("第二个", '/inform{"wish": "exchange"}'),
        ("选2", '/inform{"wish": "exchange"}'),
        ("第三个", None),
        ("第二个我早就说过了不要", None),
        ("我要换货", None),
    ],
)
def test_a_title_or_a_place_in_the_list_is_the_button(said: str, payload: str | None) -> None:
    assert typed_button(said, [WISHES]) == payload


@pytest.mark.parametrize(("said", "payload"), [("确认提交", '/affirm{"draft": "7:3"}'), ("第一个", None), ("1", None)])
def test_only_its_title_says_yes(said: str, payload: str | None) -> None:
    assert typed_button(said, [SUMMARY]) == payload


def test_a_digit_is_no_place_among_numbers() -> None:
    assert typed_button("2", [COUNTS]) is None


@pytest.mark.parametrize("said", ["就这个", "就是上面那个", "刚才那个"])
def test_pointing_means_the_only_choice(said: str) -> None:
    assert typed_button(said, [ONE_ORDER]) == ONE_ORDER[0][1]
    assert typed_button(said, [WISHES]) is None


def test_titles_of_all_the_last_answers_count_and_places_of_the_newest() -> None:
    assert typed_button("不申请了", [WISHES, SUMMARY]) == "/discard_draft"
    assert typed_button("第一个", [WISHES, SUMMARY]) == WISHES[0][1]


def test_below_several_cases_an_ordinal_is_one_of_them() -> None:
    told, urge = "RC20261122000002 接下来：审核\nRC20261122000001 接下来：寄回", [("催一下", '/care{"do": "urge"}')]
    assert typed_button("第二个", [urge], told) == '/query_case_status{"case_no": "RC20261122000001"}'
    assert typed_button("第三个", [urge], told) is None
    assert typed_button("1", [urge], told) == typed_button("第一个", [urge], "RC20261122000002") == urge[0][1]


def test_where_buttons_are_what_is_chosen_among_an_ordinal_is_a_button() -> None:
    cases = [
        (number, f'/care{{"do": "ship", "case_no": "{number}"}}') for number in ("RC20261122000001", "RC20261122000002")
    ]
    assert typed_button("第二个", [cases], "RC20261122000002 RC20261122000001") == cases[1][1]
    assert typed_button("第二个", [WISHES], "RC20261122000002 RC20261122000001") == WISHES[1][1]


def test_what_is_for_the_queue_is_no_words_for_the_dialogue() -> None:
    assert typed_button("取消排队", [[("取消排队", "queue:cancel")]]) is None


def test_without_buttons_nothing_is_typed() -> None:
    assert typed_button("退款", []) is None


def test_a_long_message_is_no_button() -> None:
    assert typed_button("ﷺ" * 5000, [WISHES]) is None  # each is eighteen characters in the one spelling
    assert typed_button("换货" + " " * 4000, [WISHES]) is None
