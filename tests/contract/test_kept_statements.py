"""Statements that are compiled once: what never changes is written into them, what changes is asked with."""

from typing import Any

from sqlalchemy import bindparam, event, or_, select, union_all

from backend.adapters.database import Database
from backend.adapters.repositories.kept import run

_WORDS = ("it's", "100%", "a:b", "这里")
_SAID = union_all(*(select(bindparam(None, word, unique=True).label("word")) for word in _WORDS)).subquery()
_ASKED = select(_SAID.c.word).where(
    or_(*(_SAID.c.word == word for word in _WORDS[:3])), _SAID.c.word != bindparam("but")
)


def test_words_of_every_kind_are_written_into_the_statement_and_found(each_database: Database) -> None:
    asked: list[Any] = []
    event.listen(each_database.engine, "before_cursor_execute", lambda *given: asked.append(given[3]))
    with each_database.read() as work:
        for but, rest in (("it's", {"100%", "a:b"}), ("a:b", {"it's", "100%"})):
            assert set(run(work.connection, _ASKED, {"but": but}).scalars()) == rest
    given = [list(each.values()) if isinstance(each, dict) else list(each) for each in asked]
    assert given == [["it's"], ["a:b"]]
