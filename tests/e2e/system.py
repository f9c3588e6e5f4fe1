"""The whole system for browser tests: the processes of `make run` on ports of their own, staff who can log in."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx

from backend.adapters.migrations import upgrade
from backend.bootstrap import open_backend
from backend.demo.orders import demo_orders
from backend.domain.work import Staff
from backend.ports import World
from backend.services import access, rule_changes
from backend.services.orders import load_demo
from backend.settings import read_settings
from scripts.processes import Port, Process, processes_of
from tests.builders import an_order
from tests.channels.chat_server import REPOSITORY, environment
from tests.e2e.past import live_through
from tests.ports import free_port

READY_SECONDS = 120
STOP_SECONDS = 60
TAIL = "6688"
"""The last digits of the telephone number of every buyer of `a_bought_cup`."""


@dataclass(frozen=True)
class System:
    """Where customers and staff go, everybody's password by name, and the same database from here."""

    chat: str
    desk: str
    world: World
    passwords: Mapping[str, str]

    def staff(self, name: str) -> Staff:
        with self.world.read() as work:
            member = work.staff.get(name)
        assert member is not None, name
        return member

    def a_bought_cup(self, order_no: str, phone: str = f"1380000{TAIL}") -> str:
        """Have an order of one cup for 100.00 in the shop, signed for yesterday; its number."""
        now = self.world.clock.now()
        placed, shipped, signed = (now - timedelta(days=days) for days in (4, 3, 1))
        order = an_order(order_no, buyer_phone=phone, placed_at=placed, shipped_at=shipped, signed_at=signed)
        line = replace(order.lines[0], quantity=1, unit_price_fen=order.paid_fen)
        with self.world.write() as work:
            work.orders.put(replace(order, lines=(line,)))
            work.commit()
        return order_no


@contextmanager
def running_system(var: Path, past: int = 0) -> Iterator[System]:
    """The processes over a fresh database in `var` with so many past cases, ready to serve for the block."""
    given = environment(var, free_port(), ANXIN_DESK_PORT=str(free_port()), ANXIN_SANDBOX_PORT=str(free_port()))
    settings = read_settings(given)
    upgrade(settings.database_url)
    live_through(settings, past)
    with ExitStack() as stack:
        backend = open_backend(settings)
        stack.callback(backend.close)
        passwords = prepared(backend.world)
        started = [
            (each, stack.enter_context(running(each, given, log_of(var, each)))) for each in processes_of(settings)
        ]
        for process, child in started:
            wait_until_ready(process, child, log_of(var, process))
        yield System(_url(settings.chat_port), _url(settings.desk_port), backend.world, passwords)


def prepared(world: World) -> dict[str, str]:
    """Orders, staff of every role, and people at their desks at any hour that the tests may run; passwords by name."""
    load_demo(world, demo_orders(world.clock.now()))
    passwords = {name: password for name, (_, password) in access.ensure_demo_staff(world).items()}
    base = rule_changes.newest_version(world)
    hours = {"calendar.agent_hours.from": "0", "calendar.agent_hours.to": "24"}
    text = rule_changes.edited_values(world, base[0], hours)
    with world.read() as work:
        author, second = (work.staff.get(name) for name in ("admin1", "manager1"))
    assert author is not None and second is not None
    now = world.clock.now()
    change = rule_changes.propose_change(world, text, note="全天有人", effective_from=now, base=base, by=author)
    rule_changes.confirm_change(world, change, by=second)
    return passwords


@contextmanager
def running(process: Process, given: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process with these settings for the block; what it says goes to `log`."""
    with log.open("wb") as output:
        child = subprocess.Popen(process.command, env=given, cwd=REPOSITORY, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield child
        finally:
            child.terminate()
            child.wait(timeout=STOP_SECONDS)


def wait_until_ready(process: Process, child: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until it serves; fail with what it said when it ends before."""
    deadline = time.monotonic() + READY_SECONDS
    while process.port and not _healthy(process.port):
        said = log.read_text("utf-8", errors="replace")
        assert child.poll() is None and time.monotonic() < deadline, f"{process.name} is not ready:\n{said}"
        time.sleep(0.1)


def _healthy(port: Port) -> bool:
    try:
        return httpx.get(f"{_url(port.number)}/health", timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def log_of(var: Path, process: Process) -> Path:
    return var / f"{process.name}.log"


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"
