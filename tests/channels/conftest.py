"""One chat server for all tests of a worker process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.bootstrap import Backend, open_backend
from backend.settings import read_settings
from tests.channels.chat_server import ChatProcess, Customer, running_chat
from tests.photos import a_jpeg


@pytest.fixture(scope="session")
def chat(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatProcess]:
    var = tmp_path_factory.mktemp("chat")
    shutil.copy(migrated_file, var / "anxin.db")
    with running_chat(var, ANXIN_DEV_API="1") as process:
        yield process


@pytest.fixture(scope="session")
def server_backend(chat: ChatProcess) -> Iterator[Backend]:
    """The server's own database and secret, opened by a second process: this one."""
    backend = open_backend(read_settings({"ANXIN_VAR": str(chat.var)}))
    yield backend
    backend.close()


@pytest.fixture
def customer(chat: ChatProcess) -> Iterator[Customer]:
    visitor = Customer(chat.url)
    yield visitor
    visitor.http.close()


@pytest.fixture
def stranger(chat: ChatProcess) -> Iterator[Customer]:
    """Another visitor."""
    visitor = Customer(chat.url)
    yield visitor
    visitor.http.close()


@pytest.fixture
def jpeg() -> bytes:
    return a_jpeg(320, 240)
