"""What the demo plays on: the system that runs already, or one of its own in a temporary folder."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.settings import Settings, read_settings

READY_SECONDS = 120
STOP_SECONDS = 30


class StageMissing(Exception):
    """There is nothing to play on, and the message says why."""


@dataclass(frozen=True)
class Stage:
    """Where the chat server listens, and the settings that reach the same system."""

    host: str
    port: int
    environment: Mapping[str, str]

    def operate(self, *arguments: str) -> str:
        """Run the operator's command line on it; what it printed. Raises StageMissing with what it said."""
        command = [sys.executable, "-m", "backend", *arguments]
        ended = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise StageMissing(ended.stderr.strip())
        return ended.stdout


@contextmanager
def opened_stage() -> Iterator[Stage]:
    """The running system, where one answers at the chat port; else a new one that ends with the block."""
    settings = read_settings()
    if _healthy(settings.bind, settings.chat_port):
        print(f"使用正在运行的系统 / Using the running system: {settings.bind}:{settings.chat_port}\n")
        yield Stage(settings.bind, settings.chat_port, os.environ)
        return
    with tempfile.TemporaryDirectory(prefix="anxin-demo-") as var, _started(settings, Path(var)) as stage:
        yield stage


@contextmanager
def _started(settings: Settings, var: Path) -> Iterator[Stage]:
    print("正在启动演示用的系统 / Starting a system for the demo …", flush=True)
    environment = {
        **os.environ,
        "ANXIN_VAR": str(var),
        "ANXIN_DATABASE_URL": f"sqlite:///{var / 'anxin.db'}",
        "ANXIN_EVIDENCE_URL": f"file://{var / 'evidence'}",
        "ANXIN_BIND": "127.0.0.1",
        "ANXIN_CHAT_PORT": str(_free_port()),
        "ANXIN_SANDBOX_PORT": str(_free_port()),
        "ANXIN_DEV_API": "0",
    }
    stage = Stage("127.0.0.1", int(environment["ANXIN_CHAT_PORT"]), environment)
    stage.operate("database", "upgrade")
    with ExitStack() as processes:
        chat = processes.enter_context(_running("bot", environment, var))
        processes.enter_context(_running("bot.sandbox", environment, var))
        processes.enter_context(_running("bot.worker", environment, var))
        _wait_until_ready(stage, chat, var / "bot.log")
        yield stage


@contextmanager
def _running(module: str, environment: Mapping[str, str], var: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (var / f"{module}.log").open("wb") as log:
        command = [sys.executable, "-m", module]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _wait_until_ready(stage: Stage, chat: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _healthy(stage.host, stage.port):
        if chat.poll() is not None or time.monotonic() > deadline:
            raise StageMissing(f"系统没有启动 / the system did not start:\n{log.read_text('utf-8', 'replace')}")
        time.sleep(0.2)


def _healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
