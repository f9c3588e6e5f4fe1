"""WeCom's customer service: its stand-in only tells that there is something, messages are read page by page."""

import itertools
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import httpx

from backend.ports import World
from backend.services.conversations import open_conversation
from bot.channels.wecom.sender import CHANNEL
from bot.sandbox.wecom_api import OPEN_KFID
from tests.channels.chat_server import ChatProcess
from tests.channels.drivers import Person
from tests.channels.wecom_side import running_side, settings_for
from tests.ports import free_port
from tests.waiting import until

_numbers = itertools.count(1)
SENDING = "kf/send_msg"


class Visitor:
    """Keeps `drivers.Person`: somebody who asks the shop's customer-service account."""

    def __init__(self, url: str) -> None:
        self._url, self._name = url, f"wmVisitor{next(_numbers):04}"

    def conversation(self, world: World) -> str:
        return open_conversation(world, CHANNEL, f"{OPEN_KFID}:{self._name}").id

    def send(self, text: str) -> None:
        self._bring(_said(text))

    def send_repeated(self, text: str) -> None:
        """On another page too, and WeCom calls more often than there is something."""
        said = {**_said(text), "msgid": f"repeated{next(_numbers)}"}
        self._bring(said, said, calls=3)
        self._bring(said, calls=2)

    def send_photos(self, *photos: bytes) -> None:
        for photo in photos:
            self._bring(self._photo(photo))

    def press(self, title: str) -> None:
        newest = next(row for row in reversed(self._shown()) if title in row.get("buttons", {}))
        self._bring({"msgtype": "text", "text": {"content": title, "menu_id": newest["buttons"][title]}})

    def send_in_wrong_order(self, first: str, second: str) -> None:
        now = int(time.time())
        self._bring({**_said(second), "send_time": now + 1})
        self._bring({**_said(first), "send_time": now})

    def send_unread(self, photo: bytes) -> None:
        order(self._url, "media/get", "hang")
        self._bring(self._photo(photo))
        until(lambda: not _faults(self._url))

    def read(self) -> list[str]:
        return [row["text"] for row in self._shown() if row.get("text")]

    def _photo(self, photo: bytes) -> dict[str, Any]:
        answer = httpx.post(f"{self._url}/sandbox/media", content=photo, trust_env=False, timeout=60)
        return {"msgtype": "image", "image": {"media_id": str(answer.json()["media_id"])}}

    def _shown(self) -> list[dict[str, Any]]:
        answer = httpx.get(f"{self._url}/sandbox/customers/{self._name}", trust_env=False, timeout=60)
        rows: list[dict[str, Any]] = answer.json()["shown"]
        return rows

    def _bring(self, *messages: dict[str, Any], calls: int = 1) -> None:
        _post(f"{self._url}/sandbox/customers/{self._name}/messages", {"messages": messages, "calls": calls})


class WeComDriver:
    """Keeps `drivers.Driver`."""

    channel, albums, held_after_days = CHANNEL, False, True

    def __init__(self) -> None:
        self._running, self._port = ExitStack(), free_port()
        self._url = self._running.enter_context(running_side(self._port))
        self._chat: ChatProcess | None = None

    def settings(self) -> Mapping[str, str]:
        return settings_for(self._port)

    def chat_started(self, chat: ChatProcess) -> None:
        self._chat = chat
        _post(f"{self._url}/sandbox/account", {"address": f"{chat.url}/webhooks/wecom/events"})

    def person(self) -> Visitor:
        return Visitor(self._url)

    def forge(self, text: str) -> tuple[str, int]:
        """A call brings no words; a forged one may only have us look."""
        assert self._chat is not None
        query = {"timestamp": str(int(time.time())), "nonce": "n", "msg_signature": "0" * 40}
        body = f"<xml><Encrypt>{text}</Encrypt></xml>".encode()
        url = f"{self._chat.url}/webhooks/wecom/events"
        answer = httpx.post(url, params=query, content=body, trust_env=False, timeout=60)
        return f"{OPEN_KFID}:wmForged", answer.status_code

    def break_sending(self, person: Person) -> None:
        order(self._url, SENDING, "never")

    def ask_to_wait(self, person: Person) -> None:
        order(self._url, SENDING, "busy")

    def heal(self) -> None:
        """What was ordered has happened."""

    def close(self) -> None:
        self._running.close()


def order(url: str, path: str, fault: str) -> None:
    """Let the next call of that path go wrong."""
    _post(f"{url}/sandbox/faults", {"path": path, "fault": fault})


def _faults(url: str) -> int:
    return int(httpx.get(f"{url}/sandbox/faults", trust_env=False, timeout=60).json()["waiting"])


def _said(text: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": text}}


def _post(url: str, body: dict[str, Any]) -> None:
    httpx.post(url, json=body, trust_env=False, timeout=30).raise_for_status()
