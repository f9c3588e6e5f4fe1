"""The report of an evaluation for the terminal. It shows sentences, so it is printed and never stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.nlu.evaluation.entity_table import EntityScore
from bot.nlu.evaluation.scores import (
    ENOUGH_LINES,
    Outcome,
    Ratio,
    accuracy,
    accuracy_as_acted_on,
    by_part,
    calibration,
    confusions,
    expected_calibration_error,
    f1_by_intent,
    macro_f1,
    standing_alone,
)

Runs = Mapping[str, Sequence[Outcome]]
"""The outcomes of each classifier on the same lines, by its name; the first is ours."""
CONFUSIONS = 12
SENTENCES = 5
"""So many confusions are shown, each with so many of its sentences."""


def report(runs: Runs) -> str:
    """The whole page: totals side by side, then in full for each classifier, at last our worst confusions."""
    lines = _totals(runs)
    for name, outcomes in runs.items():
        lines += ["", f"== confidence, {name}", *_calibration(standing_alone(outcomes))]
    lines += ["", "== intents", *_intents({name: f1_by_intent(standing_alone(these)) for name, these in runs.items()})]
    ours = next(iter(runs.values()))
    lines += ["", "== worst confusions (best intent -> predicted)", *_confusions(standing_alone(ours))]
    return "\n".join(lines)


def entity_report(score: EntityScore) -> str:
    """Precision, recall and F1 of every entity on the table, and the sentences that went wrong."""
    lines = [f"== entities, {score.rows} sentences, {score.exact_rows:.1%} exactly right"]
    lines.append(f"{'':<28}{'prec':>7}{'recall':>8}{'F1':>7}{'n':>6}")
    rows = {**score.by_entity, "all": score.total}
    lines += [f"{name:<28}{r.precision:7.3f}{r.recall:8.3f}{r.f1:7.3f}{r.there:6}" for name, r in rows.items()]
    return "\n".join([*lines, *(f"  {sentence}" for sentence in score.wrong)])


def _totals(runs: Runs) -> list[str]:
    first = standing_alone(next(iter(runs.values())))
    figures = {name: _figures(outcomes) for name, outcomes in runs.items()}
    lines = [f"{'':<34}{'lines':>6}" + "".join(f"{name:>10}" for name in runs)]
    for label, size in (
        ("stand-alone, accuracy", len(first)),
        *_part_sizes(first),
        ("declined counted as wrong", len(first)),
    ):
        lines.append(f"{label:<34}{size:>6}" + "".join(f"{each[label]:>10.1%}" for each in figures.values()))
    for label in ("macro F1", f"macro F1, {ENOUGH_LINES} lines or more", "expected calibration error"):
        lines.append(f"{label:<34}{'':>6}" + "".join(f"{each[label]:>10.3f}" for each in figures.values()))
    in_context = {name: [o for o in these if o.utterance.needs_context] for name, these in runs.items()}
    size = len(next(iter(in_context.values())))
    if size:
        cells = "".join(f"{accuracy(these):>10.1%}" for these in in_context.values())
        lines.append(f"{'needs context, accuracy (apart)':<34}{size:>6}{cells}")
    return lines


def _part_sizes(outcomes: Sequence[Outcome]) -> list[tuple[str, int]]:
    return [(f"  {part}", len(those)) for part, those in by_part(outcomes).items()]


def _figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    alone = standing_alone(outcomes)
    return {
        "stand-alone, accuracy": accuracy(alone),
        **{f"  {part}": accuracy(those) for part, those in by_part(alone).items()},
        "declined counted as wrong": accuracy_as_acted_on(alone),
        "macro F1": macro_f1(alone),
        f"macro F1, {ENOUGH_LINES} lines or more": macro_f1(alone, ENOUGH_LINES),
        "expected calibration error": expected_calibration_error(calibration(alone)),
    }


def _calibration(outcomes: Sequence[Outcome]) -> list[str]:
    head = f"{'confidence':<14}{'lines':>6}{'mean':>8}{'right':>8}"
    bins = calibration(outcomes)
    rows = [f"{b.low:.1f} to {b.high:.1f}".ljust(14) + f"{b.lines:6}{b.confidence:8.3f}{b.accuracy:8.3f}" for b in bins]
    return [head, *rows]


def _intents(tables: Mapping[str, Mapping[str, Ratio]]) -> list[str]:
    nothing = Ratio(0, 0, 0)
    columns = f"{'prec':>7}{'recall':>7}{'F1':>6}{'n':>5}"
    lines = [" " * 28 + "".join(f"{name:>25}" for name in tables), " " * 28 + columns * len(tables)]
    for intent in sorted(set().union(*tables.values())):
        ratios = [table.get(intent, nothing) for table in tables.values()]
        cells = (f"{r.precision:7.2f}{r.recall:7.2f}{r.f1:6.2f}{r.there:5}" for r in ratios)
        lines.append(f"{intent:<28}" + "".join(cells))
    return lines


def _confusions(outcomes: Sequence[Outcome]) -> list[str]:
    lines = []
    for gold, predicted, those in confusions(outcomes)[:CONFUSIONS]:
        lines.append(f"{len(those):4}  {gold} -> {predicted}")
        surest_first = sorted(those, key=lambda outcome: -outcome.confidence)
        lines += [f"        {outcome.confidence:.2f}  {outcome.utterance.text}" for outcome in surest_first[:SENTENCES]]
    return lines
