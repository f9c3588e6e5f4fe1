"""WeChat: the stand-in signs and encrypts by wechatpy's own crypto, and refuses what WeChat refuses."""

import itertools
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import httpx

from backend.ports import World
from backend.services.conversations import open_conversation
from bot.channels.wechat.sender import CHANNEL
from tests.channels.chat_server import ChatProcess
from tests.channels.drivers import Person
from tests.channels.wechat_side import WeChatSide, running_side, settings_for
from tests.ports import free_port

_numbers = itertools.count(int(time.time() * 1000) * 1000)
SENDING = "message/custom/send"


class Follower:
    """Keeps `drivers.Person`: somebody who follows the account."""

    def __init__(self, side: WeChatSide) -> None:
        self._side, self._phone = side, side.customer()

    def conversation(self, world: World) -> str:
        return open_conversation(world, CHANNEL, self._phone.openid).id

    def send(self, text: str) -> None:
        self._bring(Content=text)

    def send_repeated(self, text: str) -> None:
        self._phone.bring(copies=3, Content=text)

    def send_photos(self, *photos: bytes) -> None:
        for photo in photos:
            self._bring(MsgType="image", PicUrl="http://127.0.0.1:9/x.jpg", MediaId=self._side.photo(photo))

    def press(self, title: str) -> None:
        newest = next(row for row in reversed(self._phone.shown()) if title in (row.get("text") or ""))
        number = next(line[0] for line in newest["text"].splitlines() if line.endswith(f". {title}"))
        self.send(number)

    def send_in_wrong_order(self, first: str, second: str) -> None:
        earlier, later = str(next(_numbers)), str(next(_numbers))
        self._phone.bring(Content=second, MsgId=later)
        self._phone.bring(Content=first, MsgId=earlier)

    def send_unread(self, photo: bytes) -> None:
        self._side.fault("media/get", "hang")
        fields = {"MsgType": "image", "PicUrl": "x", "MediaId": self._side.photo(photo)}
        url = f"{self._side.url}/sandbox/customers/{self._phone.openid}/messages"
        try:
            httpx.post(url, json={"fields": fields}, trust_env=False, timeout=2)
        except httpx.ReadTimeout:
            return
        raise AssertionError("the photo was taken after all")

    def read(self) -> list[str]:
        return [row["text"] for row in self._phone.shown() if row.get("text")]

    def _bring(self, **fields: Any) -> None:
        self._phone.bring(MsgId=str(next(_numbers)), **fields)


class WeChatDriver:
    """Keeps `drivers.Driver`."""

    channel, albums, held_after_days = CHANNEL, False, True

    def __init__(self) -> None:
        self._running, self._port = ExitStack(), free_port()
        self.side: WeChatSide = self._running.enter_context(running_side(self._port))
        self._chat: ChatProcess | None = None

    def settings(self) -> Mapping[str, str]:
        return settings_for(self._port)

    def chat_started(self, chat: ChatProcess) -> None:
        self._chat = chat
        self.side.calls(chat)

    def person(self) -> Follower:
        return Follower(self.side)

    def forge(self, text: str) -> tuple[str, int]:
        assert self._chat is not None
        openid = f"oForged{next(_numbers)}"
        at = str(int(time.time()))
        fields = f"<FromUserName>{openid}</FromUserName><CreateTime>{at}</CreateTime><MsgType>text</MsgType>"
        body = f"<xml><ToUserName>g</ToUserName>{fields}<Content>{text}</Content><MsgId>{at}</MsgId></xml>"
        query = {"timestamp": at, "nonce": "n", "signature": "0" * 40, "msg_signature": "0" * 40}
        url = f"{self._chat.url}/webhooks/wechat/messages"
        return openid, httpx.post(url, params=query, content=body.encode(), trust_env=False, timeout=60).status_code

    def break_sending(self, person: Person) -> None:
        self.side.fault(SENDING, "never", times=1)

    def ask_to_wait(self, person: Person) -> None:
        self.side.fault(SENDING, "busy", times=1)

    def heal(self) -> None:
        """What was ordered has happened."""

    def close(self) -> None:
        self._running.close()
