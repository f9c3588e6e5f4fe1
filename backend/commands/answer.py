"""What a command answers: plain JSON for machines, lines for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import east_asian_width


@dataclass(frozen=True)
class Answer:
    """`data` is printed with `--json`, `lines` without; `status` is the exit status."""

    data: Any
    lines: Sequence[str]
    status: int = 0


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows under their headings in columns; a Chinese character takes two places."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(_width(cell) for cell in column) for column in columns]
    return [_line(row, widths) for row in (head, *rows)]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
    return "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
