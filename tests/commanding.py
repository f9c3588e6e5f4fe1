"""Commands of `python -m backend`, run in the test's own process on the test's own database.

`shop`, `run` and `refused` are fixtures: a test file imports those that it asks for.
"""

import json
from collections.abc import Callable, Iterator
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


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that succeeds; what it printed as JSON."""

    def run(*arguments: str) -> Any:
        status = main([*arguments, "--json"])
        printed = capsys.readouterr()
        assert (status, printed.err) == (0, ""), printed.err
        return json.loads(printed.out)

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run a command that is refused; the one line that it says."""

    def refused(*arguments: str) -> str:
        status = main(arguments)
        printed = capsys.readouterr()
        assert (status, printed.out) == (1, "")
        assert len(printed.err.splitlines()) == 1
        return printed.err

    return refused
