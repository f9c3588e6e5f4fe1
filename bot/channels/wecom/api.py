"""Calls of WeCom's API for customer service, by wechatpy's client for companies; it has no names for these calls."""

import logging
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from wechatpy.enterprise.client import WeChatClient

from backend.ports import World
from backend.settings import WeComSettings
from bot.channels.wechat.calling import CONNECT_SECONDS, LIMIT_SECONDS, ApiRefused, Caller, SharedToken
from bot.channels.wecom.users import User

PAGE = 200
"""Messages that are asked for at once; WeCom gives a thousand at most."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Page:
    """Messages in their order, where to read on, and whether there is more now (there may be, after an empty page)."""

    messages: tuple[dict[str, Any], ...]
    cursor: str
    more: bool


class _Client(SharedToken, WeChatClient):
    """wechatpy's client with the token that all processes share, a time limit, and an address that can be set."""

    def __init__(self, world: World, settings: WeComSettings) -> None:
        timeout = (CONNECT_SECONDS, LIMIT_SECONDS)
        super().__init__(settings.corp_id, settings.secret, timeout=timeout, auto_retry=False)
        self.prepare(world, settings.url)

    def new_token(self, refused: str) -> tuple[str, int]:
        """WeCom gives the same until it is over, and a new one as soon as it takes the old no more."""
        asked = {"corpid": self.corp_id, "corpsecret": self.secret}
        answered = self._http.get(f"{self.API_BASE_URL}gettoken", params=asked, timeout=self.timeout)
        answered.raise_for_status()
        said = answered.json()
        if said.get("errcode") != 0:
            log.error("WeCom gives no access token: %s %s", said.get("errcode"), said.get("errmsg"))
            raise ApiRefused(int(said.get("errcode", 0)), str(said.get("errmsg", "")))
        return str(said["access_token"]), int(said["expires_in"])


class WeComApi(Caller[_Client]):
    """One company's calls. Each raises ApiRefused, NeverSent or NoAnswer. Customers are named as in `users`."""

    def __init__(self, world: World, settings: WeComSettings) -> None:
        super().__init__(_Client(world, settings))
        self._code = ""

    def greeting(self, code: str) -> "WeComApi":
        """The same calls, of which one message goes to whoever came with this code."""
        greeting = copy(self)
        greeting._code = code
        return greeting

    async def read(self, open_kfid: str, cursor: str, token: str) -> Page:
        """What came after the cursor; `token` is what WeCom's call brought, without it few calls are allowed."""
        asked = {"open_kfid": open_kfid, "cursor": cursor, "token": token, "limit": PAGE}
        said = await self.call(lambda client: client.post("kf/sync_msg", data=asked), fetching=True)
        return Page(tuple(said.get("msg_list", ())), str(said["next_cursor"]), said.get("has_more") == 1)

    async def send_text(self, openid: str, text: str) -> None:
        await self._send(openid, "text", {"content": text})

    async def send_menu(self, openid: str, text: str, items: Sequence[tuple[str, str]], below: str) -> None:
        """A text with (title, token) buttons below: a click comes back as a text with the token as `menu_id`."""
        listed = [{"type": "click", "click": {"id": token, "content": title}} for title, token in items]
        await self._send(openid, "msgmenu", {"head_content": text, "list": listed, "tail_content": below})

    async def send_image(self, openid: str, media_id: str) -> None:
        await self._send(openid, "image", {"media_id": media_id})

    async def send_video(self, openid: str, media_id: str) -> None:
        await self._send(openid, "video", {"media_id": media_id})

    async def download(self, media_id: str) -> bytes:
        """What a customer sent; WeCom keeps it for three days."""
        asked = {"media_id": media_id}
        found = await self.call(lambda client: client.get("media/get", params=asked), fetching=True)
        return bytes(found.content)

    async def _send(self, openid: str, kind: str, content: dict[str, Any]) -> None:
        if self._code:
            said = {"code": self._code, "msgtype": kind, kind: content}
            await self.call(lambda client: client.post("kf/send_msg_on_event", data=said))
            return
        user = User.of(openid)
        sent = {"touser": user.external_id, "open_kfid": user.open_kfid, "msgtype": kind, kind: content}
        await self.call(lambda client: client.post("kf/send_msg", data=sent))
