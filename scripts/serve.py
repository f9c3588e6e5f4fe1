"""Serves on one machine: starts every process of the system, shows what they say, stops all when one stops.

`python -m scripts.serve` serves until interrupted; with `--check` it only says what would stand in the way.
"""

import asyncio
import functools
import http.client
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence

from backend.errors import SettingsError
from backend.settings import Settings, read_settings
from scripts.accounts import first_accounts
from scripts.preflight import obstacles
from scripts.processes import Port, Process, processes_of

READY_SECONDS = 180
STOP_SECONDS = 15
POLL_SECONDS = 0.1
LONGEST_LINE = 2**24
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Say = Callable[[str], None]


async def serve(
    processes: Sequence[Process], ready: Callable[[], str], say: Say, patience: float = READY_SECONDS
) -> int:
    """Run the processes until a signal comes (answers 0), one ends or is not ready after `patience` s (1).

    `say` is given what they print, line by line under their names, then what `ready` gives once all their ports answer,
    and at the end why it ended.
    """
    told = asyncio.Event()
    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    width = max(len(process.name) for process in processes)
    children = [await _start(process) for process in processes]
    pumps = [_pump(p.name.ljust(width), child, say) for p, child in zip(processes, children, strict=True)]
    pumping = asyncio.gather(*pumps)
    watches = [_until_ended(p.name, child) for p, child in zip(processes, children, strict=True)]
    reason = await _first([*watches, _until_told(told), _until_not_ready(processes, ready, say, patience)])
    say(reason or "正在停止 / Stopping …")
    await asyncio.gather(*(_stop(child) for child in children))
    await asyncio.wait([pumping], timeout=1)
    return 1 if reason else 0


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


async def _pump(name: str, child: asyncio.subprocess.Process, say: Say) -> None:
    assert child.stdout is not None
    async for line in child.stdout:
        say(f"{name} | {line.decode(errors='replace').rstrip()}")


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


async def _until_ended(name: str, child: asyncio.subprocess.Process) -> str:
    status = await child.wait()
    return f"{name} 已退出 (状态 {status})，全部停止。/ {name} ended with status {status}: stopping all."


async def _until_not_ready(processes: Sequence[Process], ready: Callable[[], str], say: Say, patience: float) -> str:
    """Say `ready` when all ports answer, then wait for ever; come back only when one takes too long."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + patience
    for process in processes:
        while process.port and not await asyncio.to_thread(_healthy, process.port):
            if clock() > deadline:
                return f"{process.name} 未能就绪，全部停止。/ {process.name} did not get ready: stopping all."
            await asyncio.sleep(POLL_SECONDS)
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


async def _stop(child: asyncio.subprocess.Process) -> None:
    """Ask the whole group to end, and kill what is left of it afterwards."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            await asyncio.wait_for(child.wait(), STOP_SECONDS)
        except ProcessLookupError:
            return
        except asyncio.TimeoutError:
            continue


def main(arguments: Sequence[str]) -> int:
    """The command line; 1 where something stands in the way or a process ended by itself."""
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
    return asyncio.run(serve(processes, lambda: ready_text(settings) + first_accounts(settings), say))


def ready_text(settings: Settings) -> str:
    """What is told once all processes answer: where customers and staff go."""
    host = reachable(settings.bind)
    chat, desk = f"http://{host}:{settings.chat_port}/chat", f"http://{host}:{settings.desk_port}/"
    return f"\n  安心售后已就绪 / Ready: {chat}\n  工作台 / Desk: {desk}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
