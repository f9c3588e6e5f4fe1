"""What the two databases say differently: INSERT … ON CONFLICT, and that a unique constraint was broken."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

_POSTGRESQL_UNIQUE_VIOLATION = "23505"
INSERTS = {"postgresql": postgresql, "sqlite": sqlite}
"""By the name of the database: whose `insert` knows ON CONFLICT."""


def insert_for(connection: Connection, table: Table) -> Any:
    """An insert statement that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return INSERTS[connection.dialect.name].insert(table)


def broke_uniqueness(error: IntegrityError) -> bool:
    """Whether a row like that was there already; other broken constraints are mistakes of ours."""
    code = getattr(error.orig, "pgcode", None)
    return code == _POSTGRESQL_UNIQUE_VIOLATION or str(error.orig).startswith("UNIQUE constraint failed")
