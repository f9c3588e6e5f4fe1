"""The two classifiers that are judged: ours, and a stock Rasa pipeline in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import yaml

from bot.nlu.entities import extract
from bot.nlu.evaluation.scores import Outcome
from bot.nlu.evaluation.utterances import EvaluationInputError, Utterance
from bot.nlu.intent_model import ARRAYS, NAMES, LinearIntentModel
from bot.nlu.normalizer import normalize

STOCK_PROGRAM = "benchmarks.stock.nlu"
_STOCK_CONFIG = Path(__file__).parents[3] / "benchmarks" / "stock" / "nlu" / "config.yml"


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
    outcomes = []
    for utterance in utterances:
        first, second, *_ = model.rank(normalize(utterance.text))
        outcomes.append(Outcome(utterance, first.name, first.confidence, second.name))
    return outcomes


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
    config = yaml.safe_load(_STOCK_CONFIG.read_text(encoding="utf-8"))
    return next(int(component["epochs"]) for component in config["pipeline"] if "epochs" in component)


def judge_stock(utterances: Sequence[Utterance]) -> list[Outcome]:
    """What the stock pipeline says; trains it first where the sentences changed. Its progress goes to the terminal.

    Its best intent counts even where its FallbackClassifier would have declined to answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "texts.json", Path(folder) / "ranked.json"
        asked.write_text(json.dumps([utterance.text for utterance in utterances]), encoding="utf-8")
        done = subprocess.run([sys.executable, "-m", STOCK_PROGRAM, str(asked), str(answered)], check=False)
        if done.returncode:
            raise EvaluationInputError(f"the stock pipeline ended with status {done.returncode}")
        ranked = json.loads(answered.read_text(encoding="utf-8"))
    return [
        Outcome(utterance, first[0], first[1], second[0])
        for utterance, (first, second, *_) in zip(utterances, ranked, strict=True)
    ]
