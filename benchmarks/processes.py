"""Servers under measurement: started as their users start them, ready when they say so, with what they cost."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

REPOSITORY = Path(__file__).parents[1]
READY_SECONDS = 1_200
STOP_SECONDS = 60
_MEGABYTE = 2**20


class DidNotStart(Exception):
    """A server ended, or was not ready in time; says what it wrote last."""


@dataclass(frozen=True)
class Command:
    """A process to start; with a `health` URL it is ready once that answers 200."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    health: str | None = None


@dataclass
class Running:
    """Processes that serve together, and what it took until they were ready."""

    processes: dict[str, psutil.Popen]
    wall_seconds: float = 0.0
    cpu_seconds: float = field(default=0.0)

    def cpu(self) -> float:
        """Seconds of processor time that all of them have used so far, children included."""
        return sum(_cpu(process) for process in self.processes.values())

    def memory(self, name: str) -> float:
        """Resident megabytes of one of them, children not included."""
        return float(self.processes[name].memory_info().rss) / _MEGABYTE

    def children_memory(self, name: str) -> float:
        """Resident megabytes of one's children."""
        children = self.processes[name].children(recursive=True)
        return float(sum(child.memory_info().rss for child in children)) / _MEGABYTE


@contextmanager
def running(commands: Sequence[Command], logs: Path) -> Iterator[Running]:
    """All of the commands for the block, begun at once, waited for until ready. Raises DidNotStart."""
    began = time.perf_counter()
    with ExitStack() as stack:
        started = Running({each.name: stack.enter_context(_started(each, logs)) for each in commands})
        for command in commands:
            _wait_until_ready(command, started.processes[command.name], logs)
        started.wall_seconds, started.cpu_seconds = time.perf_counter() - began, started.cpu()
        yield started


@contextmanager
def _started(command: Command, logs: Path) -> Iterator[psutil.Popen]:
    with _log(command, logs).open("wb") as log:
        process = psutil.Popen(
            list(command.arguments), env=dict(command.environment), cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: psutil.Popen) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(command: Command, process: psutil.Popen, logs: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while command.health is not None and not _healthy(command.health):
        if process.poll() is not None or time.monotonic() > deadline:
            said = _log(command, logs).read_text("utf-8", errors="replace")
            raise DidNotStart(f"{command.name} is not ready:\n{said[-2000:]}")
        time.sleep(0.05)


def _healthy(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _log(command: Command, logs: Path) -> Path:
    return logs / f"{command.name}.log"


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    own = times.user + times.system + times.children_user + times.children_system
    return float(own) + sum(_cpu(child) for child in process.children())
