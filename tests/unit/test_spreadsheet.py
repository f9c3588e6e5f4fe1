"""CSV that no spreadsheet runs."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest

from backend.commands.spreadsheet import BOM, csv_text


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix(BOM))))


@pytest.mark.parametrize(
    "hostile",
    ["=1+1", "+86 138", "-2", "@SUM(A1)", "\t=1+1", "\r=1", "\n=1", "＝1+1", "=cmd|' /C calc'!A0"],
)
def test_a_text_that_would_be_a_formula_begins_with_an_apostrophe(hostile: str) -> None:
    assert cells(csv_text(["商品"], [[hostile]]))[1] == [f"'{hostile}"]


def test_numbers_and_plain_texts_stay_as_they_are_and_nothing_is_empty() -> None:
    assert cells(csv_text(["a", "b", "c", "d"], [[-5, 33.3, "杯=子", None]]))[1] == ["-5", "33.3", "杯=子", ""]


def test_headings_are_guarded_too() -> None:
    assert cells(csv_text(["=a"], []))[0] == ["'=a"]


def test_excel_can_tell_the_encoding_and_the_lines() -> None:
    text = csv_text(["商品"], [["说“好”,\n再来"]])
    assert text.encode().startswith(b"\xef\xbb\xbf") and text.endswith("\r\n")
    assert cells(text) == [["商品"], ["说“好”,\n再来"]]


def test_nothing_else_writes_csv() -> None:
    code = [path for root in ("backend", "bot", "actions") for path in Path(root).rglob("*.py")]
    writers = [str(path) for path in code if re.search(r"csv\.(Dict)?[wW]riter", path.read_text("utf-8"))]
    assert writers == ["backend/commands/spreadsheet.py"]
