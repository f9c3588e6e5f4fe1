"""Starting and stopping the chat server."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

from backend.settings import Settings
from tests.channels.chat_server import REPOSITORY, Customer, environment, running_chat
from tests.ports import free_port


def start(var: Path, port: int, cwd: Path = REPOSITORY, **more: str) -> subprocess.CompletedProcess[str]:
    """Start it where it cannot start; what it said."""
    return subprocess.run(
        [sys.executable, "-m", "bot"],
        env=environment(var, port, PYTHONPATH=str(REPOSITORY), **more),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_port_that_is_taken_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start(settings.var, port)
    assert ended.returncode == 1
    assert str(port) in ended.stderr and "ANXIN_CHAT_PORT" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_model_it_says_how_to_get_one(settings: Settings, tmp_path: Path) -> None:
    ended = start(settings.var, free_port(), cwd=tmp_path)
    assert ended.returncode == 1
    assert "make train" in ended.stderr and "Traceback" not in ended.stderr


def test_without_a_database_it_says_how_to_get_one(tmp_path: Path) -> None:
    ended = start(tmp_path / "empty", free_port())
    assert ended.returncode == 1
    assert "database upgrade" in ended.stderr and "Traceback" not in ended.stderr


def test_told_to_stop_it_answers_what_it_has_taken_and_ends_well(settings: Settings) -> None:
    with running_chat(settings.var) as server:
        customer = Customer(server.url)
        assert customer.post(text="你好").status_code == 202
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
    with running_chat(settings.var) as server:
        customer.http.base_url = server.url
        said = [row["from"] for row in customer.rows()]
    assert said == ["bot", "customer", "bot"]
