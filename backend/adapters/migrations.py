"""The database's schema: brings it up to date, and tells when it is not.

Migrations only add, so a release works with the schema of a later one: what it reads and writes stays valid.
"""

import logging
from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from backend.adapters.database import Database
from backend.errors import DatabaseNotReady

MIGRATIONS = Path(__file__).parents[1] / "migrations"
HEAD = max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
"""The newest schema's number: each migration's file name begins with its own."""

log = logging.getLogger(__name__)

_UPGRADE = "run `python -m backend database upgrade`"
_LOCK = 0x616E78696E
"""Any number that is ours alone: two upgrades at once wait for each other on it."""


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the database at that URL to the newest schema, all or nothing; gives the schema before and after.

    That of a later release stays as it is. Makes an SQLite file and its folder where there is none. Raises
    DatabaseNotReady when it is unreachable.
    """
    _make_folder(url)
    database = Database(url)
    try:
        with database.write() as work:
            before = _upgrade(work.connection)
            work.commit()
    except SQLAlchemyError as exc:
        raise _unreachable(database.engine, exc) from exc
    finally:
        database.close()
    return before, max(before or HEAD, HEAD)


def require_schema(engine: Engine) -> None:
    """Raises DatabaseNotReady, saying what to do, unless the database is there with our schema or a later release's."""
    path = engine.url.database or ""
    if engine.dialect.name == "sqlite" and not Path(path).is_file():
        raise DatabaseNotReady(f"there is no database at {path}: {_UPGRADE}")
    try:
        with engine.connect() as connection:
            found = _schema(connection)
    except SQLAlchemyError as exc:
        raise _unreachable(engine, exc) from exc
    if found is None or found < HEAD:
        raise DatabaseNotReady(f"the database has schema {found or 'none'}, not {HEAD}: {_UPGRADE}")
    if found > HEAD:
        log.warning("the database has schema %s of a later release, this one knows %s and goes on", found, HEAD)


def _upgrade(connection: Connection) -> str | None:
    from alembic import command  # only here: a server never migrates, and should not load what does
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    before = _schema(connection)
    if before is not None and before > HEAD:
        return before
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    command.upgrade(config, "head")
    return before


def _schema(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _make_folder(url: str) -> None:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)


def _unreachable(engine: Engine, error: SQLAlchemyError) -> DatabaseNotReady:
    cause = str(getattr(error, "orig", None) or error).strip()
    return DatabaseNotReady(f"{engine.url.render_as_string(hide_password=True)}: {cause}")
