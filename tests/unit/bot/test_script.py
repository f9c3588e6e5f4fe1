"""In which script the customer is answered."""

import pytest

from backend.domain.conversation import Author, Delivery, Message
from bot.script import card_in_traditional, in_traditional, writes_traditional
from tests.clock import START


def wrote(text: str, author: Author = Author.CUSTOMER, **payload: str) -> Message:
    return Message(1, "conv-1", 1, author, text, START, Delivery.RECEIVED, 0, payload=dict(payload))


@pytest.mark.parametrize(
    ("texts", "traditional"),
    [
        (["我要退貨，請幫忙"], True),
        (["我要退货"], False),
        (["好", "6688", "我要退貨"], True),
        (["审核要多久", "我要退貨"], False),
        (["ok", "6688"], False),
        ([], False),
        (["皇后"], False),
    ],
)
def test_the_newest_message_that_shows_a_script_decides(texts: list[str], traditional: bool) -> None:
    assert writes_traditional([wrote(text) for text in texts]) is traditional


def test_our_own_words_decide_nothing() -> None:
    rows = [wrote("申请退款", pressed="/request_refund"), wrote("请发一下订单号", Author.BOT), wrote("請幫我退款")]

    assert writes_traditional(rows)


def test_numbers_letters_and_signs_stay() -> None:
    assert in_traditional("订单 A-2026 退款 ¥12.00，为了核对") == "訂單 A-2026 退款 ¥12.00，為了核對"


def test_a_card_keeps_its_numbers_and_kind() -> None:
    card = {"kind": "order", "order_no": "台1", "items": [{"title": "红杯", "quantity": 2}], "note": None}

    assert card_in_traditional(card) == {
        "kind": "order",
        "order_no": "台1",
        "items": [{"title": "紅杯", "quantity": 2}],
        "note": None,
    }
