"""Several machines in one: two of each process over one PostgreSQL, one Redis and one payment sandbox."""

import itertools
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from backend.bootstrap import open_backend
from backend.ports import World
from backend.settings import Settings, read_settings
from scripts.processes import Process, processes_of
from tests.channels.chat_server import environment
from tests.e2e.system import prepared, running, wait_until_ready
from tests.ports import free_port
from tests.sandbox import SECRET, SandboxProcess, running_sandbox

MACHINES = 2


@dataclass(frozen=True)
class Machines:
    """The processes by name, one of each machine; the database they share; everybody's password by name."""

    settings: Sequence[Settings]
    children: dict[str, list["subprocess.Popen[bytes]"]]
    sandbox: SandboxProcess
    world: World
    passwords: dict[str, str]

    def kill(self, name: str, machine: int) -> None:
        """SIGKILL."""
        self.children[name][machine].kill()
        self.children[name][machine].wait()

    def chats(self) -> list[str]:
        return [f"http://127.0.0.1:{each.chat_port}" for each in self.settings]

    def desks(self) -> list[str]:
        return [f"http://127.0.0.1:{each.desk_port}" for each in self.settings]


class RoundRobin:
    """A load balancer: every call goes to the next server, and to another one where that is gone."""

    def __init__(self, urls: Sequence[str], token: str = "") -> None:
        self._urls, self._next = urls, itertools.count()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(timeout=60, trust_env=False, headers=headers)

    async def call(self, method: str, path: str, **given: Any) -> httpx.Response:
        first = next(self._next)
        for tried in range(len(self._urls)):
            url = self._urls[(first + tried) % len(self._urls)]
            try:
                return await self._client.request(method, url + path, **given)
            except httpx.TransportError:
                continue
        raise AssertionError("no server is left")

    async def close(self) -> None:
        await self._client.aclose()


@contextmanager
def running_machines(var: Path, database_url: str, redis_url: str) -> Iterator[Machines]:
    """Two chat servers, two desks and two workers, ready to serve for the block."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(running_sandbox(read_settings({"ANXIN_VAR": str(var)}), "--settle", "0.05"))
        shared = {
            "ANXIN_DATABASE_URL": database_url,
            "ANXIN_REDIS_URL": redis_url,
            "ANXIN_QUEUE_URL": redis_url,
            "ANXIN_SECRET_KEY": SECRET,
            "ANXIN_SANDBOX_PORT": str(sandbox.settings.sandbox_port),
        }
        given = [environment(var, free_port(), ANXIN_DESK_PORT=str(free_port()), **shared) for _ in range(MACHINES)]
        settings = [read_settings(each) for each in given]
        backend = open_backend(settings[0])
        stack.callback(backend.close)
        passwords = prepared(backend.world)
        children: dict[str, list[subprocess.Popen[bytes]]] = {}
        logs: list[tuple[Process, subprocess.Popen[bytes], Path]] = []
        for number, (each, environ) in enumerate(zip(settings, given, strict=True)):
            for process in processes_of(each):
                if process.name != "sandbox":
                    log = var / f"{process.name}-{number}.log"
                    child = stack.enter_context(running(process, environ, log))
                    children.setdefault(process.name, []).append(child)
                    logs.append((process, child, log))
        for process, child, log in logs:
            wait_until_ready(process, child, log)
        yield Machines(settings, children, sandbox, backend.world, passwords)
