"""Looks the trade's word lists up in a message: carriers, reasons, remedies, moods.

A step of the spaCy pipeline of `entities`: fixed phrases by PhraseMatcher, the rest by regular expressions, both from
`lexicon/*.yml`. What the customer negates (没坏、不退了、取消退货) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.nlu import lexicon
from bot.nlu.spans import Entity

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_NOT_SO = re.compile(r"(?:没有?|不是|并非|并没有?|无|不算|没啥|没什么)$")
_NEGATIVE_WORDS = tuple("没不未无非少缺")


class Gazetteer:
    """Finds every listed word; overlapping hits are all kept for `entities` to choose from."""

    def __init__(self, nlp: Language) -> None:
        from spacy.matcher import PhraseMatcher

        self._matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._strings = nlp.vocab.strings
        self._patterns: list[tuple[str, re.Pattern[str]]] = []
        for entity, value, phrases, patterns in _word_lists():
            label = f"{entity}:{value}"
            self._matcher.add(label, [nlp.make_doc(phrase) for phrase in phrases])
            self._patterns += [(label, re.compile(pattern, re.IGNORECASE)) for pattern in patterns]
        remedies = lexicon.read("resolutions")
        self._withdrawn_before = re.compile(remedies["negated_before"])
        self._withdrawn_after = re.compile(remedies["negated_after"])

    def __call__(self, document: Doc) -> Doc:
        """Leaves the hits in `user_data["words"]`."""
        document.user_data["words"] = [hit for hit in self._hits(document) if self._meant(document.text, hit)]
        return document

    def _hits(self, document: Doc) -> Iterator[Entity]:
        for match, first, last in self._matcher(document):
            entity, value = self._strings[match].split(":")
            span = document[first:last]
            yield Entity(entity, value, span.start_char, span.end_char)
        for label, pattern in self._patterns:
            entity, value = label.split(":")
            for found in pattern.finditer(document.text):
                yield Entity(entity, value, *found.span())

    def _meant(self, text: str, hit: Entity) -> bool:
        before, after = text[: hit.start], text[hit.end :]
        if hit.entity == "resolution":
            return not (self._withdrawn_before.search(before) or self._withdrawn_after.search(after))
        if hit.entity == "reason" and not text[hit.start].startswith(_NEGATIVE_WORDS):
            return not _NOT_SO.search(before)
        return True


def _word_lists() -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Entity, value, phrases and patterns of every list."""
    for carrier, names in lexicon.read("carriers").items():
        yield "carrier", carrier, names, []
    lists = {"reason": lexicon.read("reasons"), "mood": lexicon.read("moods")}
    lists["resolution"] = lexicon.read("resolutions")["remedies"]
    for entity, values in lists.items():
        for value, words in values.items():
            yield entity, value, words["phrases"], words.get("patterns", [])
