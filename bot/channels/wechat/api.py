"""Calls of WeChat's API for an Official Account."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from wechatpy import WeChatClient

from backend.ports import World
from backend.settings import WeChatSettings
from bot.channels.wechat.calling import CONNECT_SECONDS, LIMIT_SECONDS, ApiRefused, Caller, SharedToken

_FILMS_COME_FROM = ".qq.com"

log = logging.getLogger(__name__)


class _Client(SharedToken, WeChatClient):
    """wechatpy's client with the token that all processes share, a time limit, and an address that can be set."""

    def __init__(self, world: World, settings: WeChatSettings) -> None:
        timeout = (CONNECT_SECONDS, LIMIT_SECONDS)
        super().__init__(settings.app_id, settings.app_secret, timeout=timeout, auto_retry=False)
        self.prepare(world, settings.url)

    def download(self, media_id: str) -> bytes:
        """What a customer sent; of a film WeChat only tells the address."""
        found = self.media.download(media_id)
        if isinstance(found, dict):
            found = self._http.get(self._of_wechat(str(found.get("video_url", ""))), timeout=self.timeout)
            found.raise_for_status()
        return bytes(found.content)

    def _of_wechat(self, url: str) -> str:
        host = urlsplit(url).hostname or ""
        if urlsplit(url).scheme not in ("http", "https") or not (host == self._host or host.endswith(_FILMS_COME_FROM)):
            raise ApiRefused(0, f"WeChat names a strange address: {url!r}")
        return url

    def new_token(self, refused: str) -> tuple[str, int]:
        """`stable_token` gives the same until it is over, unless it is forced."""
        token, seconds = self._stable_token(force=False)
        return self._stable_token(force=True) if token == refused else (token, seconds)

    def _stable_token(self, *, force: bool) -> tuple[str, int]:
        """`stable_token`, which calls of others do not make useless; wechatpy does not have it."""
        asked = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": force,
        }
        answered = self._http.post(f"{self.API_BASE_URL}stable_token", json=asked, timeout=self.timeout)
        answered.raise_for_status()
        said = answered.json()
        if "access_token" not in said:
            log.error("WeChat gives no access token: %s %s", said.get("errcode"), said.get("errmsg"))
            raise ApiRefused(int(said.get("errcode", 0)), str(said.get("errmsg", "")))
        return str(said["access_token"]), int(said["expires_in"])


class WeChatApi(Caller[_Client]):
    """One account's calls. Each raises ApiRefused, NeverSent or NoAnswer."""

    def __init__(self, world: World, settings: WeChatSettings) -> None:
        super().__init__(_Client(world, settings))

    async def send_text(self, openid: str, text: str) -> None:
        await self.call(lambda client: client.message.send_text(openid, text))

    async def send_menu(self, openid: str, text: str, items: Sequence[tuple[str, str]], below: str) -> None:
        """A text with (title, token) buttons below: a click comes back as a text with the token as `bizmsgmenuid`."""
        listed = [{"id": token, "content": title} for title, token in items]
        menu = {"head_content": text, "list": listed, "tail_content": below}
        await self.call(lambda client: client.message.send_msg_menu(openid, menu))

    async def send_image(self, openid: str, media_id: str) -> None:
        await self.call(lambda client: client.message.send_image(openid, media_id))

    async def send_video(self, openid: str, media_id: str) -> None:
        await self.call(lambda client: client.message.send_video(openid, media_id))

    async def send_template(self, openid: str, template_id: str, fields: dict[str, str]) -> None:
        filled = {name: {"value": value} for name, value in fields.items()}
        await self.call(lambda client: client.message.send_template(openid, template_id, filled))

    async def send_subscription(self, openid: str, template_id: str, fields: dict[str, str]) -> None:
        """A notice that the customer has agreed to get."""
        filled = {name: {"value": value} for name, value in fields.items()}
        await self.call(lambda client: client.message.send_subscribe_message(openid, template_id, filled))

    async def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Replace the account's menu by this one, in WeChat's own form."""
        await self.call(lambda client: client.menu.create(dict(menu)))

    async def download(self, media_id: str) -> bytes:
        """What a customer sent; WeChat keeps it for three days."""
        return await self.call(lambda client: client.download(media_id), fetching=True)
