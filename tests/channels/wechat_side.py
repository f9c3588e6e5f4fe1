"""WeChat's side for tests: the stand-in as a process, a chat server and a worker beside it, customers with phones."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.channels.chat_server import REPOSITORY, ChatProcess, environment
from tests.ports import free_port
from tests.sandbox import wait_until_ready

APP_ID, SECRET, TOKEN = "wx0000000000000001", "the account's secret", "signedwiththis"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
_customers = itertools.count(1)


@dataclass(frozen=True)
class WeChatSide:
    """The stand-in, by its URL."""

    url: str

    def calls(self, chat: ChatProcess) -> None:
        """From now on it calls this chat server."""
        self.account(address=f"{chat.url}/webhooks/wechat/messages")

    def account(self, **changes: Any) -> int:
        """Change the account; how many tokens it has given out."""
        return int(self._post("/sandbox/account", changes)["tokens"])

    def fault(self, path: str, fault: str, times: int = 1) -> None:
        self._post("/sandbox/faults", {"path": path, "fault": fault, "times": times})

    def faults(self) -> int:
        """How many have still to happen."""
        return int(httpx.get(f"{self.url}/sandbox/faults", trust_env=False, timeout=60).json()["waiting"])

    def photo(self, data: bytes, kind: str = "image") -> str:
        """A photo that a customer may send; its media id."""
        answer = httpx.post(
            f"{self.url}/sandbox/media", params={"type": kind}, content=data, trust_env=False, timeout=60
        )
        answer.raise_for_status()
        return str(answer.json()["media_id"])

    def customer(self) -> "Phone":
        return self.phone(f"oStandIn{os.getpid()}-{next(_customers):06}")

    def phone(self, openid: str) -> "Phone":
        return Phone(self, openid)

    def _post(self, path: str, body: dict[str, Any], timeout: float = 60) -> Any:
        answer = httpx.post(f"{self.url}{path}", json=body, trust_env=False, timeout=timeout)
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True)
class Phone:
    """A customer in WeChat."""

    side: WeChatSide
    openid: str

    def send(self, text: str, **more: Any) -> str:
        """Write something; the answer."""
        return self.bring(Content=text, **more)[0]["text"] or ""

    def bring(self, copies: int = 1, **fields: Any) -> list[dict[str, Any]]:
        """A message or event with these fields; what came of each of its copies."""
        order = {"fields": fields, "copies": copies}
        answers: list[dict[str, Any]] = self.side._post(f"/sandbox/customers/{self.openid}/messages", order)["answers"]
        return answers

    def shown(self) -> list[dict[str, Any]]:
        """What the phone shows, oldest first."""
        answer = httpx.get(f"{self.side.url}/sandbox/customers/{self.openid}", trust_env=False, timeout=60)
        rows: list[dict[str, Any]] = answer.json()["shown"]
        return rows


@contextmanager
def running_side(port: int, *, aes_key: str = AES_KEY) -> Iterator[WeChatSide]:
    """The stand-in for the block."""
    given = ["--app-id", APP_ID, "--app-secret", SECRET, "--token", TOKEN, "--aes-key", aes_key]
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.sandbox.wechat_api", "--port", str(port), *given],
        cwd=REPOSITORY,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(process, port)
        yield WeChatSide(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=60)


def settings_for(port: int, aes_key: str = AES_KEY) -> dict[str, str]:
    """Our settings for a stand-in on that port."""
    return {
        "ANXIN_WECHAT_APP_ID": APP_ID,
        "ANXIN_WECHAT_APP_SECRET": SECRET,
        "ANXIN_WECHAT_TOKEN": TOKEN,
        "ANXIN_WECHAT_AES_KEY": aes_key,
        "ANXIN_WECHAT_URL": f"http://127.0.0.1:{port}",
    }


@contextmanager
def running_worker(chat: ChatProcess, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker over the chat server's database for the block."""
    given = environment(chat.var, free_port(), **settings)
    with (chat.var / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.worker"], env=given, cwd=REPOSITORY, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)
