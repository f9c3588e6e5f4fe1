"""Which processes make up the system on one machine. A new one is a line in `processes_of`."""

import sys
from dataclasses import dataclass

from backend.settings import Settings


@dataclass(frozen=True)
class Port:
    """A TCP port that a process is to listen on, and the setting that changes it."""

    host: str
    number: int
    setting: str


@dataclass(frozen=True)
class Process:
    """One process to keep running; with a port it counts as ready once `GET /health` there answers 200."""

    name: str
    command: tuple[str, ...]
    port: Port | None = None


def processes_of(settings: Settings) -> list[Process]:
    """Every process of the system, in the order they start."""
    chat = Port(settings.bind, settings.chat_port, "ANXIN_CHAT_PORT")
    desk = Port(settings.bind, settings.desk_port, "ANXIN_DESK_PORT")
    sandbox = Port("127.0.0.1", settings.sandbox_port, "ANXIN_SANDBOX_PORT")
    return [
        Process("sandbox", (sys.executable, "-m", "bot.sandbox"), sandbox),
        Process("chat", (sys.executable, "-m", "bot"), chat),
        Process("desk", (sys.executable, "-m", "bot.desk"), desk),
        Process("worker", (sys.executable, "-m", "bot.worker")),
    ]
