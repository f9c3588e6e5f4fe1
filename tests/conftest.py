"""Fixtures for all that stands on the backend: a fresh migrated database in milliseconds, a still clock.

`database` and `world` are SQLite; a test that takes `each_database` or `each_world` runs on PostgreSQL too.
"""

import gc
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from argon2 import PasswordHasher
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine
from xdist.remote import Producer

from backend.adapters.database import Database
from backend.adapters.media import MediaReader
from backend.adapters.migrations import upgrade
from backend.adapters.passwords import ArgonPasswords
from backend.adapters.tables import metadata
from backend.bootstrap import Backend, open_backend
from backend.ports import World
from backend.settings import Settings, read_settings
from tests.clock import FakeClock
from tests.postgres import temporary_database, temporary_postgres
from tests.scheduling import BySystem, longest_first

hypothesis_settings.register_profile("unhurried", deadline=None)  # a busy machine is no mistake
hypothesis_settings.load_profile("unhurried")

QUICK_PASSWORDS = ArgonPasswords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""Real ones, but easy to guess: a log-in that is hard to guess costs half a second, and a thousand tests log in."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySystem | None:
    return BySystem(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = longest_first(items)


def pytest_collection() -> None:
    gc.disable()  # what is imported for the tests stays: no garbage to look for, then or later


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "anxin.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with temporary_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def shared_postgres(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with the newest schema: the session's tests use it in turn."""
    with temporary_database(postgres_server) as url:
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
def sweep(shared_postgres: str) -> Iterator[Callable[[], None]]:
    """Takes every row out of that database, all tables in one statement over one connection."""
    rows = "; ".join(f"DELETE FROM {table.name}" for table in metadata.sorted_tables)
    no_triggers = "SET LOCAL session_replication_role = replica"  # nor foreign keys
    engine = create_engine(shared_postgres, pool_pre_ping=True)

    def swept() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '10s'; {no_triggers}; {rows}")

    yield swept
    engine.dispose()


@pytest.fixture
def postgres(shared_postgres: str, sweep: Callable[[], None]) -> str:
    """The URL of a PostgreSQL database with the newest schema and nothing in it."""
    sweep()
    return shared_postgres


@pytest.fixture
def settings(tmp_path: Path, migrated_file: Path) -> Settings:
    """Everything under the test's own folder, with a migrated SQLite database."""
    shutil.copy(migrated_file, tmp_path / "anxin.db")
    return read_settings({"ANXIN_VAR": str(tmp_path)})


@pytest.fixture(params=["sqlite", "postgresql"])
def each_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Everything under the test's own folder, once with SQLite and once with PostgreSQL, migrated."""
    if request.param == "sqlite":
        return cast(Settings, request.getfixturevalue("settings"))
    url = request.getfixturevalue("postgres")
    return read_settings({"ANXIN_VAR": str(tmp_path), "ANXIN_DATABASE_URL": url})


@pytest.fixture(scope="session")
def media() -> Iterator[MediaReader]:
    """One decoding child for all tests: starting it takes half a second."""
    reader = MediaReader()
    yield reader
    reader.close()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    yield from _opened_database(settings)


@pytest.fixture
def each_database(each_settings: Settings) -> Iterator[Database]:
    yield from _opened_database(each_settings)


@pytest.fixture
def backend(settings: Settings, clock: FakeClock, media: MediaReader) -> Iterator[Backend]:
    yield from _opened_backend(settings, clock, media)


@pytest.fixture
def world(backend: Backend) -> World:
    return backend.world


@pytest.fixture
def each_world(each_settings: Settings, clock: FakeClock, media: MediaReader) -> Iterator[World]:
    for backend in _opened_backend(each_settings, clock, media):
        yield backend.world


def _opened_database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    yield database
    database.close()


def _opened_backend(settings: Settings, clock: FakeClock, media: MediaReader) -> Iterator[Backend]:
    backend = open_backend(settings, clock=clock)
    yield replace(backend, world=replace(backend.world, media=media, passwords=QUICK_PASSWORDS))
    backend.close()
