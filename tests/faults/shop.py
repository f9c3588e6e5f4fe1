"""A whole shop as `make run` serves it, whose processes may be killed, starved and looked at."""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import create_engine, text

from backend.adapters.migrations import upgrade
from backend.bootstrap import Backend, open_backend
from backend.ports import World
from backend.settings import Settings, read_settings
from scripts.processes import Process, processes_of
from tests.channels.chat_server import REPOSITORY, environment
from tests.e2e.system import prepared
from tests.ports import free_port
from tests.sandbox import SECRET, SandboxProcess
from tests.waiting import until

LONG_AGO = "2020-01-01 00:00:00.000000"
NAMES = ("chat", "desk", "worker", "sandbox")
STOP_SECONDS = 60


@dataclass(frozen=True)
class Shop:
    """The running shop: its settings, its database from here, everybody's password, and who starts its processes."""

    settings: Settings
    backend: Backend
    passwords: Mapping[str, str]
    supervisor: psutil.Process

    @property
    def world(self) -> World:
        return self.backend.world

    @property
    def chat(self) -> str:
        return f"http://127.0.0.1:{self.settings.chat_port}"

    @property
    def desk(self) -> str:
        return f"http://127.0.0.1:{self.settings.desk_port}"

    @property
    def sandbox(self) -> SandboxProcess:
        return SandboxProcess(self.settings)

    def process(self, name: str) -> psutil.Process | None:
        """The process of that name that runs now, if one does."""
        module = next(each.command[-1] for each in processes_of(self.settings) if each.name == name)
        children = self.supervisor.children()
        return next((each for each in children if _command_of(each)[-1:] == [module]), None)

    def kill(self, name: str) -> None:
        """SIGKILL whoever serves under that name, as soon as there is somebody."""
        until(lambda: self.process(name)).send_signal(signal.SIGKILL)

    def wait_until_ready(self) -> None:
        until(lambda: all(self.process(each.name) and _healthy(each) for each in processes_of(self.settings)))

    def log(self, name: str, **facts: Any) -> list[dict[str, Any]]:
        """What a process has logged about these."""
        lines = (self.settings.var / f"{name}.log").read_text("utf-8").splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in told if facts.items() <= line.items()]

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """For the block no process of the shop can write a single byte into a file."""
        self._limit_files(0)
        try:
            yield
        finally:
            self._limit_files(resource.RLIM_INFINITY)

    @contextmanager
    def hanging(self, name: str) -> Iterator[None]:
        """For the block a process takes calls and answers none."""
        process = until(lambda: self.process(name))
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    def pids(self) -> dict[str, int]:
        """Who runs now."""
        until(lambda: all(self.process(name) for name in NAMES))
        found = {name: self.process(name) for name in NAMES}
        return {name: each.pid for name, each in found.items() if each is not None}

    def let_be_due(self, table: str, **of: int) -> None:
        """Let what waits for its time have waited long enough, of one owner or of all."""
        where = " AND ".join(["due_at IS NOT NULL", *(f"{name} = :{name}" for name in of)])
        engine = create_engine(self.settings.database_url)
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET due_at = :past WHERE {where}"), {"past": LONG_AGO, **of})
        engine.dispose()

    def _limit_files(self, size: int) -> None:
        for child in self.supervisor.children(recursive=True):
            _, hard = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (size, hard))


@contextmanager
def running_shop(var: Path, **given: str) -> Iterator[Shop]:
    """`make run` over a fresh database for the block, with demo orders and staff, ready to serve."""
    ports = {f"ANXIN_{name}_PORT": str(free_port()) for name in ("DESK", "SANDBOX")}
    chosen = environment(var, free_port(), **{"ANXIN_SECRET_KEY": SECRET, "ANXIN_LOG": "json", **ports, **given})
    settings = read_settings(chosen)
    upgrade(settings.database_url)
    backend = open_backend(settings)
    passwords = prepared(backend.world)
    command = [sys.executable, "-m", "scripts.serve"]
    with (var / "serve.log").open("wb") as said:
        serving = subprocess.Popen(command, env=chosen, cwd=REPOSITORY, stdout=said, stderr=subprocess.STDOUT)
        try:
            shop = Shop(settings, backend, passwords, psutil.Process(serving.pid))
            _wait_until_told(var / "serve.log", serving)
            yield shop
        finally:
            serving.terminate()
            serving.wait(timeout=STOP_SECONDS)
            backend.close()


def _wait_until_told(log: Path, serving: "subprocess.Popen[bytes]") -> None:
    """Until it says that all are ready; fails with all that it said when it ends before."""

    def ready() -> bool:
        said = log.read_text("utf-8", errors="replace")
        assert serving.poll() is None, said
        return "/ Ready: " in said

    until(ready)


def _healthy(process: Process) -> bool:
    if process.port is None:
        return True
    try:
        return httpx.get(f"http://127.0.0.1:{process.port.number}/health", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has just ended
        return []
