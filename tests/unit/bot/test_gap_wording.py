"""What customers read about a gap: how much, which way, and how it is paid."""

from typing import Any

import pytest

from bot import wording
from tests.unit.bot.test_wording import PARAMS

OFFER = {**PARAMS, "offer_label": "换货", "offer_fen": None, "offer_sku": "CUP-L", "offer_price_fen": 6000}


@pytest.mark.parametrize(
    ("gap_fen", "said"),
    [(2000, "需补差价 ¥20.00"), (-2000, "退差价 ¥20.00"), (0, "没有差价")],
    ids=["pays", "gets", "even"],
)
def test_an_offer_of_another_article_names_the_gap(gap_fen: int, said: str) -> None:
    text = wording.render("proposal_made", {**OFFER, "offer_gap_fen": gap_fen}).text
    assert said in text and "CUP-L（每件 ¥60.00）" in text
    assert ("不会自动扣款" in text) is (gap_fen > 0)


def test_an_offer_without_another_article_names_no_gap() -> None:
    assert "差价" not in wording.render("proposal_made", PARAMS).text


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "付款链接（11月29日 15:00 前有效）：http://127.0.0.1:8090/pay/x\n"),
        ({"link": None}, "付款方式：请按订单页面上的方式付款\n"),
        ({"purpose": "repair"}, "需付维修费 ¥45.00"),
        ({"unpaid": True}, "还没有查到这笔款。"),
    ],
    ids=["by link", "outside", "for a repair", "not found"],
)
def test_a_customer_is_told_how_to_pay(told: dict[str, Any], said: str) -> None:
    assert said in wording.render("collection_opened", {**PARAMS, **told}).text


def test_a_cheaper_article_is_sent_with_word_of_the_gap() -> None:
    assert "差价 ¥20.00 开始原路退还" in wording.render("replacement_shipped", {**PARAMS, "gap_back_fen": 2000}).text
    assert "差价" not in wording.render("replacement_shipped", PARAMS).text
