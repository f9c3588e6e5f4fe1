"""Telegram: the stand-in of the Bot API calls our webhook and is called by python-telegram-bot."""

import itertools
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import httpx

from backend.ports import World
from backend.services.conversations import open_conversation
from bot.channels.telegram.sender import CHANNEL
from tests.channels.chat_server import ChatProcess
from tests.channels.drivers import Person
from tests.channels.telegram_system import SECRET_HEADER, WEBHOOK, BotApi, running_bot_api, telegram_settings
from tests.telegram import SECRET, a_photo, presses, says
from tests.waiting import until

_numbers = itertools.count(50_001)
_updates = itertools.count(900_000)


class Chatter:
    """Keeps `drivers.Person`: a private chat with the bot."""

    def __init__(self, driver: "TelegramDriver") -> None:
        self._driver, self._api, self.user = driver, driver.api, next(_numbers)

    def conversation(self, world: World) -> str:
        return open_conversation(world, CHANNEL, str(self.user)).id

    def send(self, text: str) -> None:
        self._call(says(self.user, text))

    def send_repeated(self, text: str) -> None:
        self._begin()
        update = {"update_id": next(_updates), **says(self.user, text)}
        for _ in range(3):
            self._driver.bring(update)

    def send_photos(self, *photos: bytes) -> None:
        album = {"media_group_id": f"album-{next(_updates)}"} if len(photos) > 1 else {}
        for photo in photos:
            self._call(says(self.user, photo=self._put_up(photo), **album))

    def press(self, title: str) -> None:
        below = [(each, button) for each in self._sent() for button in each["buttons"] if button["title"] == title]
        shown, button = below[-1]
        self._api.update(presses(self.user, button["token"], shown["message_id"], title))

    def send_in_wrong_order(self, first: str, second: str) -> None:
        earlier, later = next(_updates), next(_updates)
        self._begin()
        self._driver.bring({"update_id": later, **says(self.user, second)})
        self._driver.bring({"update_id": earlier, **says(self.user, first)})

    def send_unread(self, photo: bytes) -> None:
        self._api.play("fault", method="getFile", fault="hang")
        asked = self._driver.calls("getFile")
        self.send_photos(photo)
        until(lambda: self._driver.calls("getFile") > asked)

    def read(self) -> list[str]:
        return [each["text"] for each in self._sent()]

    def _sent(self) -> list[dict[str, Any]]:
        return self._api.sent(self.user)

    def _begin(self) -> None:
        """A chat that Telegram knows."""
        self._api.play("chats", chats=[{"id": self.user, "type": "private", "first_name": "李"}])

    def _put_up(self, photo: bytes) -> list[dict[str, Any]]:
        file_id = f"photo-{next(_updates)}"
        self._api.put_file(file_id, photo)
        return a_photo(file_id, len(photo))

    def _call(self, body: dict[str, Any]) -> None:
        self._begin()
        self._driver.bring({"update_id": next(_updates), **body})


def user_of(person: Person) -> int:
    assert isinstance(person, Chatter)
    return person.user


class TelegramDriver:
    """Keeps `drivers.Driver`."""

    channel, albums, held_after_days = CHANNEL, True, False

    def __init__(self) -> None:
        self._running = ExitStack()
        self.api: BotApi = self._running.enter_context(running_bot_api())
        self._chat: ChatProcess | None = None

    def settings(self) -> Mapping[str, str]:
        return telegram_settings(self.api)

    def chat_started(self, chat: ChatProcess) -> None:
        self._chat = chat
        self.api.play("deliver", to=chat.url + WEBHOOK)

    def person(self) -> Chatter:
        return Chatter(self)

    def forge(self, text: str) -> tuple[str, int]:
        user = next(_numbers)
        return str(user), self._post({"update_id": next(_updates), **says(user, text)}, "guessed").status_code

    def bring(self, update: dict[str, Any]) -> None:
        """Call the webhook, as Telegram does."""
        assert self._post(update, SECRET).status_code == 200

    def calls(self, method: str) -> int:
        """How often a method was called."""
        return sum(each[0] == method for each in self.api.books()["calls"])

    def break_sending(self, person: Person) -> None:
        self.api.play("fault", method="sendMessage", fault="hang_up", times=-1, chat_id=user_of(person))

    def ask_to_wait(self, person: Person) -> None:
        self.api.play("fault", method="sendMessage", fault="flood", seconds=4, chat_id=user_of(person))

    def heal(self) -> None:
        self.api.play("heal")

    def close(self) -> None:
        self._running.close()

    def _post(self, update: dict[str, Any], secret: str) -> httpx.Response:
        assert self._chat is not None
        headers = {SECRET_HEADER: secret}
        return httpx.post(self._chat.url + WEBHOOK, json=update, headers=headers, timeout=30, trust_env=False)
