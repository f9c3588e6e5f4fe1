"""Telegram around real processes: the chat server, the worker, and the stand-in of the Bot API."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from backend.ports import World
from tests.channels.chat_server import REPOSITORY, ChatProcess
from tests.ports import free_port
from tests.telegram import SECRET, TOKEN
from tests.waiting import until

"""For a busy machine; nothing waits for it to pass."""
WEBHOOK = "/webhooks/telegram/updates"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class BotApi:
    """The stand-in as a process, and what its customers do there."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def play(self, what: str, **given: Any) -> Any:
        answer = self._http.post(f"/play/{what}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def update(self, body: dict[str, Any]) -> None:
        self.play("update", **body)

    def put_file(self, file_id: str, content: bytes) -> None:
        self.play("file", file_id=file_id, content=base64.b64encode(content).decode())

    def books(self) -> dict[str, Any]:
        books: dict[str, Any] = self._http.get("/play/books").json()
        return books

    def sent(self, user: int) -> list[dict[str, Any]]:
        """What a customer reads, the welcome too."""
        return [each for each in self.books()["sent"] if each["chat_id"] == user]

    def is_up(self) -> bool:
        try:
            return self._http.get("/health").status_code == 200
        except httpx.TransportError:
            return False


@dataclass(frozen=True)
class TelegramSystem:
    """Chat server, Bot API, and the same database from here."""

    chat: ChatProcess
    api: BotApi
    world: World
    settings: dict[str, str]

    def post(self, body: Any, secret: str | None = SECRET) -> httpx.Response:
        """Call the webhook, as Telegram does."""
        headers = {} if secret is None else {SECRET_HEADER: secret}
        return httpx.post(self.chat.url + WEBHOOK, json=body, headers=headers, timeout=30, trust_env=False)


@contextmanager
def running_bot_api() -> Iterator[BotApi]:
    port = free_port()
    with _process("bot.sandbox.telegram_api", "--port", str(port), "--token", TOKEN):
        api = BotApi(port)
        until(api.is_up)
        yield api


def telegram_settings(api: BotApi) -> dict[str, str]:
    """With a webhook: its address must be public, so the stand-in is told where that is on this machine."""
    return {
        "ANXIN_TELEGRAM_TOKEN": TOKEN,
        "ANXIN_TELEGRAM_URL": api.url,
        "ANXIN_TELEGRAM_SECRET": SECRET,
        "ANXIN_TELEGRAM_WEBHOOK_URL": f"https://shop.example{WEBHOOK}",
    }


@contextmanager
def running_worker(system: TelegramSystem) -> Iterator[subprocess.Popen[bytes]]:
    environment = {"ANXIN_VAR": str(system.chat.var), **system.settings}
    with _process("bot.worker", environment=environment) as process:
        yield process


@contextmanager
def _process(*command: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    given = {**os.environ, **(environment or {})}
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=REPOSITORY, env=given)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)
