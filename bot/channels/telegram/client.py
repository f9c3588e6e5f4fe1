"""The Bot API's client with time limits of our own, and what its errors mean for a message that was to be sent."""

import asyncio
import logging
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

os.environ.setdefault("PTB_TIMEDELTA", "1")  # what 22.2 announces: periods are timedelta

import httpx
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from backend.settings import TelegramSettings
from bot.delivery import Busy, Held, Refused, Unclear

PATIENCE_SECONDS = 8.0
"""How long the platform may take for one answer."""
CONNECT_SECONDS = 3.0
AWAY_SECONDS = 5.0
"""A platform that cannot be reached is tried again after so long."""
MISCONFIGURED_SECONDS = 60.0
"""A token that is not taken is tried again after so long: nothing is lost until somebody gives the right one."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_FOR_GOOD = ("deactivated",)
BLOCKED = "blocked"
"""Stands in the words of a refusal when the customer has shut the chat."""

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it logs every URL, and the token is part of it


@dataclass(frozen=True)
class Client:
    """The library's bot, and the connections that it uses."""

    bot: Bot
    connections: tuple[HTTPXRequest, HTTPXRequest]

    async def close(self) -> None:
        """Let go of connections. The bot's own `shutdown` does so only after an `initialize`, which calls the API."""
        await asyncio.gather(*(each.shutdown() for each in self.connections))


def open_client(settings: TelegramSettings, connections: int = 64, patience: float = PATIENCE_SECONDS) -> Client:
    """A client with connections of its own. Nothing is called yet."""
    calls, fetches = _requests(settings.url, connections, patience), _requests(settings.url, 1, patience)
    bot = Bot(
        settings.token,
        base_url=f"{settings.url}/bot",
        base_file_url=f"{settings.url}/file/bot",
        request=calls,
        get_updates_request=fetches,
    )
    return Client(bot, (calls, fetches))


def outcome_of(error: TelegramError) -> Exception:
    """What an error means for the message: Refused, Held, Busy or Unclear.

    A 5xx tells nothing: the message may have been taken before it.
    """
    match error:
        case RetryAfter():
            return Busy(_seconds(error))
        case Forbidden() if any(word in error.message for word in _FOR_GOOD):
            return Refused(error.message)
        case Forbidden():  # blocked, or never started: both end when the customer writes
            return Held(error.message)
        case BadRequest() | ChatMigrated():
            return Refused(error.message)
        case InvalidToken() | Conflict():
            return Busy(MISCONFIGURED_SECONDS)
    return Busy(AWAY_SECONDS) if isinstance(error.__cause__, _NEVER_SENT) else Unclear(str(error))


def _requests(url: str, connections: int, patience: float) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=patience,
        write_timeout=patience,
        media_write_timeout=patience,
        pool_timeout=1,
        # A proxy is taken from HTTPS_PROXY; a stand-in on this machine needs none.
        httpx_kwargs={"trust_env": urlsplit(url).hostname != "127.0.0.1"},
    )


def _seconds(error: RetryAfter) -> float:
    period = error.retry_after
    return float(period) if isinstance(period, int) else period.total_seconds()
