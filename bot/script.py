"""Answers in the script that the customer writes: Simplified as our words are written, or Traditional."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from opencc import OpenCC

from backend.domain.conversation import Author, Message

LOOKED_AT = 30
"""Rows of a transcript in which the customer's own messages are looked for."""
_NAMES = frozenset({"kind", "order_no", "case_no"})
"""Parts of a card that are no words."""


@lru_cache(maxsize=1)
def _to_traditional() -> OpenCC:
    return OpenCC("s2tw")


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def load() -> None:
    """Read the tables of both scripts: else the first customer waits for it."""
    _to_traditional(), _to_simplified()


def writes_traditional(rows: Iterable[Message]) -> bool:
    """Whether the customer's newest typed message that shows a script shows Traditional; buttons are our own words.

    `rows` of the transcript, newest first, are read as far as that one.
    """
    typed = (row.text for row in rows if row.author is Author.CUSTOMER and "pressed" not in row.payload)
    leanings = (_leaning(text) for text in typed)
    return next((leaning for leaning in leanings if leaning), 0) > 0


def in_traditional(words: str) -> str:
    """Traditional characters as used in Taiwan; numbers, letters and signs stay."""
    return str(_to_traditional().convert(words))


def card_in_traditional(part: Any) -> Any:
    """A rendered card, or a part of one, with its words in Traditional; numbers of orders and cases stay."""
    if isinstance(part, str):
        return in_traditional(part)
    if isinstance(part, list):
        return [card_in_traditional(each) for each in part]
    if isinstance(part, Mapping):
        return {name: each if name in _NAMES else card_in_traditional(each) for name, each in part.items()}
    return part


def _leaning(text: str) -> int:
    """Characters that only Traditional has, less those that only Simplified has."""
    simplified, traditional = str(_to_simplified().convert(text)), in_traditional(text)
    return _differences(text, simplified) - _differences(text, traditional)


def _differences(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=False)) if len(one) == len(other) else 0
