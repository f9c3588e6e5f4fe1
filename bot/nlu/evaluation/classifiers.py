"""The two classifiers that are judged: ours, and a stock Rasa pipeline in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from bot.nlu.entities import extract
from bot.nlu.evaluation.scores import Outcome
from bot.nlu.evaluation.utterances import EvaluationInputError, Utterance
from bot.nlu.intent_model import ARRAYS, NAMES, LinearIntentModel
from bot.nlu.normalizer import normalize

STOCK_PROGRAM = "benchmarks.stock.nlu"
_ROOT = Path(__file__).parents[3]
_OUR_CONFIG = _ROOT / "config.yml"
_STOCK_CONFIG = _ROOT / "benchmarks" / "stock" / "nlu" / "config.yml"


def load_model(path: Path | None) -> LinearIntentModel:
    """Our model of an archive or folder, or one trained now from the repository's sentences."""
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


def judge(model: LinearIntentModel, utterances: Sequence[Utterance]) -> list[Outcome]:
    """What normaliser and model say of the utterances."""
    ranked = (model.rank(normalize(utterance.text)) for utterance in utterances)
    pairs = [[(each.name, each.confidence) for each in ranking[:2]] for ranking in ranked]
    return _outcomes(utterances, pairs, _OUR_CONFIG)


def median_milliseconds(model: LinearIntentModel, texts: Sequence[str], clock: Callable[[], float]) -> float:
    """The median time of understanding one message in full, entities included; `clock` tells seconds."""
    times = []
    for text in texts:
        begun = clock()
        tidy = normalize(text)
        model.rank(tidy)
        extract(tidy)
        times.append(clock() - begun)
    return sorted(times)[len(times) // 2] * 1000


def stock_epochs() -> int:
    """How many epochs the stock pipeline is trained for."""
    return next(int(component["epochs"]) for component in _pipeline(_STOCK_CONFIG) if "epochs" in component)


def judge_stock(utterances: Sequence[Utterance]) -> list[Outcome]:
    """What the stock pipeline says; trains it first where the sentences changed. Its progress goes to the terminal."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "texts.json", Path(folder) / "ranked.json"
        asked.write_text(json.dumps([utterance.text for utterance in utterances]), encoding="utf-8")
        done = subprocess.run([sys.executable, "-m", STOCK_PROGRAM, str(asked), str(answered)], check=False)
        if done.returncode:
            raise EvaluationInputError(f"the stock pipeline ended with status {done.returncode}")
        ranked = json.loads(answered.read_text(encoding="utf-8"))
    return _outcomes(utterances, ranked, _STOCK_CONFIG)


def _outcomes(
    utterances: Sequence[Utterance], ranked: Iterable[Sequence[tuple[str, float]]], config: Path
) -> list[Outcome]:
    """The best intent of each ranking, and whether the FallbackClassifier of that pipeline would decline it."""
    fallback = next(component for component in _pipeline(config) if component["name"] == "FallbackClassifier")
    return [
        Outcome(
            utterance,
            first[0],
            first[1],
            second[0],
            first[1] < fallback["threshold"] or first[1] - second[1] < fallback["ambiguity_threshold"],
        )
        for utterance, (first, second, *_) in zip(utterances, ranked, strict=True)
    ]


def _pipeline(config: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"])
