"""Finds what a message names: numbers, money, days, carriers, reasons, remedies, and the mood it is written in.

One spaCy pipeline over single characters, because a Chinese word list must be found wherever it stands: `figures`
runs the recognisers of `numbers`, `amounts` and `dates`, `gazetteer` the word lists of `lexicon/`, `reading` drops
what is negated or covered by something longer. Text comes in normalised (`normalizer.normalize`).

    entity        value
    order_no, case_no, tracking_no, phone, amount (fen), quantity, date: see the modules named above
    carrier       the carrier's usual name, 顺丰
    reason        one of the rule book's seventeen codes
    resolution    REFUND_ONLY, RETURN_REFUND, EXCHANGE, REPAIR, RESHIP, PRICE_DIFFERENCE, COMPENSATION
    choice        "2" for 第二个, last for 最后一个, all for 都要; may cover the same words as another
    mood          angry, threat, injury, thanks; may cover the same words as another
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bot.nlu.amounts import amounts, quantities
from bot.nlu.choices import choices
from bot.nlu.dates import dates
from bot.nlu.gazetteer import Gazetteer
from bot.nlu.numbers import numbers
from bot.nlu.spans import Entity, first_of_each, without_overlap

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

__all__ = ["Entity", "extract"]

MAX_CHARACTERS = 1000
# 不想要了 beside 碎了 says what the customer wishes, not why.
_VAGUE_REASON = "no_reason"


def extract(text: str) -> list[Entity]:
    """The entities of a normalised message in the order they stand; of a very long one, those of its beginning."""
    found: list[Entity] = _pipeline()(text[:MAX_CHARACTERS]).user_data["entities"]
    return found


@lru_cache(maxsize=1)
def _pipeline() -> Language:
    # spaCy costs seconds to import, so only those who extract pay for it.
    import spacy
    from spacy.language import Language

    Language.component("anxin_figures")(_figures)
    Language.factory("anxin_gazetteer", func=lambda nlp, name: Gazetteer(nlp))
    Language.component("anxin_reading")(_reading)
    nlp = spacy.blank("zh")
    for name in ("anxin_figures", "anxin_gazetteer", "anxin_reading"):
        nlp.add_pipe(name)
    return nlp


def _figures(document: Doc) -> Doc:
    """Case, order and waybill numbers before telephones, days before money, money before pieces."""
    found: list[Entity] = []
    text = document.text
    for recognise in (numbers, dates, amounts, quantities):
        found += without_overlap(recognise(text), taken=found)
    document.user_data["figures"] = found
    return document


def _reading(document: Doc) -> Doc:
    """Puts figures and words together: a word yields to a figure, a vague reason to a telling one.

    A choice, like a mood, may stand in the same words as another entity: 都退 says which and what. What words say
    twice is found once, numbers as often as they stand.
    """
    figures, words = document.user_data["figures"], document.user_data["words"]
    moods = without_overlap((word for word in words if word.entity == "mood"), taken=figures)
    others = without_overlap((word for word in words if word.entity != "mood"), taken=figures)
    telling = {word.value for word in others if word.entity == "reason"} - {_VAGUE_REASON}
    others = [word for word in others if not (telling and word.value == _VAGUE_REASON)]
    document.user_data["entities"] = sorted(
        [*figures, *first_of_each([*others, *moods, *without_overlap(choices(document.text))])],
        key=lambda entity: (entity.start, entity.end),
    )
    return document
