"""Two texts side by side, line by line, as a page shows them."""

import difflib
from dataclasses import dataclass

AROUND = 2
"""Unchanged lines that are shown around a change."""


@dataclass(frozen=True)
class DiffLine:
    """A line of a difference; `kind` is `added`, `removed`, `same` or `place`."""

    kind: str
    text: str


_KINDS = {"+": "added", "-": "removed", " ": "same", "@": "place"}


def difference(was: str, now: str) -> list[DiffLine]:
    """What changed, with a little around it; nothing where nothing did."""
    lines = difflib.unified_diff(was.splitlines(), now.splitlines(), lineterm="", n=AROUND)
    return [DiffLine(_KINDS[line[:1] or " "], line if line[:1] == "@" else line[1:]) for line in list(lines)[2:]]
