"""The table of sentences with the exact entities they name, and the score of the extractor on it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.entities import extract
from bot.nlu.evaluation.scores import Ratio
from bot.nlu.evaluation.utterances import EvaluationInputError
from bot.nlu.normalizer import normalize

Named = tuple[str, str]
"""An entity and its value."""


@dataclass(frozen=True)
class Row:
    """A sentence and everything it names, each as often as it is named."""

    text: str
    expected: tuple[Named, ...]


@dataclass(frozen=True)
class EntityScore:
    """`exact_rows` is the share of sentences with exactly the expected values; `wrong` names the others."""

    rows: int
    exact_rows: float
    by_entity: Mapping[str, Ratio]
    wrong: tuple[str, ...]

    @property
    def total(self) -> Ratio:
        """All entities together."""
        ratios = self.by_entity.values()
        return Ratio(sum(r.hits for r in ratios), sum(r.predicted for r in ratios), sum(r.there for r in ratios))


def read_entity_table(path: Path) -> list[Row]:
    """Sentence, tab, `entity=value` separated by spaces; raises EvaluationInputError naming an unusable line."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        text, tab, named = line.partition("\t")
        pairs = [tuple(pair.split("=", 1)) for pair in named.split()]
        if not text or not tab or any(len(pair) != 2 for pair in pairs):
            raise EvaluationInputError(f"{path}, line {number}: expected a sentence, a tab and entity=value pairs")
        rows.append(Row(text, tuple((entity, value) for entity, value in pairs)))
    return rows


def score_entities(rows: Sequence[Row]) -> EntityScore:
    """Compares what is extracted with what is expected, values exactly, order aside."""
    hits, predicted, there = Counter[str](), Counter[str](), Counter[str]()
    wrong = []
    for row in rows:
        found, expected = Counter(_named(row.text)), Counter(row.expected)
        for tally, pairs in ((hits, found & expected), (predicted, found), (there, expected)):
            for (entity, _), times in pairs.items():
                tally[entity] += times
        if found != expected:
            wrong.append(f"{row.text}: missing {_listed(expected - found)}, too much {_listed(found - expected)}")
    kinds = sorted({*predicted, *there})
    ratios = {kind: Ratio(hits[kind], predicted[kind], there[kind]) for kind in kinds}
    return EntityScore(len(rows), 1 - len(wrong) / len(rows) if rows else 0.0, ratios, tuple(wrong))


def _named(text: str) -> list[Named]:
    return [(found.entity, found.value) for found in extract(normalize(text))]


def _listed(pairs: Counter[Named]) -> str:
    by_kind: defaultdict[str, list[str]] = defaultdict(list)
    for entity, value in pairs.elements():
        by_kind[entity].append(value)
    return "; ".join(f"{kind} {', '.join(values)}" for kind, values in sorted(by_kind.items())) or "nothing"
