"""Commands of `python -m backend`, run in the test's own process on the test's own database.

`shop`, `run`, `printed` and `refused` are fixtures: a test file imports those that it asks for.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backend.__main__ import main
from backend.adapters.media import MediaReader
from backend.bootstrap import open_backend
from backend.ports import World
from backend.settings import Settings
from tests.clock import START, FakeClock
from tests.working import a_working_shop

Run = Callable[..., Any]
Printed = Callable[..., str]
Refused = Callable[..., str]


def stand_in(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands work on the test's own database from now on; no `.env` is near."""
    monkeypatch.chdir(settings.var)
    monkeypatch.setenv("ANXIN_VAR", str(settings.var))
    for name in ("ANXIN_DATABASE_URL", "ANXIN_EVIDENCE_URL"):
        monkeypatch.delenv(name, raising=False)


@contextmanager
def commanded(
    settings: Settings, media: MediaReader, monkeypatch: pytest.MonkeyPatch, clock: FakeClock | None = None
) -> Iterator[World]:
    """The world that commands work on, a day before they do where no clock is given."""
    stand_in(settings, monkeypatch)
    backend = open_backend(settings, clock=clock or FakeClock(START - timedelta(days=1)))
    yield replace(backend.world, media=media)
    backend.close()


@pytest.fixture
def shop(settings: Settings, media: MediaReader, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A shop with one buyer and staff of every role, which commands work on."""
    with commanded(settings, media, monkeypatch) as world:
        a_working_shop(world)
        yield world


def _succeeds(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> str:
    status = main(arguments)
    said = capsys.readouterr()
    assert (status, said.err) == (0, ""), said.err
    return said.out


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """Run a command that succeeds; what it printed for people."""

    def printed(*arguments: str) -> str:
        return _succeeds(capsys, arguments)

    return printed


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that succeeds; what it printed as JSON."""

    def run(*arguments: str) -> Any:
        return json.loads(_succeeds(capsys, [*arguments, "--json"]))

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command that is refused; the one line that it says."""

    def refused(*arguments: str) -> str:
        status = main(arguments)
        said = capsys.readouterr()
        assert (status, said.out) == (1, "")
        assert said.err.startswith("错误：") and len(said.err.splitlines()) == 1
        return said.err

    return refused
