"""The supervisor behind `make run`, driven with small stand-in processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from backend.adapters.system import SystemClock
from backend.bootstrap import open_backend
from backend.demo.orders import demo_orders
from backend.domain.case import STAFF_ROLES
from backend.services import access
from backend.services.orders import load_demo
from backend.settings import Settings
from scripts.accounts import first_accounts
from scripts.preflight import obstacles
from scripts.processes import Port, Process, processes_of
from scripts.serve import ready_text, serve
from tests.builders import an_order
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
HEALTHY = """
import http.server, sys
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""

NOTE_PID_AND_STAY = """
import os, sys, time
with open(sys.argv[1] + ".new", "w") as note:
    note.write(str(os.getpid()))
os.rename(note.name, sys.argv[1])
time.sleep(60)
"""
END_ONCE_THERE = """
import os, sys, time
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
sys.exit(3)
"""

DIE_ONCE = """
import os, subprocess, sys, time
marks = sys.argv[1]
if os.path.exists(marks):
    print("still here", flush=True)
    time.sleep(60)
while not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
child = subprocess.Popen(["sleep", "60"])
with open(marks + ".new", "w") as note:
    note.write(str(child.pid))
os.rename(note.name, marks)
os.kill(os.getpid(), 9)
"""


def python(name: str, program: str, *arguments: object, port: Port | None = None) -> Process:
    return Process(name, (sys.executable, "-c", program, *map(str, arguments)), port)


def chat_port() -> Port:
    return Port("127.0.0.1", free_port(), "ANXIN_CHAT_PORT")


class Screen:
    """Keeps what was said; once each of `cues` was seen, the run is interrupted as by Ctrl-C."""

    def __init__(self, *cues: str) -> None:
        self.lines: list[str] = []
        self._awaited = set(cues)

    def __call__(self, line: str) -> None:
        self.lines.append(line)
        seen = {cue for cue in self._awaited if cue in line}
        self._awaited -= seen
        if seen and not self._awaited:
            os.kill(os.getpid(), signal.SIGINT)


def ended(pid: int) -> bool:
    """Whether it ends within ten seconds; one that nobody has collected yet counts as ended."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


async def test_it_says_ready_once_the_health_check_answers_and_an_interrupt_ends_it_well() -> None:
    port = chat_port()
    screen = Screen("READY", "at work")
    chat = python("chat", HEALTHY, port.number, port=port)
    sleeper = python("worker", "print('at work'); import time; time.sleep(60)")
    assert await serve([chat, sleeper], lambda: "READY", screen) == 0
    assert "worker | at work" in screen.lines
    assert any(line.startswith("chat   | ") for line in screen.lines)


async def test_one_that_ends_before_all_are_ready_stops_the_others_and_the_reason_is_said(tmp_path: Path) -> None:
    screen, noted = Screen(), tmp_path / "pid"
    worker = python("worker", NOTE_PID_AND_STAY, noted)
    chat = python("chat", END_ONCE_THERE, noted, port=chat_port())
    assert await serve([chat, worker], lambda: "READY", screen) == 1
    assert "chat ended with status 3" in screen.lines[-1]
    assert ended(int(noted.read_text()))


async def test_what_dies_later_is_started_again_with_nothing_left_of_it(tmp_path: Path) -> None:
    marks, up = tmp_path / "marks", tmp_path / "up"
    screen = Screen("READY", "still here")
    worker = python("worker", DIE_ONCE, marks, up)

    def ready() -> str:
        up.touch()
        return "READY"

    assert await serve([worker], ready, screen) == 0
    assert any("worker ended with status -9: starting it again" in line for line in screen.lines)
    assert ended(int(marks.read_text()))


async def test_what_each_process_says_stands_in_a_file_of_its_own_too(tmp_path: Path) -> None:
    screen = Screen("at work")
    worker = python("worker", "print('at work', flush=True); import time; time.sleep(60)")
    assert await serve([worker], lambda: "READY", screen, folder=tmp_path / "var") == 0
    assert (tmp_path / "var" / "worker.log").read_text("utf-8") == "at work\n"


async def test_a_process_that_never_gets_ready_ends_the_run() -> None:
    screen = Screen()
    silent = python("chat", "import time; time.sleep(60)", port=chat_port())
    assert await serve([silent], lambda: "READY", screen, patience=0.2) == 1
    assert "READY" not in screen.lines
    assert "chat did not get ready" in screen.lines[-1]


async def test_what_a_process_started_itself_is_stopped_too() -> None:
    screen = Screen("child")
    nested = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print('child', p.pid); p.wait()"
    assert await serve([python("chat", nested)], lambda: "READY", screen) == 0
    line = next(line for line in screen.lines if "child" in line)
    assert ended(int(line.rpartition(" ")[2]))


def test_a_taken_port_is_named_with_its_owner_and_the_setting_that_changes_it(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = Port("127.0.0.1", listener.getsockname()[1], "ANXIN_CHAT_PORT")
        (message,) = obstacles([port], tmp_path)
    assert f"127.0.0.1:{port.number}" in message
    assert "ANXIN_CHAT_PORT" in message
    assert f"pid {os.getpid()}" in message
    assert obstacles([port], tmp_path) == []


def test_a_full_disk_is_said_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.preflight.FREE_MEGABYTES", 10**12)
    (message,) = obstacles([], tmp_path / "var" / "not" / "there")
    assert "ANXIN_VAR" in message


def test_a_bad_setting_is_refused_by_name(tmp_path: Path) -> None:
    environment = {**os.environ, "ANXIN_CHAT_PORT": "many"}
    command = [sys.executable, "-m", "scripts.serve", "--check"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ANXIN_CHAT_PORT" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def demo_shop(settings: Settings) -> Settings:
    """A shop that has nothing but the demo's orders."""
    backend = open_backend(settings)
    load_demo(backend.world, demo_orders(SystemClock().now()))
    backend.close()
    return settings


def test_the_first_start_tells_a_password_for_every_role_and_later_ones_tell_none(demo_shop: Settings) -> None:
    told = first_accounts(demo_shop)
    lines = [line.split() for line in told.splitlines() if line.strip()]
    given = {name: password for name, _, password, *_ in (line for line in lines if len(line) == 3)}
    backend = open_backend(demo_shop)
    for role in STAFF_ROLES:
        name = f"{role.value}1"
        assert access.log_in(backend.world, name, given[name])[1].member.role is role
    backend.close()
    assert first_accounts(demo_shop) == ""


def test_a_shop_with_its_own_orders_gets_no_accounts(demo_shop: Settings) -> None:
    backend = open_backend(demo_shop)
    with backend.world.write() as work:
        work.orders.put(an_order("OWN-1"))
        work.commit()
    backend.close()
    assert first_accounts(demo_shop) == ""
    backend = open_backend(demo_shop)
    with backend.world.read() as work:
        assert work.accounts.count() == 0
    backend.close()


def test_the_desk_is_one_of_the_processes_and_its_address_is_told(settings: Settings) -> None:
    desk = next(process for process in processes_of(settings) if process.name == "desk")
    assert desk.port is not None and (desk.port.number, desk.port.setting) == (settings.desk_port, "ANXIN_DESK_PORT")
    assert f":{settings.desk_port}/" in ready_text(settings)
