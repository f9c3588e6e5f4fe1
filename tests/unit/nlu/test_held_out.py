"""The held-out utterances are many, varied, and none of them was learned."""

import json
from collections import Counter
from pathlib import Path

from bot.nlu.evaluation.utterances import read_utterances
from bot.nlu.training_data import raw_sentences
from tests.unit.nlu.test_training_data import words_alone

FILE = Path(__file__).parents[2] / "data" / "eval.jsonl"
TYPED_INTENTS = {intent for text, intent, _ in raw_sentences() if not text.startswith("/")}


def test_every_line_has_the_four_fields() -> None:
    rows = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    assert all(set(row) == {"text", "part", "intents", "needs_context"} for row in rows)
    assert {row["part"] for row in rows} == {"aftersales", "random"}


def test_there_are_300_lines_and_five_or_more_of_every_intent() -> None:
    alone = [utterance for utterance in read_utterances(FILE) if not utterance.needs_context]
    counts = Counter(utterance.intents[0] for utterance in alone)
    assert len(alone) >= 300
    assert set(counts) == TYPED_INTENTS
    assert {intent: count for intent, count in counts.items() if count < 5} == {}


def test_every_named_intent_exists() -> None:
    assert {intent for utterance in read_utterances(FILE) for intent in utterance.intents} <= TYPED_INTENTS


def test_no_line_stands_twice() -> None:
    seen = Counter(words_alone(utterance.text) for utterance in read_utterances(FILE))
    assert [words for words, count in seen.items() if count > 1] == []


def test_no_line_is_a_training_sentence() -> None:
    learned = {words_alone(text) for text, _, _ in raw_sentences()}
    assert [utterance.text for utterance in read_utterances(FILE) if words_alone(utterance.text) in learned] == []
