"""On a telephone a table is pushed aside in a box of its own, not with all of its page."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

import bot.desk

ROOT = Path(bot.desk.__file__).parent / "templates"
TABLES = {str(path.relative_to(ROOT)): path for path in ROOT.rglob("*.html") if "<table" in path.read_text("utf-8")}


class Tables(HTMLParser):
    """Notes the lines of tables that stand outside a box which scrolls; those of two short columns (`sum`) may."""

    def __init__(self) -> None:
        super().__init__()
        self.boxes: list[bool] = []
        self.loose: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = (dict(attrs).get("class") or "").split()
        if tag == "div":
            self.boxes.append("wide" in names)
        if tag == "table" and "sum" not in names and not any(self.boxes):
            self.loose.append(self.getpos()[0])

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            self.boxes.pop()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_stands_in_a_box_that_scrolls(name: str) -> None:
    tables = Tables()
    tables.feed(TABLES[name].read_text("utf-8"))
    assert tables.loose == []
