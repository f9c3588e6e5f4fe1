"""What the intent classifier sees of a normalised message: characters, words and signs of the trade.

A feature is a short string with a letter for its kind, so that the vocabulary is readable as it is stored:
`c` characters, `w` words, `s` signs (`lexicon/concepts.yml`), `p` pairs of signs, `l` length.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, pairwise

import jieba

from bot.nlu import lexicon
from bot.nlu.numbers import numbers

MAX_CHARACTERS = 400
_LONG_NUMBER = re.compile(r"[a-z]{0,4}\d{5,}")
_NUMBER_MARK = "№"
_KIND_MARKS = {"order_no": "⒪", "case_no": "⒞", "tracking_no": "⒯", "phone": "⒫"}
_LENGTHS = (2, 4, 8, 14, 24, 40)


def features(text: str) -> Counter[str]:
    """How often each feature occurs; a long number counts as a mark of its kind, a long message by both its ends."""
    text = _shorten(_without_numbers(text))
    found: Counter[str] = Counter()
    found.update("c" + gram for gram in _character_grams(text))
    found.update("w" + gram for gram in _word_grams(text))
    signs = _signs(text)
    found.update("s" + sign for sign in signs)
    found.update("p" + "+".join(pair) for pair in combinations(signs, 2))
    found["l" + str(sum(len(text) > limit for limit in _LENGTHS))] = 1
    return found


def _without_numbers(text: str) -> str:
    """The message with one mark for each number that identifies something, whatever its digits."""
    pieces, done = [], 0
    for number in sorted(numbers(text), key=lambda number: number.start):
        pieces += [text[done : number.start], _KIND_MARKS[number.entity]]
        done = number.end
    return _LONG_NUMBER.sub(_NUMBER_MARK, ("".join(pieces) + text[done:]).lower())


def _shorten(text: str) -> str:
    if len(text) <= MAX_CHARACTERS:
        return text
    half = MAX_CHARACTERS // 2
    return text[:half] + " " + text[-half:]


def _character_grams(text: str) -> Iterator[str]:
    marked = f"^{text}$"
    for size in (1, 2, 3, 4):
        for start in range(len(marked) - size + 1):
            yield marked[start : start + size]


def _word_grams(text: str) -> Iterator[str]:
    words = [word for word in segmenter().cut(text) if not word.isspace()]
    yield from words
    yield from (f"{first} {second}" for first, second in pairwise(words))


def _signs(text: str) -> list[str]:
    return [name for name, pattern in _sign_patterns().items() if pattern.search(text)]


@lru_cache(maxsize=1)
def _sign_patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in sorted(lexicon.read("concepts").items())}


@lru_cache(maxsize=1)
def segmenter() -> jieba.Tokenizer:
    """Our own jieba with the trade's dictionary; the process-wide one is left as it is."""
    jieba.setLogLevel(logging.WARNING)
    own = jieba.Tokenizer()
    own.load_userdict(str(lexicon.DICTIONARY))
    return own
