"""Reads a CSV file that a shop gives us: UTF-8 with a known header, each cell knowing where it stands."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

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


def read_rows(
    text: str,
    header: Sequence[str],
    *,
    file: str,
    kind: str,
    optional: Sequence[str] = (),
    refuse: Callable[[ImportRefused], None] = _raise,
) -> Iterator[Row]:
    """The rows below the header, each with the line on which it begins; an empty line is none.

    `kind` names such a file to people, as in 库存文件. The `optional` columns may follow the header's; a row of a file
    without them has empty cells there. `refuse` is given what is wrong with a single row, which is left out then; by
    default it is raised. Raises ImportRefused where the file cannot be read on.
    """
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        columns = _columns(next(reader, []), header, optional, file, kind)
        line = reader.line_num + 1
        for cells in reader:
            row = _row_or_none(cells, columns, (*header, *optional), file, line, refuse) if cells else None
            if row is not None:
                yield row
            line = reader.line_num + 1
    except csv.Error as exc:
        reason = f"不是有效的 CSV：{exc}；请检查引号是否成对"
        raise ImportRefused(file=file, line=reader.line_num, column="", reason=reason) from exc


def _columns(found: list[str], header: Sequence[str], optional: Sequence[str], file: str, kind: str) -> Sequence[str]:
    """The columns that a file has, which must be those of the header and the first of the optional ones."""
    names, known = [name.strip() for name in found], (*header, *optional)
    for name in header:
        if name not in names:
            raise ImportRefused(file=file, line=1, column=name, reason="表头缺少这一列，请补上")
    for place, name in enumerate(names):
        if name not in known:
            raise ImportRefused(file=file, line=1, column=name, reason=f"{kind}没有这一列，请删去")
        if place >= len(known) or name != known[place]:
            raise ImportRefused(file=file, line=1, column=name, reason=f"列的顺序应为 {','.join(header)}")
    return names


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
