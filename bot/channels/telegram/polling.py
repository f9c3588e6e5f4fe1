"""Fetches updates where Telegram cannot call us. One of all chat processes does so at a time: Telegram serves one.

An update is fetched again until it is kept: only the next call tells Telegram that it has arrived.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from telegram import Bot
from telegram.error import Conflict, TelegramError

from backend.calling import call_service
from backend.ports import World
from backend.services import duties
from bot.channels.telegram.updates import KINDS

HELD_SECONDS = 20
"""So long Telegram holds a call open until there is something."""
LEASE = timedelta(seconds=60)
"""Longer than one call may take: afterwards another process may fetch."""
LOOK_SECONDS = 5.0
"""How often a process that does not fetch looks whether it has to, and one that fails tries again."""

log = logging.getLogger(__name__)
Take = Callable[[dict[str, Any]], Awaitable[None]]


class Poller:
    """Fetches for one bot while this process has the duty, and hands every update to `take`."""

    def __init__(self, world: World, bot: Bot, take: Take, look_seconds: float = LOOK_SECONDS) -> None:
        self._world, self._bot, self._take, self._look_seconds = world, bot, take, look_seconds
        self._duty = f"fetch updates of telegram bot {bot.token.partition(':')[0]}"
        self._holder = world.tokens.new(20)
        self._mine = False
        self._next: int | None = None

    async def run(self) -> None:
        """Fetch until cancelled."""
        while True:
            try:
                if await call_service(duties.take, self._world, self._duty, self._holder, LEASE):
                    await self._fetch()
                    continue
                self._mine = False
            except Conflict:
                log.warning("somebody else fetches with this bot's token: stop them, or give each its own bot")
            except (TelegramError, asyncio.TimeoutError) as error:
                log.warning("cannot fetch updates: %r", error)
            except Exception:  # the database may be away for a while: what was fetched comes again
                log.exception("cannot take updates")
            await asyncio.sleep(self._look_seconds)

    async def leave(self) -> None:
        """Let another process fetch at once; it would anyhow, once the lease is over."""
        try:
            await call_service(duties.leave, self._world, self._duty, self._holder)
        except Exception:
            log.exception("cannot leave the fetching to others")

    async def _fetch(self) -> None:
        if not self._mine:  # a webhook that is still set would keep everything from us
            await self._bot.delete_webhook()
            self._mine, self._next = True, None
        call = self._bot.get_updates(self._next, timeout=HELD_SECONDS, allowed_updates=KINDS)
        for update in await asyncio.wait_for(call, HELD_SECONDS + 10):
            await self._take(update.to_dict())
            self._next = update.update_id + 1
