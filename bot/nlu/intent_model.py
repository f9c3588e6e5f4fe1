"""The trained intent classifier: a linear model over features, stored as plain arrays and JSON.

Needs numpy and jieba only; training lives in `intent_training`. Nothing is pickled, so loading a model runs no code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.nlu.features import features
from bot.nlu.vectorizer import Vectorizer

ARRAYS = "weights.npz"
NAMES = "vocabulary.json"


@dataclass(frozen=True)
class RankedIntent:
    """One candidate; `confidence` is a calibrated probability between 0 and 1."""

    name: str
    confidence: float


@dataclass(frozen=True)
class LinearIntentModel:
    """Scores every intent for a message; `weights` is columns by labels, `bias` and labels run alike."""

    labels: tuple[str, ...]
    vectorizer: Vectorizer
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    sharpness: float

    def rank(self, text: str) -> list[RankedIntent]:
        """All intents of a normalised message, the likeliest first; their confidences add up to one."""
        columns, values = self.vectorizer.row(features(text))
        scores = values @ self.weights[columns] + self.bias
        confidence = softmax(scores[np.newaxis, :] * self.sharpness)[0]
        order = np.argsort(-confidence, kind="stable")
        return [RankedIntent(self.labels[i], float(confidence[i])) for i in order]

    def save(self, folder: Path) -> None:
        """Writes `weights.npz` and `vocabulary.json` into an existing folder."""
        np.savez(folder / ARRAYS, weights=self.weights, bias=self.bias, idf=self.vectorizer.idf)
        names = {
            "labels": self.labels,
            "sharpness": self.sharpness,
            "features": sorted(self.vectorizer.vocabulary, key=self.vectorizer.vocabulary.__getitem__),
        }
        (folder / NAMES).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LinearIntentModel:
        """Reads what `save` wrote; raises FileNotFoundError where there is no model."""
        names = json.loads((folder / NAMES).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            vocabulary = {feature: column for column, feature in enumerate(names["features"])}
            vectorizer = Vectorizer(vocabulary, arrays["idf"])
            return cls(
                tuple(names["labels"]),
                vectorizer,
                arrays["weights"],
                arrays["bias"],
                float(names["sharpness"]),
            )


def softmax(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """Row-wise probabilities of a matrix of scores."""
    shifted = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
