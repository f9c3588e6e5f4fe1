"""Statements that are compiled once: what never changes is written into them, what changes is asked with.

They go to the driver as they are, and past it to whoever wants to hear of every statement.
"""

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Column,
    Float,
    MetaData,
    String,
    Table,
    bindparam,
    event,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError, StatementError

from backend.adapters.columns import Id, UtcTime
from backend.adapters.database import Database
from backend.adapters.repositories.kept import change, put, run
from backend.adapters.repositories.upsert import broke_uniqueness, put_once

_WORDS = ("it's", "100%", "a:b", "这里")
_SAID = union_all(*(select(bindparam(None, word, unique=True).label("word")) for word in _WORDS)).subquery()
_ASKED = select(_SAID.c.word).where(
    or_(*(_SAID.c.word == word for word in _WORDS[:3])), _SAID.c.word != bindparam("but")
)
_OF_THESE = select(_SAID.c.word).where(_SAID.c.word.in_(bindparam("these", expanding=True)), _SAID.c.word.in_(_WORDS))
_NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
_NOTES = Table(
    "note_of_the_test",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("detail", JSON, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("seen_at", UtcTime),
    Column("hours", Float(53)),
)
_ALL = select(_NOTES).order_by(_NOTES.c.id)
_SEE = update(_NOTES).where(_NOTES.c.name == bindparam("key")).values(seen_at=bindparam("now"))


@pytest.fixture(params=["unheard", "listened to"])
def database(each_database: Database, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Both databases, with and without somebody who hears of every statement."""
    _NOTES.create(each_database.engine)
    if request.param == "listened to":
        event.listen(each_database.engine, "before_cursor_execute", lambda *_: None)
    yield each_database
    _NOTES.drop(each_database.engine)


def _note(name: str) -> dict[str, Any]:
    return {"name": name, "detail": {"多少": [1, None]}, "at": _NOON, "hours": 1.5}


def _put(database: Database, *names: str) -> Any:
    with database.write() as work:
        done = put(work.connection, _NOTES, *map(_note, names))
        work.commit()
    return done


def _seen(database: Database) -> dict[str, datetime | None]:
    with database.read() as work:
        return {row.name: row.seen_at for row in run(work.connection, _ALL, {})}


def test_words_of_every_kind_are_written_into_the_statement_and_found(each_database: Database) -> None:
    asked: list[Any] = []
    event.listen(each_database.engine, "before_cursor_execute", lambda *given: asked.append(given[3]))
    with each_database.read() as work:
        for but, rest in (("it's", {"100%", "a:b"}), ("a:b", {"it's", "100%"})):
            assert set(run(work.connection, _ASKED, {"but": but}).scalars()) == rest
    given = [list(each.values()) if isinstance(each, dict) else list(each) for each in asked]
    assert given == [["it's"], ["a:b"]]


def test_a_row_has_the_types_of_its_columns_by_name_by_column_and_as_a_mapping(database: Database) -> None:
    done = _put(database, "a%b")
    with database.read() as work:
        row = run(work.connection, _ALL, {}).one()
        [mapping] = run(work.connection, _ALL, {}).mappings()
    assert (done.rows, done.key) == (1, row.id)
    assert (row.detail, row.at, row.seen_at, row.name) == ({"多少": [1, None]}, _NOON, None, "a%b")
    assert (row.hours, type(row.hours)) == (1.5, float)
    assert row._mapping[_NOTES.c.at] == mapping["at"] == mapping[_NOTES.c.at] == _NOON


def test_several_rows_go_in_at_once(database: Database) -> None:
    assert _put(database, "a", "b", "c").rows == 3
    assert set(_seen(database)) == {"a", "b", "c"}


def test_what_is_there_already_goes_in_once_and_breaks_the_rule_where_it_should_not(database: Database) -> None:
    _put(database, "a")
    with database.write() as work:
        assert put_once(work.connection, _NOTES, _note("a"), unique=["name"]).rows == 0
        assert put_once(work.connection, _NOTES, _note("b"), unique=["name"]).rows == 1
        with pytest.raises(IntegrityError) as broken:
            put(work.connection, _NOTES, _note("a"))
    assert broke_uniqueness(broken.value)
    assert "多少" not in str(broken.value), "an error must not tell what stands in a row"


def test_a_unit_of_work_that_only_changes_holds_when_it_is_committed_and_not_otherwise(database: Database) -> None:
    _put(database, "a", "b")
    with database.write() as work:
        assert change(work.connection, _SEE, {"key": "a", "now": _NOON}) == 1
        assert change(work.connection, _SEE, {"key": "nobody's", "now": _NOON}) == 0
        work.commit()
    with database.write() as work:
        assert change(work.connection, _SEE, {"key": "b", "now": _NOON}) == 1
    assert _seen(database) == {"a": _NOON, "b": None}


@pytest.mark.parametrize("more", [0, 1, 2, 19, 20, 200])
def test_a_list_of_any_length_may_be_asked_for(database: Database, more: int) -> None:
    these = ["it's", *(f"no {number}" for number in range(more))]
    with database.read() as work:
        assert run(work.connection, _OF_THESE, {"these": these}).scalars().all() == ["it's"]
        assert run(work.connection, _OF_THESE, {"these": these[1:]}).scalars().all() == []


def test_a_value_that_is_missing_is_an_error_and_nothing_is_asked(database: Database) -> None:
    with database.read() as work, pytest.raises((KeyError, InvalidRequestError, StatementError), match="but"):
        run(work.connection, _ASKED, {})


def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it(database: Database) -> None:
    _put(database, "a")
    with database.write() as work:
        work.connection.execute(text("DROP TABLE note_of_the_test"))
        with pytest.raises(DBAPIError, match="note_of_the_test"):
            run(work.connection, _ALL, {})
    assert set(_seen(database)) == {"a"}
