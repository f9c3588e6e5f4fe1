"""WeCom at work in a chat process: reads what there is, page by page, and keeps how far it has come.

A page is kept before its cursor is, and every message once by its own number: whoever dies between the two, or reads at
the same time as another, repeats what does no harm. Accounts that are known are looked at now and then, for calls that
nobody took.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timezone

from backend.calling import call_service
from backend.domain.inbox import PlatformUpdate
from backend.domain.wechat import AFTER_MESSAGE
from backend.services import wechat, wecom
from bot.channels.chat_server import ChatServer
from bot.channels.intake import Intake
from bot.channels.wechat.calling import ApiRefused, NeverSent, NoAnswer
from bot.channels.wechat.reader import WeChatReader
from bot.channels.wecom.gate import News, WeComGate
from bot.channels.wecom.sender import CHANNEL
from bot.channels.wecom.sending import WeComSender
from bot.channels.wecom.updates import ENTERS, update_of
from bot.locks import KeyedLocks

LOOK_SECONDS = 60.0
"""WeCom allows few readings without the token of a call."""

log = logging.getLogger(__name__)


class Line:
    """From `start` to `stop`."""

    def __init__(self, chat: ChatServer, sender: WeComSender) -> None:
        self._world, self._sender, self._api = chat.world, sender, sender.api
        self._gate = WeComGate(sender.settings, chat.world.clock)
        self._intake = Intake(chat.world, chat.router, CHANNEL, WeChatReader(chat.world, chat.router, sender.api))
        self._locks = KeyedLocks()
        self._reading: set[asyncio.Task[None]] = set()
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin with what was left."""
        self._running = [asyncio.create_task(work) for work in (self._intake.sweep(), self._keep_looking())]

    async def stop(self) -> None:
        """Take no more; what is in hand is finished."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, *self._reading, return_exceptions=True)
        await self._intake.drain()

    def echo(self, query: Mapping[str, str]) -> str:
        """The answer to a call that only looks whether we are there. Raises NotLetIn."""
        return self._gate.echo(query)

    def take(self, query: Mapping[str, str], body: bytes) -> None:
        """Let a call in and read what it tells of in the background. Raises NotLetIn."""
        news = self._gate.open(query, body)
        if news is not None:
            task = asyncio.create_task(self._read(news))
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)

    async def _read(self, news: News) -> None:
        try:
            async with self._locks.hold(news.open_kfid):
                while await self._read_page(news):
                    continue
        except (ApiRefused, NeverSent, NoAnswer) as exc:
            log.warning("WeCom's %s cannot be read for now: %s", news.open_kfid, exc)
        except Exception:  # the database may be away for a while
            log.exception("WeCom's %s cannot be read", news.open_kfid)

    async def _read_page(self, news: News) -> bool:
        """Keep one page; whether there is more."""
        cursor = await call_service(wecom.cursor_of, self._world, news.open_kfid)
        page = await self._api.read(news.open_kfid, cursor, news.token)
        for message in page.messages:
            update = update_of(message)
            if update is not None:
                await self._let_write(update)
                await self._intake.keep(update)
        if page.cursor and page.cursor != cursor:
            await call_service(wecom.keep_cursor, self._world, news.open_kfid, page.cursor)
        return page.more and page.cursor != cursor

    async def _let_write(self, update: PlatformUpdate) -> None:
        """A message lets us send five of ours, a coming one, if that is at once."""
        user = update.channel_user_id
        if update.body["kind"] == ENTERS:
            self._sender.may_greet(user, update.body["code"], datetime.fromtimestamp(update.ranking, timezone.utc))
        else:
            await call_service(wechat.grant, self._world, user, AFTER_MESSAGE)

    async def _keep_looking(self) -> None:
        while True:
            try:
                for open_kfid in await call_service(wecom.known_accounts, self._world):
                    await self._read(News(open_kfid, ""))
            except Exception:  # the database may be away for a while
                log.exception("cannot look for what WeCom has")
            await asyncio.sleep(LOOK_SECONDS)
