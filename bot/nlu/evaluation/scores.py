"""Counts what a classifier got right: accuracy, F1 by intent, confusions, calibration of its confidences."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.nlu.evaluation.utterances import Utterance

ENOUGH_LINES = 5
"""Intents with fewer lines are too few to judge one by one; the second macro F1 leaves them out."""
BINS = 10


@dataclass(frozen=True)
class Outcome:
    """What a classifier said of one utterance: its first intent, how sure it was (0 to 1), and its second.

    `declined`: its pipeline's FallbackClassifier would have made it "not understood".
    """

    utterance: Utterance
    predicted: str
    confidence: float
    second: str
    declined: bool = False

    @property
    def right(self) -> bool:
        return self.predicted in self.utterance.intents

    @property
    def acted_on(self) -> bool:
        """Whether the bot would have gone on with an accepted intent."""
        return self.right and not self.declined

    @property
    def credited(self) -> str:
        """The gold intent it is counted under: the predicted one where that is accepted, else the best."""
        return self.predicted if self.right else self.utterance.intents[0]


@dataclass(frozen=True)
class Ratio:
    """Hits among what was predicted and what was there."""

    hits: int
    predicted: int
    there: int

    @property
    def precision(self) -> float:
        return self.hits / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        return self.hits / self.there if self.there else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.hits / (self.predicted + self.there) if self.hits else 0.0


@dataclass(frozen=True)
class Bin:
    """The outcomes whose confidence lies from `low` to below `high`."""

    low: float
    high: float
    lines: int
    confidence: float
    accuracy: float


def standing_alone(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those that can be judged from their text; the others are reported apart."""
    return [outcome for outcome in outcomes if not outcome.utterance.needs_context]


def by_part(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """The outcomes of every part of the file, in the order of their names."""
    parts: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        parts[outcome.utterance.part].append(outcome)
    return dict(sorted(parts.items()))


def accuracy(outcomes: Sequence[Outcome]) -> float:
    """The share of accepted predictions; 0.0 of none."""
    return sum(outcome.right for outcome in outcomes) / len(outcomes) if outcomes else 0.0


def accuracy_as_acted_on(outcomes: Sequence[Outcome]) -> float:
    """The share a bot would have gone on with rightly: what its fallback declines is not understood. 0.0 of none."""
    return sum(outcome.acted_on for outcome in outcomes) / len(outcomes) if outcomes else 0.0


def f1_by_intent(outcomes: Sequence[Outcome]) -> dict[str, Ratio]:
    """Precision, recall and F1 of every intent that occurs as gold, by name."""
    gold = Counter(outcome.credited for outcome in outcomes)
    predicted = Counter(outcome.predicted for outcome in outcomes)
    hits = Counter(outcome.predicted for outcome in outcomes if outcome.right)
    return {intent: Ratio(hits[intent], predicted[intent], gold[intent]) for intent in sorted(gold)}


def macro_f1(outcomes: Sequence[Outcome], fewest: int = 1) -> float:
    """The mean F1 over intents that are the best one of `fewest` lines or more; 0.0 of none.

    Which intents count depends on the lines alone, so two classifiers are compared over the same ones.
    """
    lines = Counter(outcome.utterance.intents[0] for outcome in outcomes)
    table = f1_by_intent(outcomes)
    counted = [table[intent].f1 if intent in table else 0.0 for intent, n in lines.items() if n >= fewest]
    return sum(counted) / len(counted) if counted else 0.0


def confusions(outcomes: Iterable[Outcome]) -> list[tuple[str, str, list[Outcome]]]:
    """Best intent, predicted intent and the outcomes of every confusion, the most frequent first."""
    found: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if not outcome.right:
            found[outcome.utterance.intents[0], outcome.predicted].append(outcome)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(gold, predicted, those) for (gold, predicted), those in ordered]


def calibration(outcomes: Sequence[Outcome]) -> list[Bin]:
    """Ten bins of equal width, empty ones left out: mean confidence beside accuracy."""
    bins: list[list[Outcome]] = [[] for _ in range(BINS)]
    for outcome in outcomes:
        bins[min(int(outcome.confidence * BINS), BINS - 1)].append(outcome)
    return [
        Bin(i / BINS, (i + 1) / BINS, len(those), sum(o.confidence for o in those) / len(those), accuracy(those))
        for i, those in enumerate(bins)
        if those
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """The mean gap between confidence and accuracy, weighted by lines; 0.0 of none."""
    lines = sum(each.lines for each in bins)
    return sum(each.lines * abs(each.confidence - each.accuracy) for each in bins) / lines if lines else 0.0


def as_counts(outcomes: Sequence[Outcome]) -> Mapping[str, object]:
    """All figures of a run without a single sentence, for JSON."""
    alone = standing_alone(outcomes)
    in_context = [outcome for outcome in outcomes if outcome.utterance.needs_context]
    return {
        "lines": len(alone),
        "right": sum(outcome.right for outcome in alone),
        "accuracy": round(accuracy(alone), 4),
        "accuracy_as_acted_on": round(accuracy_as_acted_on(alone), 4),
        "macro_f1": round(macro_f1(alone), 4),
        f"macro_f1_of_{ENOUGH_LINES}_lines_or_more": round(macro_f1(alone, ENOUGH_LINES), 4),
        "expected_calibration_error": round(expected_calibration_error(calibration(alone)), 4),
        "parts": {
            part: {"lines": len(those), "right": sum(o.right for o in those), "accuracy": round(accuracy(those), 4)}
            for part, those in by_part(alone).items()
        },
        "needs_context": {"lines": len(in_context), "right": sum(outcome.right for outcome in in_context)},
        "intents": {
            intent: {"lines": ratio.there, "predicted": ratio.predicted, "right": ratio.hits}
            for intent, ratio in f1_by_intent(alone).items()
        },
    }
