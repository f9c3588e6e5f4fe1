"""Reads the labelled sentences of `data/nlu/` without Rasa, for tests and evaluation.

Rasa reads the same files by itself when it trains; both see the same sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from bot.nlu.intent_training import Example
from bot.nlu.normalizer import normalize

FOLDER = Path(__file__).parents[2] / "data" / "nlu"


def raw_sentences(folder: Path = FOLDER) -> Iterator[tuple[str, str, Path]]:
    """Every sentence as written, with its intent and file; slash placeholders included."""
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines():
                yield line.removeprefix("- ").strip(), block["intent"], path


def examples(folder: Path = FOLDER) -> list[Example]:
    """The training sentences, normalised; payload placeholders of minted intents are no sentences."""
    written = raw_sentences(folder)
    return [Example(normalize(text), intent) for text, intent, _ in written if not text.startswith("/")]
