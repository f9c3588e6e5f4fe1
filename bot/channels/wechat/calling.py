"""Calls of a WeChat platform by wechatpy: in threads of our own, within five seconds, with the token that all share.

A call that nobody waits for any more is never begun, so one that was not begun may be made again.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NewConnectionError
from wechatpy.exceptions import WeChatClientException

from backend.ports import World
from backend.services import wechat

LIMIT_SECONDS = 5.0
"""For one call, the wait for a free thread included."""
DOWNLOAD_SECONDS = 30.0
CONNECT_SECONDS = 3.0
THREADS = 8
STALE_TOKEN = frozenset({40001, 40014, 42001})

Result = TypeVar("Result")


class ApiRefused(Exception):
    """WeChat took the call and said no: its `errcode`, or an HTTP status as a negative number."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(f"{code} {words}")
        self.code = code


class NeverSent(Exception):
    """Nothing has gone out."""


class NoToken(NeverSent):
    """The platform gives us no access token: somebody has to mend what is set up. `code` is its `errcode`."""

    def __init__(self, refused: ApiRefused) -> None:
        super().__init__(f"no access token: {refused}")
        self.code = refused.code


class NoAnswer(Exception):
    """What was sent may have been taken."""


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


class TokenClient(Protocol):
    """A client of wechatpy's that `SharedToken` is mixed into."""

    here: threading.local
    media: Any


Client = TypeVar("Client", bound=TokenClient)


class SharedToken:
    """For a client of wechatpy's: the token that all processes share, a time limit, an address that can be set."""

    appid: str
    timeout: Any
    _http: requests.Session

    def prepare(self, world: World, url: str) -> None:
        """To be called when the client is made."""
        self._world, self._host = world, urlsplit(url).hostname
        self.API_BASE_URL = f"{url}/cgi-bin/"
        self._http.trust_env = self._host != "127.0.0.1"  # a stand-in on this machine needs no proxy
        self.here = threading.local()

    def new_token(self, refused: str) -> tuple[str, int]:
        """A token other than the refused one, and for how many seconds it is good."""
        raise NotImplementedError

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        """Send it, and once more with a new token when the one we had is refused."""
        params = kwargs.pop("params", None) or {}
        token = self._token()
        self.here.attempt.begin()
        try:
            return self._send(method, url_or_endpoint, params={**params, "access_token": token}, **kwargs)
        except WeChatClientException as error:
            if error.errcode not in STALE_TOKEN:
                raise
        token = self._token(refused=token)
        self.here.attempt.begin()
        return self._send(method, url_or_endpoint, params={**params, "access_token": token}, **kwargs)

    def _token(self, refused: str = "") -> str:
        try:
            return wechat.access_token(self._world, self.appid, lambda: self.new_token(refused), refused=refused)
        except ApiRefused as exc:
            raise NoToken(exc) from None
        except Exception as exc:
            raise NeverSent(f"no access token: {_named(exc)}") from None

    def _send(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        return super()._request(method, url_or_endpoint, **kwargs)  # type: ignore[misc]  # wechatpy's


class Caller(Generic[Client]):
    """Makes the calls of one client; each raises ApiRefused, NeverSent or NoAnswer."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._sending = ThreadPoolExecutor(THREADS, thread_name_prefix="wechat")
        self._fetching = ThreadPoolExecutor(THREADS, thread_name_prefix="wechat-media")

    async def close(self) -> None:
        """Begin no more; what is under way ends by its own time limit."""
        for threads in (self._sending, self._fetching):
            threads.shutdown(wait=False, cancel_futures=True)

    async def call(
        self,
        do: Callable[[Client], Result],
        *,
        fetching: bool = False,
    ) -> Result:
        """`fetching`: what may take longer, and holds up nothing that goes out."""
        attempt, limit = Attempt(), DOWNLOAD_SECONDS if fetching else LIMIT_SECONDS
        threads = self._fetching if fetching else self._sending
        calling = threads.submit(self._do, do, attempt)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(calling), limit)
        except asyncio.TimeoutError as exc:
            if attempt.give_up():
                raise NoAnswer(f"no answer within {limit:.0f} s") from exc
            raise NeverSent(f"not begun within {limit:.0f} s") from exc

    async def upload(self, data: bytes, media_type: str) -> str:
        """A picture or film to be sent; its media id, good for three days."""
        kind, name = ("video", "video.mp4") if media_type.startswith("video/") else ("image", "photo.jpg")
        uploaded = await self.call(lambda client: client.media.upload(kind, (name, data, media_type)))
        return str(uploaded["media_id"])

    def _do(self, do: Callable[[Client], Result], attempt: "Attempt") -> Result:
        self._client.here.attempt = attempt
        try:
            return do(self._client)
        except (NeverSent, NoAnswer):
            raise
        except Exception as exc:
            raise _meaning_of(exc, attempt) from None  # its words hold addresses with tokens


def _meaning_of(error: Exception, attempt: Attempt) -> Exception:
    match error:
        case ApiRefused():
            return error
        case WeChatClientException() if error.errcode is not None:
            return ApiRefused(error.errcode, error.errmsg)
        case WeChatClientException() if error.response is not None and error.response.status_code < 500:
            return ApiRefused(-error.response.status_code, "refused by its HTTP status")
    if not attempt.gone_out or _never_connected(error):
        return NeverSent(_named(error))
    return NoAnswer(_named(error))


def _named(error: Exception) -> str:
    """An error without what was called: addresses of this platform hold secrets."""
    return str(error) if isinstance(error, (ApiRefused, wechat.TokenNotFetched)) else type(error).__name__


def _never_connected(error: Exception) -> bool:
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError, requests.exceptions.SSLError)):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectionError) and isinstance(reason, NewConnectionError)
