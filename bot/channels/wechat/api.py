"""Calls of WeChat's API by wechatpy: in threads of our own, within five seconds, with the token that all share.

A call that nobody waits for any more is never begun, so one that was not begun may be made again.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from backend.ports import World
from backend.services import wechat
from backend.settings import WeChatSettings

LIMIT_SECONDS = 5.0
"""For one call, the wait for a free thread included."""
DOWNLOAD_SECONDS = 30.0
CONNECT_SECONDS = 3.0
THREADS = 8
STALE_TOKEN = frozenset({40001, 40014, 42001})
_FILMS_COME_FROM = ".qq.com"

log = logging.getLogger(__name__)
Result = TypeVar("Result")


class ApiRefused(Exception):
    """WeChat took the call and said no: its `errcode`, or an HTTP status as a negative number."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}")
        self.code = code


class NeverSent(Exception):
    """Nothing has gone out."""


class NoAnswer(Exception):
    """What was sent may have been taken."""


class WeChatApi:
    """One account's calls. Each raises ApiRefused, NeverSent or NoAnswer."""

    def __init__(self, world: World, settings: WeChatSettings) -> None:
        self._client = _Client(world, settings)
        self._sending = ThreadPoolExecutor(THREADS, thread_name_prefix="wechat")
        self._fetching = ThreadPoolExecutor(THREADS, thread_name_prefix="wechat-media")

    async def send_text(self, openid: str, text: str) -> None:
        await self._call(lambda client: client.message.send_text(openid, text))

    async def send_menu(self, openid: str, text: str, items: Sequence[tuple[str, str]], below: str) -> None:
        """A text with (title, token) buttons below: a click comes back as a text with the token as `bizmsgmenuid`."""
        listed = [{"id": token, "content": title} for title, token in items]
        menu = {"head_content": text, "list": listed, "tail_content": below}
        await self._call(lambda client: client.message.send_msg_menu(openid, menu))

    async def send_image(self, openid: str, media_id: str) -> None:
        await self._call(lambda client: client.message.send_image(openid, media_id))

    async def send_video(self, openid: str, media_id: str) -> None:
        await self._call(lambda client: client.message.send_video(openid, media_id))

    async def send_template(self, openid: str, template_id: str, fields: dict[str, str]) -> None:
        filled = {name: {"value": value} for name, value in fields.items()}
        await self._call(lambda client: client.message.send_template(openid, template_id, filled))

    async def send_subscription(self, openid: str, template_id: str, fields: dict[str, str]) -> None:
        """A notice that the customer has agreed to get."""
        filled = {name: {"value": value} for name, value in fields.items()}
        await self._call(lambda client: client.message.send_subscribe_message(openid, template_id, filled))

    async def upload(self, data: bytes, media_type: str) -> str:
        """A picture or film to be sent; its media id, good for three days."""
        kind, name = ("video", "video.mp4") if media_type.startswith("video/") else ("image", "photo.jpg")
        uploaded = await self._call(lambda client: client.media.upload(kind, (name, data, media_type)))
        return str(uploaded["media_id"])

    async def download(self, media_id: str) -> bytes:
        """What a customer sent; WeChat keeps it for three days."""
        return await self._call(lambda client: client.download(media_id), self._fetching, DOWNLOAD_SECONDS)

    async def close(self) -> None:
        """Begin no more; what is under way ends by its own time limit."""
        for threads in (self._sending, self._fetching):
            threads.shutdown(wait=False, cancel_futures=True)

    async def _call(
        self,
        do: Callable[["_Client"], Result],
        threads: ThreadPoolExecutor | None = None,
        limit: float = LIMIT_SECONDS,
    ) -> Result:
        attempt = Attempt()
        calling = (threads or self._sending).submit(self._do, do, attempt)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(calling), limit)
        except asyncio.TimeoutError as exc:
            if attempt.give_up():
                raise NoAnswer(f"no answer within {limit:.0f} s") from exc
            raise NeverSent(f"not begun within {limit:.0f} s") from exc

    def _do(self, do: Callable[["_Client"], Result], attempt: "Attempt") -> Result:
        self._client.here.attempt = attempt
        try:
            return do(self._client)
        except (NeverSent, NoAnswer):
            raise
        except Exception as exc:
            raise _meaning_of(exc, attempt) from exc


class Attempt:
    """One call: whether it has gone out, and whether anybody waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._given_up = False
        self.gone_out = False

    def begin(self) -> None:
        """It goes out now. Raises NeverSent when nobody waits for it any more."""
        with self._lock:
            if self._given_up:
                raise NeverSent("nobody waits for it any more")
            self.gone_out = True

    def give_up(self) -> bool:
        """Nobody waits any more; whether it had gone out."""
        with self._lock:
            self._given_up = True
            return self.gone_out


class _Client(WeChatClient):
    """wechatpy's client with the token that all processes share, a time limit, and an address that can be set."""

    def __init__(self, world: World, settings: WeChatSettings) -> None:
        timeout = (CONNECT_SECONDS, LIMIT_SECONDS)
        super().__init__(settings.app_id, settings.app_secret, timeout=timeout, auto_retry=False)
        self.API_BASE_URL = f"{settings.url}/cgi-bin/"
        self._world, self._host = world, urlsplit(settings.url).hostname
        self._http.trust_env = self._host != "127.0.0.1"  # a stand-in on this machine needs no proxy
        self.here = threading.local()

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

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """Send it, and once more with a new token when the one we had is refused."""
        params = kwargs.pop("params", None) or {}
        token = self._token()
        self.here.attempt.begin()
        try:
            return super()._request(method, url_or_endpoint, params={**params, "access_token": token}, **kwargs)
        except WeChatClientException as error:
            if error.errcode not in STALE_TOKEN:
                raise
        token = self._token(refused=token)
        self.here.attempt.begin()
        return super()._request(method, url_or_endpoint, params={**params, "access_token": token}, **kwargs)

    def _token(self, refused: str = "") -> str:
        def fetch() -> tuple[str, int]:
            token, seconds = self._stable_token(force=False)
            return self._stable_token(force=True) if token == refused else (token, seconds)

        try:
            return wechat.access_token(self._world, self.appid, fetch, refused=refused)
        except Exception as exc:
            raise NeverSent(f"no access token: {exc}") from exc

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


def _meaning_of(error: Exception, attempt: Attempt) -> Exception:
    match error:
        case ApiRefused():
            return error
        case WeChatClientException() if error.errcode is not None:
            return ApiRefused(error.errcode, error.errmsg)
        case WeChatClientException() if error.response is not None and error.response.status_code < 500:
            return ApiRefused(-error.response.status_code, "refused by its HTTP status")
    if not attempt.gone_out or _never_connected(error):
        return NeverSent(repr(error))
    return NoAnswer(repr(error))


def _never_connected(error: Exception) -> bool:
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError, requests.exceptions.SSLError)):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectionError) and isinstance(reason, NewConnectionError)
