"""Serves on one machine: starts every process of the system, shows and keeps what they say, starts again what dies.

`python -m scripts.serve` serves until interrupted; with `--check` it only says what would stand in the way.
"""

import asyncio
import functools
import http.client
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from backend.errors import SettingsError
from backend.settings import Settings, read_settings
from scripts.accounts import first_accounts
from scripts.preflight import obstacles
from scripts.processes import Port, Process, processes_of

READY_SECONDS = 180
STOP_SECONDS = 15
POLL_SECONDS = 0.1
LONGEST_LINE = 2**24
LONG_LIFE = 20
"""Seconds: what lived so long is started again at once, whatever happened before."""
LONGEST_PAUSE = 30
"""Seconds between two starts of what ends again and again: the database may be away for long."""
LOG_BYTES, LOG_FILES = 10_000_000, 5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Say = Callable[[str], None]


async def serve(
    processes: Sequence[Process],
    ready: Callable[[], str],
    say: Say,
    patience: float = READY_SECONDS,
    folder: Path | None = None,
) -> int:
    """Run the processes until a signal comes (answers 0), or one ends or is not ready after `patience` s (1).

    `say` is given what they print, line by line under their names, then what `ready` gives once all their ports answer,
    and at the end why it ended; in `folder` each has a file of its own for it. Once they were ready, what ends is
    started again.
    """
    told, up = asyncio.Event(), asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    width = max(len(process.name) for process in processes)
    children = [_Child(process, say, width, _keeper(folder, process.name)) for process in processes]
    for child in children:
        await child.start()
    watches = [child.keep_running(up) for child in children]
    reason = await _first([*watches, _until_told(told), _until_not_ready(processes, ready, up, say, patience)])
    say(reason or "正在停止 / Stopping …")
    await asyncio.gather(*(child.stop() for child in children))
    return 1 if reason else 0


class _Child:
    """One process that is to run, and what it says."""

    def __init__(self, process: Process, say: Say, width: int, keep: Say) -> None:
        self._process, self._say, self._keep = process, say, keep
        self._title = process.name.ljust(width)
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        async with self._starting:
            self._running = await _start(self._process)
            self._hearing = asyncio.create_task(self._hear(self._running))

    async def keep_running(self, up: asyncio.Event) -> str:
        """Start it again whenever it ends; the reason to stop all when it ends before the system was up."""
        clock, pause = asyncio.get_running_loop().time, 0.0
        while True:
            began = clock()
            status = await self._running.wait()
            name = self._process.name
            if not up.is_set():
                return f"{name} 已退出 (状态 {status})，全部停止。/ {name} ended with status {status}: stopping all."
            pause = 0 if clock() - began > LONG_LIFE else min(LONGEST_PAUSE, pause * 2 + 1)
            self._say(
                f"{name} 已退出 (状态 {status})，将重新启动。/ {name} ended with status {status}: starting it again."
            )
            _end_group(self._running.pid, signal.SIGKILL)
            await asyncio.sleep(pause - 1 if pause else 0)
            await asyncio.shield(self.start())

    async def stop(self) -> None:
        """Ask the whole group to end, and kill what is left of it afterwards."""
        async with self._starting:
            for number in (signal.SIGTERM, signal.SIGKILL):
                if not _end_group(self._running.pid, number):
                    break
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._running.wait(), STOP_SECONDS)
            await asyncio.wait([self._hearing], timeout=1)

    async def _hear(self, running: asyncio.subprocess.Process) -> None:
        assert running.stdout is not None
        async for line in running.stdout:
            said = line.decode(errors="replace").rstrip()
            self._say(f"{self._title} | {said}")
            self._keep(said)


def _keeper(folder: Path | None, name: str) -> Say:
    """Keeps lines in the process's own file, of which older parts are dropped; a full disk only loses lines."""
    if folder is None:
        return lambda _line: None
    folder.mkdir(parents=True, exist_ok=True)
    file = RotatingFileHandler(folder / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")

    def keep(line: str) -> None:
        file.handle(logging.makeLogRecord({"msg": line}))

    return keep


async def _start(process: Process) -> asyncio.subprocess.Process:
    """Start it in a group of its own, so that an interrupt at the terminal reaches it through us alone."""
    return await asyncio.create_subprocess_exec(
        *process.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LONGEST_LINE,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


async def _first(watches: Sequence[Coroutine[None, None, str]]) -> str:
    """The reason to stop that is found first; the other watches are dropped."""
    tasks = [asyncio.create_task(watch) for watch in watches]
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    return done.pop().result()


async def _until_told(told: asyncio.Event) -> str:
    await told.wait()
    return ""


async def _until_not_ready(
    processes: Sequence[Process], ready: Callable[[], str], up: asyncio.Event, say: Say, patience: float
) -> str:
    """Say `ready` when all ports answer, then wait for ever; come back only when one takes too long."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    for process in processes:
        while process.port and not await asyncio.to_thread(_healthy, process.port):
            if clock() > deadline:
                return f"{process.name} 未能就绪，全部停止。/ {process.name} did not get ready: stopping all."
            await asyncio.sleep(POLL_SECONDS)
    up.set()
    say(await asyncio.to_thread(ready))
    await asyncio.Event().wait()
    return ""


def reachable(host: str) -> str:
    """The address under which this machine reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _healthy(port: Port) -> bool:
    connection = http.client.HTTPConnection(reachable(port.host), port.number, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end_group(pid: int, number: signal.Signals) -> bool:
    """Send it to a process and whatever that has started; False when nothing is left of them."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """The command line; 1 where something stands in the way or a process did not get up."""
    try:
        settings = read_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    processes = processes_of(settings)
    found = obstacles([process.port for process in processes if process.port], settings.var)
    if found or "--check" in arguments:
        print("\n".join(found), file=sys.stderr)
        return 1 if found else 0
    say = functools.partial(print, flush=True)
    logging.raiseExceptions = False  # what does not get into a file is on the screen

    def ready() -> str:
        return ready_text(settings) + first_accounts(settings)

    return asyncio.run(serve(processes, ready, say, folder=settings.var))


def ready_text(settings: Settings) -> str:
    """What is told once all processes answer: where customers and staff go."""
    host = reachable(settings.bind)
    chat, desk = f"http://{host}:{settings.chat_port}/chat", f"http://{host}:{settings.desk_port}/"
    return f"\n  安心售后已就绪 / Ready: {chat}\n  工作台 / Desk: {desk}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
