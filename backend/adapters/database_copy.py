"""Copies a whole database to a file while it serves, and loads such a file into an empty database.

SQLite by its backup interface, PostgreSQL by `pg_dump` and `pg_restore`; what is counted is what is copied.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData, Table, create_engine, func, inspect, select, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from backend.adapters.tables import evidence
from backend.errors import BackupRefused

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class DatabaseCopy:
    """A copy in a file: its `kind` of database, its schema, rows by table, and the keys of the files it speaks of."""

    path: Path
    kind: str
    schema: str
    rows: dict[str, int]
    files: tuple[str, ...]


def kind_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return str(make_url(url).get_backend_name())


def copy_database(url: str, path: Path) -> DatabaseCopy:
    """Copy the database as it stands at one moment into a new file; writers go on meanwhile. Raises BackupRefused."""
    if kind_of(url) == SQLITE:
        return _copy_sqlite(url, path)
    with _snapshot(url) as connection:
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        _run(
            url,
            "pg_dump",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={path}",
        )
        return _described(connection, path, POSTGRESQL)


def describe_sqlite(path: Path) -> DatabaseCopy:
    """What an SQLite copy holds. Raises BackupRefused for one that is damaged."""
    engine = create_engine(f"sqlite:///{path}", future=True)
    try:
        with engine.connect() as connection:
            if connection.execute(text("PRAGMA integrity_check")).scalar() != "ok":
                raise BackupRefused("damaged", path.name)
            return _described(connection, path, SQLITE)
    except SQLAlchemyError as exc:
        raise BackupRefused("damaged", path.name) from exc
    finally:
        engine.dispose()


def load_database(path: Path, url: str) -> None:
    """Load a copy into a database of the same kind that has nothing in it. Raises BackupRefused."""
    require_empty(url)
    if kind_of(url) == SQLITE:
        place = Path(make_url(url).database or "")
        place.parent.mkdir(parents=True, exist_ok=True)
        half = place.with_name(f"{place.name}.restoring")
        shutil.copyfile(path, half)
        half.replace(place)
    else:
        name = make_url(url).database
        _run(
            url, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges",
            f"--dbname={name}", str(path),
        )  # fmt: skip


def require_empty(url: str) -> None:
    """Raises BackupRefused where the database has tables already, or left a journal behind."""
    parsed = make_url(url)
    if kind_of(url) == SQLITE:
        place = Path(parsed.database or "")
        _require_no_journal(place)
        if not place.exists():
            return
    engine = create_engine(url, future=True)
    try:
        if inspect(engine).get_table_names():
            raise BackupRefused("not_empty", parsed.render_as_string(hide_password=True))
    finally:
        engine.dispose()


def _require_no_journal(place: Path) -> None:
    """SQLite writes what a journal holds into whatever database it finds beside it: the restored one too."""
    for journal in (place.with_name(f"{place.name}{ending}") for ending in ("-wal", "-journal")):
        if journal.exists() and journal.stat().st_size:
            raise BackupRefused("not_empty", str(journal))


def _copy_sqlite(url: str, path: Path) -> DatabaseCopy:
    source = Path(make_url(url).database or "")
    if not source.is_file():
        raise BackupRefused("no_archive", str(source))
    try:
        with closing(sqlite3.connect(source, timeout=30)) as serving, closing(sqlite3.connect(path)) as copy:
            serving.backup(copy)  # all pages in one go: it neither waits for writers nor holds them up
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as exc:  # it is damaged, or there is no room for the copy
        raise BackupRefused("program", f"SQLite: {exc}") from exc
    return describe_sqlite(path)


@contextmanager
def _snapshot(url: str) -> Iterator[Connection]:
    engine = create_engine(url, future=True, isolation_level="REPEATABLE READ")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _described(connection: Connection, path: Path, kind: str) -> DatabaseCopy:
    names = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
    rows = {name: _count(connection, name) for name in names}
    schema = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    kept = select(evidence.c.object_key, evidence.c.thumbnail_key).where(evidence.c.removed_at.is_(None))
    keys = [key for row in connection.execute(kept) for key in row if key is not None]
    return DatabaseCopy(path, kind, str(schema), rows, tuple(keys))


def _count(connection: Connection, name: str) -> int:
    return int(connection.execute(select(func.count()).select_from(Table(name, MetaData()))).scalar_one())


def _run(url: str, program: str, *arguments: str) -> None:
    """Run a program of PostgreSQL's on that database; the password goes by the environment, which others cannot see."""
    if shutil.which(program) is None:
        raise BackupRefused("no_program", program)
    parsed = make_url(url)
    host = parsed.query.get("host", parsed.host or "")
    given = {
        "PGHOST": host if isinstance(host, str) else host[0],
        "PGPORT": str(parsed.port or ""),
        "PGUSER": parsed.username or "",
        "PGPASSWORD": str(parsed.password or ""),
        "PGDATABASE": parsed.database or "",
    }
    environment = {**os.environ, **{name: value for name, value in given.items() if value}}
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupRefused("program", f"{program}: {(done.stderr.strip() or '?').splitlines()[0]}")
