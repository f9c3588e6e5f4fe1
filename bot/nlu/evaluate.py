"""Measures intent classification on labelled real utterances: `python -m bot.nlu.evaluate FILE.jsonl [--model M]`.

Each line of the file is a JSON object with `text`, `intents` (any of them counts as right, the first is best), and
optionally `part` and `needs_context`; lines nobody could place from the text alone are reported apart. Without
`--model` (a Rasa model archive or an unpacked folder holding the weights) a model is trained from `data/nlu` in
memory. Rasa is not imported.
"""

from __future__ import annotations

import argparse
import json
import sys
import tarfile
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.nlu.intent_model import ARRAYS, NAMES, LinearIntentModel
from bot.nlu.normalizer import normalize


@dataclass(frozen=True)
class Utterance:
    """A real utterance with every intent that counts as right; `intents[0]` is the best."""

    text: str
    intents: tuple[str, ...]
    part: str = "all"
    needs_context: bool = False


@dataclass(frozen=True)
class Outcome:
    """What the model said of one utterance."""

    utterance: Utterance
    predicted: str
    confidence: float
    second: str

    @property
    def right(self) -> bool:
        return self.predicted in self.utterance.intents

    @property
    def credited(self) -> str:
        """The gold intent it is counted under: the predicted one where that is accepted, else the best."""
        return self.predicted if self.right else self.utterance.intents[0]


class EvaluationInputError(ValueError):
    """The file or the model cannot be used; the message says where and why."""


def read_utterances(path: Path) -> list[Utterance]:
    """The file's lines; raises EvaluationInputError naming the first unusable one."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            needs_context = bool(row.get("needs_context", False))
            found.append(Utterance(str(row["text"]), tuple(row["intents"]), str(row.get("part", "all")), needs_context))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvaluationInputError(
                f"{path}, line {number}: expected a JSON object with text and intents ({error})"
            ) from error
    if not found:
        raise EvaluationInputError(f"{path} holds no utterance")
    return found


def load_model(path: Path | None) -> LinearIntentModel:
    """The model in an archive or folder, or one trained from the repository's sentences."""
    if path is None:
        from bot.nlu.intent_training import train
        from bot.nlu.training_data import examples

        return train(examples())
    if path.is_dir():
        return LinearIntentModel.load(path)
    with tempfile.TemporaryDirectory() as folder, tarfile.open(path) as archive:
        for member in archive.getmembers():
            name = PurePosixPath(member.name).name
            content = archive.extractfile(member) if name in (ARRAYS, NAMES) else None
            if content:
                (Path(folder) / name).write_bytes(content.read())
        try:
            return LinearIntentModel.load(Path(folder))
        except FileNotFoundError as error:
            raise EvaluationInputError(f"{path} holds no intent model of ours") from error


def judge(model: LinearIntentModel, utterances: Iterable[Utterance]) -> list[Outcome]:
    """Runs normaliser and model over the utterances."""
    outcomes = []
    for utterance in utterances:
        first, second, *_ = model.rank(normalize(utterance.text))
        outcomes.append(Outcome(utterance, first.name, first.confidence, second.name))
    return outcomes


def accuracy(outcomes: Sequence[Outcome]) -> float:
    """The share of accepted predictions; 0.0 of none."""
    return sum(outcome.right for outcome in outcomes) / len(outcomes) if outcomes else 0.0


def f1_by_intent(outcomes: Sequence[Outcome]) -> dict[str, tuple[float, float, float, int]]:
    """Precision, recall, F1 and support of every intent that occurs as gold."""
    gold = Counter(outcome.credited for outcome in outcomes)
    predicted = Counter(outcome.predicted for outcome in outcomes)
    hits = Counter(outcome.predicted for outcome in outcomes if outcome.right)
    table = {}
    for intent in sorted(gold):
        precision = hits[intent] / predicted[intent] if predicted[intent] else 0.0
        recall = hits[intent] / gold[intent]
        f1 = 2 * precision * recall / (precision + recall) if hits[intent] else 0.0
        table[intent] = (precision, recall, f1, gold[intent])
    return table


def report(outcomes: Sequence[Outcome]) -> str:
    """The whole page: overall and per part, calibration, intents, confusions."""
    alone = [outcome for outcome in outcomes if not outcome.utterance.needs_context]
    in_context = [outcome for outcome in outcomes if outcome.utterance.needs_context]
    table = f1_by_intent(alone)
    macro = sum(row[2] for row in table.values()) / len(table) if table else 0.0
    lines = [f"stand-alone  {len(alone):5}  accuracy {accuracy(alone):6.1%}  macro F1 {macro:.3f}"]
    parts = defaultdict(list)
    for outcome in alone:
        parts[outcome.utterance.part].append(outcome)
    lines += [f"  {part:<11}{len(mine):5}  accuracy {accuracy(mine):6.1%}" for part, mine in sorted(parts.items())]
    if in_context:
        lines.append(f"with context {len(in_context):5}  accuracy {accuracy(in_context):6.1%}  (reported apart)")
    lines += ["", "confidence   lines  right   second right", *_calibration(alone)]
    lines += ["", f"{'intent':<28}{'prec':>6}{'recall':>8}{'F1':>6}{'n':>5}"]
    lines += [f"{name:<28}{p:6.2f}{r:8.2f}{f:6.2f}{n:5}" for name, (p, r, f, n) in table.items()]
    lines += ["", "worst confusions (best intent -> predicted)"]
    wrong = Counter((o.utterance.intents[0], o.predicted) for o in alone if not o.right)
    lines += [f"{count:4}  {gold} -> {predicted}" for (gold, predicted), count in wrong.most_common(15)]
    return "\n".join(lines)


def _calibration(outcomes: Sequence[Outcome]) -> list[str]:
    rows = []
    for low, high in ((0.0, 0.2), (0.2, 0.3), (0.3, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        mine = [outcome for outcome in outcomes if low <= outcome.confidence < high]
        second = [outcome for outcome in mine if outcome.second in outcome.utterance.intents]
        if mine:
            rows.append(
                f"{low:4.2f}-{min(high, 1):4.2f}   {len(mine):5}  {accuracy(mine):6.1%}  {len(second) / len(mine):6.1%}"
            )
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns 1 with a message on input that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.evaluate", description=__doc__)
    parser.add_argument("file", type=Path, help="labelled utterances, one JSON object a line")
    parser.add_argument("--model", type=Path, help="a Rasa model archive or a folder with the weights")
    options = parser.parse_args(arguments)
    try:
        utterances = read_utterances(options.file)
        model = load_model(options.model)
    except (EvaluationInputError, OSError, tarfile.TarError) as error:
        print(f"cannot evaluate: {error}", file=sys.stderr)
        return 1
    print(report(judge(model, utterances)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
