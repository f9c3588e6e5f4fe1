"""Looks the trade's word lists up in a message: carriers, reasons, remedies, moods.

A step of the spaCy pipeline of `entities`: fixed phrases by PhraseMatcher, the rest by regular expressions, both from
`lexicon/*.yml`; a group in an expression marks the words that tell, the rest is their surroundings. What the customer
negates or only asks about (没坏、会掉色吗、不退了、取消退货) is left out, and so is a word that is harmless where it
stands (多媒体、垃圾桶), as the lists themselves say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.nlu import lexicon
from bot.nlu.spans import Entity

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_NOT_SO = re.compile(
    r"(?:(?<!有)没有?|(?<!是)不是|并非|(?<!有)无|不算|不存在|没啥|没什么|不觉得|(?<![能要差])不(?:会|怎么|太|容易)?)"
    r"(?:任何|什么|啥|明显|一点|出现|发现|你们?|商家|快递|因为)?的?$"
)
_ASKED_BEFORE = re.compile(r"(?:会|容易|怕)$")
_ASKED_AFTER = re.compile(r"^(?:吗|么|嘛|不$|不[?,。 ])")
_NEGATIVE_WORDS = tuple("没不未无非")
_NOTHING = r"(?!)"


@dataclass(frozen=True)
class _WordList:
    """One value's words, and the neighbours before and after that make them mean something else."""

    entity: str
    value: str
    phrases: tuple[str, ...]
    pattern: re.Pattern[str]
    unless_before: re.Pattern[str]
    unless_after: re.Pattern[str]

    @classmethod
    def of(cls, entity: str, value: str, words: dict[str, Any]) -> _WordList:
        patterns = "|".join(f"(?:{pattern})" for pattern in words.get("patterns", [])) or _NOTHING
        return cls(
            entity,
            value,
            tuple(words["phrases"]),
            re.compile(patterns, re.IGNORECASE),
            re.compile(words.get("unless_before", _NOTHING)),
            re.compile(words.get("unless_after", _NOTHING)),
        )


class Gazetteer:
    """Finds every listed word; overlapping hits are all kept for `entities` to choose from."""

    def __init__(self, nlp: Language) -> None:
        from spacy.matcher import PhraseMatcher

        self._matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
        self._strings = nlp.vocab.strings
        self._lists = {f"{words.entity}:{words.value}": words for words in _word_lists()}
        for label, words in self._lists.items():
            self._matcher.add(label, [nlp.make_doc(phrase) for phrase in words.phrases])
        remedies = lexicon.read("resolutions")
        self._withdrawn_before = re.compile(remedies["negated_before"])
        self._withdrawn_after = re.compile(remedies["negated_after"])
        self._condition = re.compile(remedies["condition_after"])

    def __call__(self, document: Doc) -> Doc:
        """Leaves the hits in `user_data["words"]`."""
        text = document.text  # put together anew from its tokens whenever it is asked for
        document.user_data["words"] = [
            hit for words, hit in self._hits(document, text) if self._meant(text, words, hit)
        ]
        return document

    def _hits(self, document: Doc, text: str) -> Iterator[tuple[_WordList, Entity]]:
        for match, first, last in self._matcher(document):
            words = self._lists[self._strings[match]]
            span = document[first:last]
            yield words, Entity(words.entity, words.value, span.start_char, span.end_char)
        for words in self._lists.values():
            for found in words.pattern.finditer(text):
                yield words, Entity(words.entity, words.value, *found.span(found.lastindex or 0))

    def _meant(self, text: str, words: _WordList, hit: Entity) -> bool:
        before, after = text[: hit.start], text[hit.end :]
        if words.unless_before.search(before) or words.unless_after.search(after):
            return False
        if hit.entity == "resolution":
            return not self._withdrawn(before, after)
        if hit.entity == "reason" and _ASKED_BEFORE.search(before) and _ASKED_AFTER.search(after):
            return False
        if hit.entity == "reason" and not text[hit.start].startswith(_NEGATIVE_WORDS):
            return not _NOT_SO.search(before)
        return True

    def _withdrawn(self, before: str, after: str) -> bool:
        """Whether the remedy is what the customer does not want; 不退款就投诉 wants it all the more."""
        negated = self._withdrawn_before.search(before) and not self._condition.search(after)
        return bool(negated or self._withdrawn_after.search(after))


def _word_lists() -> Iterator[_WordList]:
    lists = {
        "carrier": lexicon.read("carriers"),
        "reason": lexicon.read("reasons"),
        "mood": lexicon.read("moods"),
        "resolution": lexicon.read("resolutions")["remedies"],
    }
    for entity, values in lists.items():
        for value, words in values.items():
            yield _WordList.of(entity, value, words)
