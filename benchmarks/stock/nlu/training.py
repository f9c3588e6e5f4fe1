"""Trains the stock pipeline of `config.yml` on our sentences; a trained one is used again until either changes."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

from backend.settings import read_settings
from bot.nlu.training_data import raw_sentences

CONFIG = Path(__file__).with_name("config.yml")


def trained(epochs: int | None = None, sentences: int | None = None) -> Path:
    """The archive of the trained pipeline.

    `epochs` replaces the number in the configuration, `sentences` keeps about so many, spread evenly. Both change the
    model and with it where it is kept.
    """
    config, data = _config(epochs), _data(sentences)
    folder = read_settings().var / "stock-nlu"
    archive = folder / f"{_digest(config, data)}.tar.gz"
    if not archive.exists():
        lines = sum(len(texts) for texts in data.values())
        print(f"Training the stock pipeline on {lines} sentences, {_epochs(config)} epochs …", file=sys.stderr)
        _train(config, data, archive)
    return archive


def _train(config: dict[str, Any], data: dict[str, list[str]], archive: Path) -> None:
    from rasa.model_training import train_nlu

    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        config_file, data_file = Path(folder) / "config.yml", Path(folder) / "nlu.yml"
        config_file.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
        data_file.write_text(_as_rasa(data), encoding="utf-8")
        name = archive.name.removesuffix(".tar.gz")
        train_nlu(str(config_file), str(data_file), str(archive.parent), fixed_model_name=name)


def _config(epochs: int | None) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    for component in config["pipeline"]:
        if epochs and "epochs" in component:
            component["epochs"] = epochs
    return config


def _epochs(config: dict[str, Any]) -> int:
    return next(int(component["epochs"]) for component in config["pipeline"] if "epochs" in component)


def _data(sentences: int | None) -> dict[str, list[str]]:
    """The sentences of every typed intent, as they are written."""
    written = [(text, intent) for text, intent, _ in raw_sentences() if not text.startswith("/")]
    step = max(1, len(written) // sentences) if sentences else 1
    data: defaultdict[str, list[str]] = defaultdict(list)
    for text, intent in written[::step]:
        data[intent].append(text)
    return dict(data)


def _as_rasa(data: dict[str, list[str]]) -> str:
    blocks = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)} for intent, texts in data.items()
    ]
    return yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, width=10_000)


def _digest(config: dict[str, Any], data: dict[str, list[str]]) -> str:
    content = yaml.safe_dump([config, data], allow_unicode=True, sort_keys=True)
    return hashlib.sha256(content.encode("utf-8")).hexdigest()[:16]
