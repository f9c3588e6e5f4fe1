"""Reads a CSV file that a shop gives us: UTF-8 with a known header, each cell knowing where it stands."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

from backend.adapters.order_cells import Cell
from backend.errors import ImportRefused

Row = Mapping[str, Cell]


def read_text(path: Path) -> str:
    """The text of a file, with or without a byte order mark. Raises ImportRefused, and OSError without a file."""
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        reason = "is not UTF-8; save the file as “CSV UTF-8”"
        raise ImportRefused(file=str(path), line=line, column="", reason=reason) from exc


def read_rows(text: str, header: Sequence[str], *, file: str, kind: str) -> Iterator[Row]:
    """The rows below the header, each with the line on which it begins; an empty line is none.

    `kind` names such a file to people, as in "a stock file". Raises ImportRefused.
    """
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        _refuse_header(next(reader, []), header, file, kind)
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                yield _row(cells, header, file, line)
            line = reader.line_num + 1
    except csv.Error as exc:
        raise ImportRefused(file=file, line=reader.line_num, column="", reason=f"is no CSV: {exc}") from exc


def _refuse_header(found: list[str], header: Sequence[str], file: str, kind: str) -> None:
    names = [name.strip() for name in found]
    for name in header:
        if name not in names:
            raise ImportRefused(file=file, line=1, column=name, reason="is missing from the header")
    for place, name in enumerate(names):
        if name not in header:
            raise ImportRefused(file=file, line=1, column=name, reason=f"is no column of {kind}")
        if place >= len(header) or name != header[place]:
            raise ImportRefused(file=file, line=1, column=name, reason=f"the columns must be {','.join(header)}")


def _row(cells: list[str], header: Sequence[str], file: str, line: int) -> Row:
    if len(cells) != len(header):
        column = header[min(len(cells), len(header) - 1)]
        reason = f"the row has {len(cells)} cells, the header {len(header)}"
        raise ImportRefused(file=file, line=line, column=column, reason=reason)
    return {name: Cell(cell.strip(), name, file, line) for name, cell in zip(header, cells, strict=True)}
