"""A real chat server, started as a process of its own, and a customer who talks to it over HTTP."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS

READY_SECONDS = PATIENCE_SECONDS
ANSWER_SECONDS = PATIENCE_SECONDS
REPOSITORY = Path(__file__).parents[2]
CALLS = "/webhooks/webchat"


@dataclass(frozen=True)
class ChatProcess:
    """Where it listens, what it writes to, and the process itself."""

    url: str
    var: Path
    process: subprocess.Popen[bytes]
    log: Path


def environment(var: Path, port: int, **more: str) -> dict[str, str]:
    """The settings of a server of the test's own."""
    given = {"ANXIN_VAR": str(var), "ANXIN_CHAT_PORT": str(port), "ANXIN_BIND": "127.0.0.1"}
    return {**os.environ, **given, "ANXIN_PATIENCE_SECONDS": "3600", **more}  # a busy machine is no rush of customers


@contextmanager
def running_chat(var: Path, **settings: str) -> Iterator[ChatProcess]:
    """The chat server over the database in `var`, ready to serve for the block."""
    port, log = free_port(), var / "chat.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot"],
            env=environment(var, port, **settings),
            cwd=REPOSITORY,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        server = ChatProcess(f"http://127.0.0.1:{port}", var, process, log)
        try:
            _wait_until_ready(server)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait_until_ready(server: ChatProcess) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.log.read_text("utf-8", errors="replace")
        if _health(server.url) == 200:
            return
        time.sleep(0.1)
    raise AssertionError(f"not ready in {READY_SECONDS} s:\n{server.log.read_text('utf-8', errors='replace')}")


def _health(url: str) -> int:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code
    except httpx.TransportError:
        return 0


class Customer:
    """An anonymous visitor with a session, who proves it by header."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60)
        opened = self.http.post(f"{CALLS}/sessions")
        assert opened.status_code == 200, opened.text
        self.session = opened.json()
        self.http.cookies.clear()
        self.http.headers["Authorization"] = f"Bearer {self.session['token']}"

    def post(self, **body: Any) -> httpx.Response:
        """A message as JSON."""
        return self.http.post(f"{CALLS}/messages", json=body)

    def post_photo(self, photo: bytes, name: str = "photo.jpg", **form: str) -> httpx.Response:
        return self.http.post(f"{CALLS}/messages", files={"photo": (name, photo)}, data=form)

    def rows(self, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        response = self.http.get(f"{CALLS}/messages", params={"after": after, "wait": wait})
        assert response.status_code == 200, response.text
        rows: list[dict[str, Any]] = response.json()
        return rows

    def rows_until(self, sender: str, after: int) -> list[dict[str, Any]]:
        """What came after a row, up to the first from that sender."""
        deadline = time.monotonic() + ANSWER_SECONDS
        rows: list[dict[str, Any]] = []
        while time.monotonic() < deadline:
            rows += self.rows(rows[-1]["seq"] if rows else after, wait=5)
            if any(row["from"] == sender for row in rows):
                return rows
        raise AssertionError(f"nothing from {sender} after row {after}, only {rows}")

    def ask(self, **body: Any) -> list[dict[str, Any]]:
        """Say something; the rows that come of it, up to the bot's first."""
        newest = self.newest()
        response = self.post(**body)
        assert response.status_code == 202, response.text
        return self.rows_until("bot", newest)

    def newest(self) -> int:
        """The number of the newest row."""
        rows = self.rows()
        return int(rows[-1]["seq"]) if rows else 0
