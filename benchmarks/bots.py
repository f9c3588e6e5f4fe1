"""The three bots that are measured: ours, the stock Rasa bot, and the floor; each over a database of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from backend.adapters.migrations import upgrade
from backend.bootstrap import Backend, open_backend
from backend.ports import World
from backend.settings import read_settings
from benchmarks.processes import REPOSITORY, Command, Running, running
from tests.ports import free_port

QUIET: Mapping[str, str] = {
    **os.environ,
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}
_STOCK = Path(__file__).parent / "stock" / "bot"
_FLOOR = Path(__file__).parent / "floor" / "bot"


@dataclass(frozen=True)
class Bot:
    """What to start for a bot, and where it is talked to."""

    name: str
    url: str
    commands: tuple[Command, ...]
    var: Path
    desk: str = ""
    """Where its desk is, if it has one that runs."""
    bubbles: dict[str, int] = field(default_factory=dict, compare=False)
    """How many messages it answers something with, as customers have seen (`customers.WebChatCustomer`)."""

    @contextmanager
    def started(self) -> Iterator[Running]:
        """Its processes, ready to serve, for the block. Raises DidNotStart."""
        with running(self.commands, self.var) as processes:
            yield processes


def ours(var: Path, database_url: str | None = None, *, beside: bool = False) -> Bot:
    """Our chat server; with `beside` also desk and worker."""
    given = _environment(var, database_url)
    chat, desk = free_port(), free_port()
    given |= {"ANXIN_CHAT_PORT": str(chat), "ANXIN_DESK_PORT": str(desk), "ANXIN_SANDBOX_PORT": str(free_port())}
    commands = [Command("chat", (sys.executable, "-m", "bot"), given, f"{_at(chat)}/health")]
    if beside:
        commands.append(Command("desk", (sys.executable, "-m", "bot.desk"), given, f"{_at(desk)}/health"))
        commands.append(Command("worker", (sys.executable, "-m", "bot.worker"), given))
    return Bot("ours", _at(chat), tuple(commands), var, _at(desk) if beside else "")


def ours_watched(var: Path, steps: Path) -> Bot:
    """Our chat server with a stop-watch on the steps of each turn, which it writes down when it stops."""
    bot = ours(var)
    watched = (sys.executable, "-m", "benchmarks.stepped_chat", str(steps))
    return replace(bot, commands=(replace(bot.commands[0], arguments=watched),))


def stock(var: Path, model: Path) -> Bot:
    """The stock bot with its action server."""
    port, actions = free_port(), free_port()
    given = _environment(var) | {
        "BENCH_ACTION_PORT": str(actions),
        "BENCH_TRACKERS": str(var / "trackers.db"),
    }
    serve_actions = ("run", "actions", "--actions", "benchmarks.stock.actions", "--port", str(actions))
    return Bot(
        "stock",
        _at(port),
        (
            Command("rasa", _rasa(*_serve(_STOCK, model, port)), given, f"{_at(port)}/"),
            Command("actions", _rasa(*serve_actions), given, f"{_at(actions)}/health"),
        ),
        var,
    )


def floor(var: Path, model: Path) -> Bot:
    """Rasa with one keyword and one utterance."""
    port = free_port()
    return Bot(
        "floor",
        _at(port),
        (Command("floor", _rasa(*_serve(_FLOOR, model, port)), QUIET, f"{_at(port)}/"),),
        var,
    )


@contextmanager
def opened(var: Path, database_url: str | None = None) -> Iterator[World]:
    """The world of a database, which is made here if it is not there yet."""
    with opened_backend(var, database_url) as backend:
        yield backend.world


@contextmanager
def opened_backend(var: Path, database_url: str | None = None) -> Iterator[Backend]:
    """The same with the key that signs tokens."""
    settings = read_settings(_environment(var, database_url))
    upgrade(settings.database_url)
    backend = open_backend(settings)
    try:
        yield backend
    finally:
        backend.close()


def _environment(var: Path, database_url: str | None = None) -> dict[str, str]:
    """Nothing of what the user has set changes what is measured."""
    unset = {name: "" for name in (*_names_in_dotenv(), *os.environ) if name.startswith("ANXIN_")}
    return {
        **QUIET,
        **unset,
        "ANXIN_VAR": str(var),
        "ANXIN_DATABASE_URL": database_url or f"sqlite:///{var / 'anxin.db'}",
        "ANXIN_EVIDENCE_URL": f"file://{var / 'evidence'}",
        "ANXIN_QUEUE_URL": f"sqlite:///{var / 'queue.db'}",
        "ANXIN_BIND": "127.0.0.1",
    }


def _names_in_dotenv() -> list[str]:
    path = REPOSITORY / ".env"
    return [line.partition("=")[0].strip() for line in path.read_text("utf-8").splitlines()] if path.is_file() else []


def _serve(folder: Path, model: Path, port: int) -> tuple[str, ...]:
    files = ("--endpoints", str(folder / "endpoints.yml"), "--credentials", str(folder / "credentials.yml"))
    return ("run", "--model", str(model), "--interface", "127.0.0.1", "--port", str(port), *files)


def _rasa(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-W", "ignore", "-m", "rasa", *arguments)


def _at(port: int) -> str:
    return f"http://127.0.0.1:{port}"
