"""The web chat: a page fetches what there is, so nothing can be lost on the way or be asked to wait."""

import itertools
from collections.abc import Mapping
from typing import Any

import httpx

from backend.ports import World
from tests.channels.chat_server import CALLS, ChatProcess, Customer
from tests.channels.drivers import Person

_numbers = itertools.count(1)


class Visitor:
    """Keeps `drivers.Person`: an open page."""

    def __init__(self, chat: ChatProcess) -> None:
        self._page = Customer(chat.url)

    def conversation(self, _world: World) -> str:
        return str(self._page.session["conversation_id"])

    def send(self, text: str) -> None:
        self._post(text=text, client_id=str(next(_numbers)))

    def send_repeated(self, text: str) -> None:
        number = str(next(_numbers))
        for _ in range(3):
            self._post(text=text, client_id=number)

    def send_photos(self, *photos: bytes) -> None:
        for photo in photos:
            answer = self._page.post_photo(photo, client_id=str(next(_numbers)))
            assert answer.status_code == 202, answer.text

    def press(self, title: str) -> None:
        buttons = [each for row in self._page.rows() for each in row["buttons"]]
        self._post(button=next(each["token"] for each in reversed(buttons) if each["title"] == title))

    def send_in_wrong_order(self, first: str, second: str) -> None:
        self.send(second)
        self.send(first)

    def send_unread(self, photo: bytes) -> None:
        self.send_photos(photo)

    def read(self) -> list[str]:
        return [row["text"] for row in self._page.rows() if row["from"] != "customer"]

    def moved(self, chat: ChatProcess) -> None:
        self._page.http.base_url = httpx.URL(chat.url)

    def _post(self, **body: Any) -> None:
        answer = self._page.post(**body)
        assert answer.status_code == 202, answer.text


class WebChatDriver:
    """Keeps `drivers.Driver`."""

    channel, albums, held_after_days = "webchat", False, False

    def __init__(self) -> None:
        self._chat: ChatProcess | None = None
        self._visitors: list[Visitor] = []

    def settings(self) -> Mapping[str, str]:
        return {}

    def chat_started(self, chat: ChatProcess) -> None:
        self._chat = chat
        for visitor in self._visitors:
            visitor.moved(chat)

    def person(self) -> Visitor:
        assert self._chat is not None
        visitor = Visitor(self._chat)
        self._visitors.append(visitor)
        return visitor

    def forge(self, text: str) -> tuple[str, int]:
        assert self._chat is not None
        headers = {"Authorization": "Bearer guessed"}
        url = f"{self._chat.url}{CALLS}/messages"
        return "guessed", httpx.post(url, json={"text": text}, headers=headers, trust_env=False, timeout=60).status_code

    def break_sending(self, person: Person) -> None:
        """The page is closed, at most."""

    def ask_to_wait(self, person: Person) -> None:
        """Pages ask for themselves."""

    def heal(self) -> None:
        """Nothing was wrong."""

    def close(self) -> None:
        """Nothing was started."""
