"""Short words that mean something only in answer to a question: the table `phrases.yml`."""

import re
from functools import lru_cache
from pathlib import Path

import yaml

_TABLE = Path(__file__).with_name("phrases.yml")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(found) for name, found in yaml.safe_load(_TABLE.read_text("utf-8")).items()}


def caught(kind: str, text: str) -> str | None:
    """What the first group of that pattern holds in a normalised message. Raises KeyError."""
    found = _patterns()[kind].search(text)
    return None if found is None else found[1]


def says(kind: str, text: str) -> bool:
    """Whether a normalised message holds words of that kind, a name in the table. Raises KeyError."""
    return _patterns()[kind].search(text) is not None
