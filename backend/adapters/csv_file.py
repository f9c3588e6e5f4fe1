"""Reads a CSV file that a shop gives us: UTF-8 with the columns it must have, each cell knowing where it stands."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from backend.adapters.order_cells import Cell
from backend.errors import ImportRefused

Row = Mapping[str, Cell]


def read_text(path: Path) -> str:
    """The text of a file, with or without a byte order mark. Raises ImportRefused, and OSError without a file."""
    return decoded(path.read_bytes(), file=str(path))


def decoded(raw: bytes, *, file: str) -> str:
    """The text of a file's bytes, with or without a byte order mark. Raises ImportRefused."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        reason = "不是 UTF-8 编码，请把文件另存为“CSV UTF-8”"
        raise ImportRefused(file=file, line=line, column="", reason=reason) from exc


def _raise(refused: ImportRefused) -> None:
    raise refused


@dataclass(frozen=True)
class Sheet:
    """The rows below a header, to be gone through once, and the columns of it that nobody reads."""

    rows: Iterator[Row]
    ignored: tuple[str, ...]


def read_sheet(
    text: str,
    header: Sequence[str],
    *,
    file: str,
    optional: Sequence[str] = (),
    refuse: Callable[[ImportRefused], None] = _raise,
) -> Sheet:
    """The rows, each with the line on which it begins; an empty line is none.

    Columns stand in any order. A row of a file without one of the `optional` columns has an empty cell there.
    `refuse` is given what is wrong with a single row, which is left out then; by default it is raised. Raises
    ImportRefused where the file cannot be read on, also while going through the rows.
    """
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    with _told_as_refused(reader, file):
        columns = [name.strip() for name in next(reader, [])]
    known = (*header, *optional)
    ignored = tuple(dict.fromkeys(name for name in columns if name not in known))
    _check_header(columns, header, ignored, file)
    _refuse_twice(columns, known, file)
    return Sheet(_rows(reader, columns, known, file, refuse), ignored)


def told_ignored(ignored: Sequence[str]) -> list[str]:
    """A line that names the columns which are not read, if there are any."""
    return [f"忽略了不认识的列：{_listed(ignored)}。"] if ignored else []


@contextmanager
def _told_as_refused(reader: Any, file: str) -> Iterator[None]:
    try:
        yield
    except csv.Error as exc:
        reason = f"不是有效的 CSV：{exc}；请检查引号是否成对"
        raise ImportRefused(file=file, line=reader.line_num, column="", reason=reason) from exc


def _check_header(columns: Sequence[str], header: Sequence[str], unknown: Sequence[str], file: str) -> None:
    """Raises ImportRefused naming what is missing, and what stands there that nobody knows."""
    missing = [name for name in header if name not in columns]
    if missing:
        strange = f"；不认识的列：{_listed(unknown)}" if unknown else ""
        reason = f"表头缺少这些列：{_listed(missing)}{strange}"
        raise ImportRefused(file=file, line=1, column=missing[0], reason=reason)


def _refuse_twice(columns: Sequence[str], known: Sequence[str], file: str) -> None:
    for name in known:
        if columns.count(name) > 1:
            raise ImportRefused(file=file, line=1, column=name, reason="这一列出现了两次，请删去一个")


def _listed(names: Sequence[str]) -> str:
    return "、".join(name or "（空）" for name in names)


def _rows(
    reader: Any, columns: Sequence[str], known: Sequence[str], file: str, refuse: Callable[[ImportRefused], None]
) -> Iterator[Row]:
    line = reader.line_num + 1
    with _told_as_refused(reader, file):
        for cells in reader:
            row = _row_or_none(cells, columns, known, file, line, refuse) if cells else None
            if row is not None:
                yield row
            line = reader.line_num + 1


def _row_or_none(
    cells: list[str],
    columns: Sequence[str],
    known: Sequence[str],
    file: str,
    line: int,
    refuse: Callable[[ImportRefused], None],
) -> Row | None:
    try:
        return _row(cells, columns, known, file, line)
    except ImportRefused as refused:
        refuse(refused)
        return None


def _row(cells: list[str], columns: Sequence[str], known: Sequence[str], file: str, line: int) -> Row:
    if len(cells) != len(columns):
        column = columns[min(len(cells), len(columns) - 1)]
        reason = f"这一行有 {len(cells)} 格，表头有 {len(columns)} 列；请检查是否多了或少了逗号"
        raise ImportRefused(file=file, line=line, column=column, reason=reason)
    told = dict(zip(columns, cells, strict=True))
    return {name: Cell(told.get(name, "").strip(), name, file, line) for name in known}
