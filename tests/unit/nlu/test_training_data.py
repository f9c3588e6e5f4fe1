"""The labelled sentences keep the rules they were collected by."""

import re
from collections import Counter, defaultdict

import pytest
import yaml

from bot.nlu import lexicon
from bot.nlu.normalizer import normalize
from bot.nlu.training_data import FOLDER, examples, raw_sentences

MINTED = "minted.yml"
FEWEST = 110
SENTENCES = 15_000
# Those of the intent contract without provide_evidence, which only a channel mints, and continue_filing.
TYPED_INTENTS = 42
REASONS = {
    *("quality", "damaged", "counterfeit", "wrong_item", "missing", "not_as_described", "size", "colour", "no_reason"),
    *("ordered_by_mistake", "logistics", "promotion", "order_error", "service", "usage", "warranty", "other"),
}


def words_alone(text: str) -> str:
    """A sentence without punctuation and spacing, by which two count as the same."""
    return re.sub(r"[\W_]", "", normalize(text)).lower() or text


def test_no_sentence_is_a_payload() -> None:
    assert [text for text, _, path in raw_sentences() if text.startswith("/") and path.name != MINTED] == []


def test_minted_intents_have_payloads_only() -> None:
    written = [(text, intent) for text, intent, path in raw_sentences() if path.name == MINTED]
    assert written and all(text.startswith(f"/{intent}") for text, intent in written)


def test_no_sentence_stands_twice() -> None:
    seen = defaultdict(list)
    for text, intent, path in raw_sentences():
        if path.name != MINTED:
            seen[words_alone(text)].append((intent, text))
    assert {key: where for key, where in seen.items() if len(where) > 1} == {}


def test_no_sentence_carries_entity_marks() -> None:
    assert [text for text, _, _ in raw_sentences() if re.search(r"\[[^\]]*\][({]", text)] == []


def test_every_typed_intent_has_its_sentences() -> None:
    counts = Counter(example.intent for example in examples())
    assert len(counts) == TYPED_INTENTS
    assert {intent: count for intent, count in counts.items() if count < FEWEST} == {}
    assert counts.total() >= SENTENCES


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yml")), ids=lambda path: path.name)
def test_a_file_is_of_rasas_format_and_names_an_intent_once(path) -> None:  # type: ignore[no-untyped-def]
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    intents = [block["intent"] for block in content["nlu"]]
    assert content["version"] == "3.1"
    assert len(intents) == len(set(intents))


def test_the_reasons_are_those_of_the_rule_book() -> None:
    assert set(lexicon.read("reasons")) == REASONS


def test_every_pattern_of_the_word_lists_compiles() -> None:
    for pattern in lexicon.read("concepts").values():
        re.compile(pattern)
    for words in [*lexicon.read("reasons").values(), *lexicon.read("resolutions")["remedies"].values()]:
        for pattern in words.get("patterns", []):
            re.compile(pattern)


def test_editing_a_word_list_changes_the_digest(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    before = lexicon.digest()
    edited = tmp_path / "after_sales.dict"
    edited.write_text(lexicon.DICTIONARY.read_text(encoding="utf-8") + "新词 5 n\n", encoding="utf-8")
    monkeypatch.setattr(lexicon, "DICTIONARY", edited)
    assert lexicon.digest() != before
