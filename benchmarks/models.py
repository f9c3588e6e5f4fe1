"""Trained models of the two bots to compare with, kept under ANXIN_VAR/bench until what they are made from changes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backend.settings import read_settings
from benchmarks.bots import QUIET
from benchmarks.processes import REPOSITORY, DidNotStart
from benchmarks.stock.project import assemble

FLOOR = Path(__file__).parent / "floor" / "bot"
_SERVING = ("endpoints.yml", "credentials.yml")
DEFAULT_EPOCHS = 100
"""What the configuration that Rasa writes for a new project asks for; DIETClassifier's own default is 300."""


@dataclass(frozen=True)
class Trained:
    """A model's archive, and what training it took: `wall_seconds`, `epochs` {name: [seconds]}, `reckoned_seconds`."""

    archive: Path
    training: dict[str, Any]
    again: bool
    """Whether it was there already, so that the figures are those of its training then."""


def stock_model(sentences: int | None = None) -> Trained:
    """The stock bot's model. Raises DidNotStart when it cannot be trained."""
    with tempfile.TemporaryDirectory(prefix="anxin-stock-") as name:
        assemble(Path(name), sentences)
        return _trained("stock", Path(name))


def floor_model() -> Trained:
    """The model with one keyword and one utterance."""
    return _trained("floor", FLOOR)


def train_ours() -> float:
    """Train our own model as `make train` does, into a folder that is thrown away; wall seconds."""
    with tempfile.TemporaryDirectory(prefix="anxin-train-") as out:
        return _timed([sys.executable, "-W", "ignore", "-m", "scripts.training", out])


def reckoned(wall_seconds: float, epochs: dict[str, list[float]], wanted: int = DEFAULT_EPOCHS) -> float:
    """Seconds that training takes with so many epochs: what was measured, and the missing ones at the quickest's price.

    Rasa's batches grow from 64 to 256 examples as epochs go by, so the last of two is the cheapest there is.
    """
    return wall_seconds + sum((wanted - len(times)) * min(times) for times in epochs.values())


def _trained(name: str, project: Path) -> Trained:
    archive = read_settings().var / "bench" / f"{name}-{_digest(project)}.tar.gz"
    figures = archive.with_suffix("").with_suffix(".training.json")
    again = archive.exists() and figures.exists()
    if not again:
        archive.parent.mkdir(parents=True, exist_ok=True)
        module = [sys.executable, "-W", "ignore", "-m", "benchmarks.stock.timed_training"]
        wall = _timed([*module, str(project), str(archive)])
        noted = archive.with_suffix("").with_suffix(".json")
        epochs = json.loads(noted.read_text(encoding="utf-8"))["epochs"]
        noted.unlink()
        found = {"wall_seconds": wall, "epochs": epochs, "reckoned_seconds": reckoned(wall, epochs)}
        figures.write_text(json.dumps(found), encoding="utf-8")
    return Trained(archive, json.loads(figures.read_text(encoding="utf-8")), again)


def _timed(command: Sequence[str]) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, env=QUIET, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DidNotStart(f"training ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


def _digest(project: Path) -> str:
    content = hashlib.sha256(version("rasa").encode())
    for path in sorted(each for each in project.rglob("*.yml") if each.name not in _SERVING):
        content.update(str(path.relative_to(project)).encode())
        content.update(path.read_bytes())
    return content.hexdigest()[:16]
