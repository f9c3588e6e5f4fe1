"""The trained model's file: whether this installation can serve with it. Knows nothing else of Rasa."""

import json
import tarfile
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backend.errors import ModelNotReady

MODEL = Path("models/anxin.tar.gz")
"""Where `scripts/train` puts it, from the project's folder."""

_TOLD_IN = "metadata.json"


def check_model(path: Path = MODEL) -> str:
    """The version of Rasa that trained it, which is the one that is installed. Raises ModelNotReady.

    Reads the whole file once, about a tenth of a second.
    """
    needed = version("rasa")
    found = _trained_by(path)
    if found != needed:
        raise ModelNotReady("version", path, f"it is of Rasa {found}, not {needed}")
    return found


def _trained_by(path: Path) -> str:
    if not path.is_file():
        raise ModelNotReady("missing", path, "there is none")
    try:
        with tarfile.open(path) as archive:
            told: dict[str, Any] = next(
                json.load(file)
                for member in archive
                if member.name == _TOLD_IN and (file := archive.extractfile(member)) is not None
            )
        return str(told["rasa_open_source_version"])
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, LookupError, StopIteration) as exc:
        raise ModelNotReady("damaged", path, f"it is damaged: {type(exc).__name__} {exc}".strip()) from exc
