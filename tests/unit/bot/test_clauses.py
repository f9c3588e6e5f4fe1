"""A message that asks for two things is taken apart, any other is left whole."""

from typing import Any

import pytest

from bot.clauses import parts_of

MEANINGS = {
    "运费": "ask_return_fee",
    "多久": "ask_refund_time",
    "能退吗": "ask_return_conditions",
    "转人工": "request_human",
    "退货": "request_return",
    "快递": "ask_logistics",
}


async def understand(text: str) -> dict[str, Any]:
    """Understands single words, the first in the order of the table; digits are an order's number."""
    name = next((intent for word, intent in MEANINGS.items() if word in text), "out_of_scope")
    number = [{"entity": "order_no", "value": "1"}] if any(char.isdigit() for char in text) else []
    return {"intent": {"name": name, "confidence": 0.9}, "entities": number}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("运费谁出？我要退货", ("运费谁出？", "我要退货")),
        ("我要退货，运费谁出？", ("运费谁出？", "我要退货，")),
        ("到账多久，帮我转人工", ("到账多久，", "帮我转人工")),
        ("订单2026 1111 0009要退，运费谁出", ("运费谁出", "订单2026 1111 0009要退，")),
        ("拆封了，还能退吗", ("拆封了，还能退吗",)),
        ("快递到哪了，我要退货", ("快递到哪了，我要退货",)),
        ("运费谁出", ("运费谁出",)),
        ("。。。", ("。。。",)),
    ],
)
async def test_a_question_and_a_wish_are_two_parts(text: str, parts: tuple[str, ...]) -> None:
    assert await parts_of(text, understand) == parts


async def test_a_very_long_message_is_left_whole() -> None:
    text = "运费谁出？我要退货。" * 30

    assert await parts_of(text, understand) == (text,)


async def test_who_is_unsure_takes_nothing_apart() -> None:
    async def unsure(text: str) -> dict[str, Any]:
        return {
            "intent": {"name": "ask_return_fee" if "运费" in text else "request_return", "confidence": 0.4},
            "entities": [],
        }

    assert len(await parts_of("运费谁出？我要退货", unsure)) == 1
