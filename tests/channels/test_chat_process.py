"""Starting and stopping the chat server."""

import io
import json
import signal
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from backend.model_file import MODEL
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
        timeout=300,
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


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """A folder to start in that has all but a model."""
    folder = tmp_path / "here"
    (folder / "models").mkdir(parents=True)
    for name in ("credentials.yml", "domain.yml", "data"):
        (folder / name).symlink_to(REPOSITORY / name)
    return folder


def _put_model(path: Path, trained_by: str) -> None:
    """A file as `rasa train` makes it, without what it has learnt."""
    told = json.dumps({"rasa_open_source_version": trained_by}).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(told)
        archive.addfile(member, io.BytesIO(told))


@pytest.mark.parametrize("kept", [0, 20, 5_000_000], ids=["empty", "a beginning", "half"])
def test_a_damaged_model_is_told_in_one_line(settings: Settings, own_folder: Path, kept: int) -> None:
    whole = (REPOSITORY / MODEL).read_bytes() if kept > 1000 else b"\x1f\x8b nothing of a model"
    (own_folder / MODEL).write_bytes(whole[:kept])
    ended = start(settings.var, free_port(), cwd=own_folder)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert "已损坏" in ended.stderr and "scripts/train" in ended.stderr


def test_a_model_of_another_version_of_rasa_is_told_in_one_line(settings: Settings, own_folder: Path) -> None:
    _put_model(own_folder / MODEL, "3.5.0")
    ended = start(settings.var, free_port(), cwd=own_folder)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert "it is of Rasa 3.5.0, not 3.6.21" in ended.stderr and "scripts/train" in ended.stderr


def test_a_model_that_rasa_cannot_load_is_told_in_one_line(settings: Settings, own_folder: Path) -> None:
    _put_model(own_folder / MODEL, "3.6.21")
    ended = start(settings.var, free_port(), cwd=own_folder)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert "scripts/train" in ended.stderr


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
