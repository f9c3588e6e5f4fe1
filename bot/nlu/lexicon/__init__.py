"""The word lists of the trade, kept as YAML beside this module, and the fingerprint of everything a model rests on.

Nobody outside this package reads the files by path: `read` is the door, `digest` tells Rasa when to train again.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_HERE = Path(__file__).parent
DICTIONARY = Path(__file__).parents[3] / "data" / "jieba" / "after_sales.dict"


@cache
def read(name: str) -> Any:
    """The content of `<name>.yml`; raises FileNotFoundError for an unknown list."""
    return yaml.safe_load((_HERE / f"{name}.yml").read_text(encoding="utf-8"))


def digest() -> str:
    """A SHA-256 over the word lists, the jieba dictionary and the code that turns text into features."""
    content = hashlib.sha256()
    for path in [*sorted(_HERE.glob("*.yml")), *sorted(_HERE.parent.glob("*.py")), DICTIONARY]:
        content.update(path.name.encode("utf-8"))
        content.update(path.read_bytes())
    return content.hexdigest()
