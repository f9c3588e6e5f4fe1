"""Statements that turns ask again and again, compiled once for each database.

SQLAlchemy finds what it has compiled by all the parts of a statement, each time anew. What never changes in such a
statement is written into it: SQLite plans anew at every execution where a parameter could tell whether a partial index
serves.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table, literal_column
from sqlalchemy.engine import Connection, CursorResult, Dialect
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.elements import BindParameter, ColumnClause
from sqlalchemy.sql.visitors import replacement_traverse


def run(connection: Connection, statement: ClauseElement, asked: Mapping[str, Any]) -> CursorResult:
    """Execute a statement that a module keeps at its top, or in a cached function; what changes are `bindparam`s."""
    return connection.execute(_compiled(connection.dialect, statement), asked)


def put(connection: Connection, table: Table, *rows: Mapping[str, Any]) -> CursorResult:
    """Insert rows of the same columns, at least one."""
    return connection.execute(_inserting(connection.dialect, table, tuple(rows[0])), one_or_all(rows))


def one_or_all(rows: Sequence[Mapping[str, Any]]) -> Any:
    """As SQLAlchemy takes rows to insert: of several it tells no keys."""
    return rows[0] if len(rows) == 1 else list(rows)


@lru_cache
def _inserting(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> Compiled:
    return table.insert().compile(dialect=dialect, column_keys=columns)


@lru_cache(maxsize=512)
def _compiled(dialect: Dialect, statement: ClauseElement) -> Compiled:
    return replacement_traverse(statement, {}, _written_out).compile(dialect=dialect)


def _written_out(part: ClauseElement) -> ColumnClause | None:
    """The words that a statement compares with; None for all that stays as it is."""
    if not isinstance(part, BindParameter) or not part.unique or not isinstance(part.value, str):
        return None
    quoted = part.value.replace("'", "''")
    return literal_column(f"'{quoted}'", part.type)
