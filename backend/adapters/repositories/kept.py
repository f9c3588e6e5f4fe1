"""Statements that turns ask again and again, compiled once for each database and handed to its driver as they are.

SQLAlchemy finds what it has compiled by all the parts of a statement, each time anew, and prepares every execution for
whatever a statement might be. What never changes in a statement is written into it: SQLite plans anew at every
execution where a parameter could tell whether a partial index serves. The private names of SQLAlchemy's in here are
those of 1.4, which Rasa 3.6 stays with.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, literal_column, tuple_
from sqlalchemy.engine import Connection, Dialect, Result
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.visitors import replacement_traverse

_MOST_PLACES = 20
"""So long a list is kept with a place for each; of a longer one SQLAlchemy makes the words each time."""


class Put(NamedTuple):
    """What became of rows that were to be put in."""

    rows: int
    """How many went in."""
    key: Any
    """What the database calls the one row that went in."""


class Kept:
    """A compiled statement as its driver takes it, and the rows of its answer as SQLAlchemy gives them."""

    def __init__(self, dialect: Dialect, compiled: Compiled) -> None:
        self.compiled = compiled
        self.lists = tuple(name for name, bound in compiled.binds.items() if bound.expanding)
        """What stands behind IN: the words of the statement depend on how many there are."""
        self._dialect = dialect
        self._columns: SimpleResultMetaData | None = None
        self._places = compiled.positiontup if compiled.positional else None
        self._prepare = tuple(compiled._bind_processors.items())
        self._always = {name: bound.value for name, bound in compiled.binds.items() if not bound.required}

    def given(self, asked: Mapping[str, Any]) -> Any:
        """What is asked, as the driver takes it. Raises KeyError where something is missing."""
        values = {**self._always, **asked}
        for name, prepare in self._prepare:
            values[name] = prepare(values[name])
        return values if self._places is None else [values[name] for name in self._places]

    def answer(self, cursor: Any) -> Result:
        """All rows that the driver has found."""
        if self._columns is None:
            self._columns = _columns(self._dialect, self.compiled, cursor.description)
        return IteratorResult(self._columns, iter(cursor.fetchall()))


def run(connection: Connection, statement: ClauseElement, asked: Mapping[str, Any]) -> Result:
    """The rows that a statement finds; a module keeps it at its top, or in a cached function, with `bindparam`s."""
    kept, asked = _kept_for(connection.dialect, statement, asked)
    if _left_to_sqlalchemy(connection, kept):
        return connection.execute(kept.compiled, asked)
    cursor = _executed(connection, kept, asked)
    answer = kept.answer(cursor)
    cursor.close()
    return answer


def change(connection: Connection, statement: ClauseElement, asked: Mapping[str, Any]) -> int:
    """How many rows a kept UPDATE or DELETE has changed."""
    kept, asked = _kept_for(connection.dialect, statement, asked)
    if _left_to_sqlalchemy(connection, kept):
        return int(connection.execute(kept.compiled, asked).rowcount)
    cursor = _executed(connection, kept, asked)
    cursor.close()
    return int(cursor.rowcount)


def put(connection: Connection, table: Table, *rows: Mapping[str, Any]) -> Put:
    """Insert rows of the same columns, at least one."""
    return put_by(connection, _inserting(connection.dialect, table, tuple(rows[0])), rows)


def put_by(connection: Connection, inserting: Kept, rows: Sequence[Mapping[str, Any]]) -> Put:
    """Insert rows by a kept INSERT of their columns."""
    if len(rows) > 1:
        return Put(_put_several(connection, inserting, rows), None)
    if _left_to_sqlalchemy(connection, inserting):
        result = connection.execute(inserting.compiled, rows[0])
        return Put(result.rowcount, (result.inserted_primary_key or (None,))[0])
    cursor = _executed(connection, inserting, rows[0])
    key = (cursor.fetchone() or (None,))[0] if cursor.description else cursor.lastrowid
    cursor.close()
    return Put(cursor.rowcount, key)


def _put_several(connection: Connection, inserting: Kept, rows: Sequence[Mapping[str, Any]]) -> int:
    """To PostgreSQL SQLAlchemy sends several rows in one go, where its driver sends one after the other."""
    if connection.dialect.name == "postgresql" or _left_to_sqlalchemy(connection, inserting):
        return int(connection.execute(inserting.compiled, list(rows)).rowcount)
    cursor = _executed(connection, inserting, *rows)
    cursor.close()
    return int(cursor.rowcount)


def _left_to_sqlalchemy(connection: Connection, kept: Kept) -> bool:
    """Also where somebody wants to hear of every statement."""
    return bool(kept.lists or connection._has_events or connection.engine._has_events)


def _executed(connection: Connection, kept: Kept, *asked: Mapping[str, Any]) -> Any:
    """The driver's cursor. Raises what SQLAlchemy raises, and a connection that broke is dropped as it does."""
    if not connection.in_transaction():
        connection.begin()
    text, given = kept.compiled.string, [kept.given(each) for each in asked]
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, given[0]) if len(given) == 1 else cursor.executemany(text, given)
    except connection.dialect.dbapi.Error as error:
        connection._handle_dbapi_exception(error, text, given, cursor, None)
    return cursor


