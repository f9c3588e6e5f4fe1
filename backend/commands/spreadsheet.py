"""Tables as CSV that a spreadsheet opens without being led astray."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""

_LEADS_ASTRAY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would run as a formula."""


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The rows under their headings, with a byte order mark and lines that end in CR LF.

    A text that a spreadsheet would take for a formula gets an apostrophe before it; a number is left as it is, a
    missing value is an empty cell.
    """
    buffer = StringIO()
    buffer.write(BOM)
    writer = csv.writer(buffer)
    for row in (head, *rows):
        writer.writerow([_cell(value) for value in row])
    return buffer.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_LEADS_ASTRAY):
        return f"'{value}"
    return value
