"""Statements that turns ask again and again, compiled once for each database.

SQLAlchemy finds what it has compiled by all the parts of a statement, each time anew.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy.engine import Connection, CursorResult, Dialect
from sqlalchemy.engine.interfaces import Compiled
from sqlalchemy.sql import ClauseElement


def run(connection: Connection, statement: ClauseElement, asked: Mapping[str, Any]) -> CursorResult:
    """Execute a statement that a module keeps at its top, or in a cached function; what changes are `bindparam`s."""
    return connection.execute(_compiled(connection.dialect, statement), asked)


@lru_cache(maxsize=512)
def _compiled(dialect: Dialect, statement: ClauseElement) -> Compiled:
    return statement.compile(dialect=dialect)
