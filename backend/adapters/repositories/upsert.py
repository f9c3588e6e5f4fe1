"""What the two databases say differently: INSERT … ON CONFLICT, and that a unique constraint was broken.

Beside it, what is made of that: rows put in once, and numbers counted on.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import Select, Update

from backend.adapters.repositories.kept import Kept, Put, change, put_by, run

_POSTGRESQL_UNIQUE_VIOLATION = "23505"
_INSERTS = {"postgresql": postgresql, "sqlite": sqlite}
"""By the name of the database: whose `insert` knows ON CONFLICT."""


def insert_for(connection: Connection, table: Table) -> Any:
    """An insert statement that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return _INSERTS[connection.dialect.name].insert(table)


def put_once(connection: Connection, table: Table, *rows: Mapping[str, Any], unique: Sequence[str]) -> Put:
    """Insert rows of the same columns; those whose `unique` columns are there already change nothing."""
    inserting = _inserting(connection.dialect, table, tuple(rows[0]), tuple(unique))
    return put_by(connection, inserting, rows)


def count_on(connection: Connection, counter: Table, day: date) -> int:
    """The next number of a day, in a table of `day` and `last`; others who count that day wait for this transaction."""
    counting, counted = _counting(counter)
    if not change(connection, counting, {"of_day": day}):
        put_once(connection, counter, {"day": day, "last": 0}, unique=["day"])
        change(connection, counting, {"of_day": day})
    return int(run(connection, counted, {"of_day": day}).scalar_one())


@lru_cache
def _counting(counter: Table) -> tuple[Update, Select]:
    this = counter.c.day == bindparam("of_day")
    return update(counter).where(this).values(last=counter.c.last + 1), select(counter.c.last).where(this)


@lru_cache
def _inserting(dialect: Dialect, table: Table, columns: tuple[str, ...], unique: tuple[str, ...]) -> Kept:
    """Kept: SQLAlchemy 1.4 compiles SQLite's ON CONFLICT anew for every row."""
    insert = _INSERTS[dialect.name].insert(table).on_conflict_do_nothing(index_elements=unique)
    return Kept(dialect, insert.compile(dialect=dialect, column_keys=columns))


def broke_uniqueness(error: IntegrityError) -> bool:
    """Whether a row like that was there already; other broken constraints are mistakes of ours."""
    code = getattr(error.orig, "pgcode", None)
    return code == _POSTGRESQL_UNIQUE_VIOLATION or str(error.orig).startswith("UNIQUE constraint failed")
