"""`rasa train` that notes how long each epoch took: `python -m benchmarks.stock.timed_training PROJECT OUT.tar.gz`.

Writes `OUT.json` beside the model: `{"epochs": {"DIET": [seconds, …], "TED": [seconds, …]}}`.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

EPOCHS: defaultdict[str, list[float]] = defaultdict(list)


def note_epochs() -> None:
    """Let Rasa's own progress bar tell when epochs begin and end."""
    from rasa.utils.tensorflow.callback import RasaTrainingLogger

    began = 0.0
    show_progress = RasaTrainingLogger.on_epoch_end

    def begin(_: Any, epoch: int, logs: Any = None) -> None:
        nonlocal began
        began = time.perf_counter()

    def end(bar: Any, epoch: int, logs: Any = None) -> None:
        EPOCHS[type(bar.model).__name__].append(time.perf_counter() - began)
        show_progress(bar, epoch, logs)

    RasaTrainingLogger.on_epoch_begin, RasaTrainingLogger.on_epoch_end = begin, end


def main(project: str, out: str) -> None:
    """Train the project's model."""
    import rasa.model_training

    note_epochs()
    folder, archive = Path(project), Path(out)
    rasa.model_training.train(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "data")],
        output=str(archive.parent),
        force_training=True,
        fixed_model_name=archive.name.removesuffix(".tar.gz"),
    )
    archive.with_name(archive.name.removesuffix(".tar.gz") + ".json").write_text(json.dumps({"epochs": EPOCHS}))


if __name__ == "__main__":
    main(*sys.argv[1:])
