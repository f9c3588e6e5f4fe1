"""Draws the confusion matrix of a run as a PNG."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.nlu.evaluation.scores import Outcome, standing_alone


def confusion_matrix(outcomes: Sequence[Outcome]) -> tuple[list[str], NDArray[np.int_]]:
    """The names of all intents that occur, and how often each (row) was predicted as each (column).

    An accepted prediction counts on the diagonal of its own intent.
    """
    names = sorted({outcome.credited for outcome in outcomes} | {outcome.predicted for outcome in outcomes})
    pairs = Counter((outcome.credited, outcome.predicted) for outcome in outcomes)
    return names, np.array([[pairs[gold, predicted] for predicted in names] for gold in names])


def draw_confusions(outcomes: Sequence[Outcome], path: Path, title: str) -> None:
    """Writes the picture, each row shaded by the share of its lines; folders are made where missing."""
    # Drawing costs a second to import, so only those who draw pay for it; it needs no screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names, counts = confusion_matrix(standing_alone(outcomes))
    size = 3 + 0.3 * len(names)
    figure = Figure(figsize=(size, size))
    axes = figure.add_subplot()
    axes.imshow(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(counts), strict=True):
        shade = "white" if row == column else "black"
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", fontsize=6, color=shade)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set(xlabel="predicted", ylabel="right", title=title)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_png(str(path))