def _columns(dialect: Dialect, compiled: Compiled, described: Sequence[Sequence[Any]]) -> SimpleResultMetaData:
    """SQLAlchemy knows of each column its name, by what it may be asked for, and its type; the driver its own type."""
    found = compiled._result_columns
    names, asked_for = [name for name, *_ in found], [asked for *_, asked, _ in found]
    drivers = [kind for _, kind, *_ in described]
    prepare = [type_._cached_result_processor(dialect, kind) for (*_, type_), kind in zip(found, drivers, strict=True)]
    return SimpleResultMetaData(names, extra=asked_for, _processors=prepare)


@lru_cache
def _inserting(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> Kept:
    return Kept(dialect, table.insert().compile(dialect=dialect, column_keys=columns))


def _kept_for(dialect: Dialect, statement: ClauseElement, asked: Mapping[str, Any]) -> tuple[Kept, Mapping[str, Any]]:
    """The statement with a place for each value of a list, and what is asked by their names; none for too many."""
    kept = _kept(dialect, statement)
    lengths = tuple((name, len(asked[name])) for name in kept.lists)
    if not lengths or not all(0 < length <= _MOST_PLACES for _, length in lengths):
        return kept, asked
    placed = {_place(name, number): value for name, _ in lengths for number, value in enumerate(asked[name])}
    return _kept(dialect, statement, lengths), {**asked, **placed}


def _place(name: str, number: int) -> str:
    return f"{name}_{number}"


@lru_cache(maxsize=512)
def _kept(dialect: Dialect, statement: ClauseElement, lengths: tuple[tuple[str, int], ...] = ()) -> Kept:
    written = replacement_traverse(statement, {}, partial(_written_out, lengths=dict(lengths)))
    return Kept(dialect, written.compile(dialect=dialect))


def _written_out(part: ClauseElement, lengths: Mapping[str, int]) -> ClauseElement | None:
    """The words that a statement compares with, and the places of its lists; None for all that stays as it is."""
    if not isinstance(part, BindParameter):
        return None
    if part.unique and isinstance(part.value, str):
        return literal_column(_quoted(part.value), part.type)
    if part.unique and part.expanding and all(isinstance(each, str) for each in part.value):
        return literal_column(f"({', '.join(map(_quoted, part.value))})")
    if part.key in lengths:
        return tuple_(*(bindparam(_place(part.key, number), type_=part.type) for number in range(lengths[part.key])))
    return None


def _quoted(words: str) -> str:
    doubled = words.replace("'", "''")
    return f"'{doubled}'"
