"""The Telegram channel in this process: the real line, router, sender and database against the stand-in of the Bot API,
with a dialogue that does as it is told.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from backend.adapters.database import DatabaseUnitOfWork
from backend.adapters.inbox_tables import platform_update
from backend.domain.conversation import Conversation, Message
from backend.ports import World
from backend.services import conversations
from backend.settings import Settings, TelegramSettings, read_settings
from bot.channels.chat_server import ChatServer
from bot.channels.senders import close_senders, open_senders
from bot.channels.telegram.line import Line
from bot.channels.telegram.sender import CHANNEL
from bot.channels.webchat.tokens import SessionTokens
from bot.delivery import deliver
from bot.live import Live
from bot.router import Router
from bot.sandbox.telegram_api import TelegramApi
from bot.sandbox.telegram_books import Books, Sent
from tests.telegram import TOKEN, says
from tests.unit.bot.dialogues import ScriptedDialogue
from tests.waiting import PATIENCE_SECONDS

USER = 42
"""For a busy machine; nothing waits for it to pass."""


@dataclass
class Telegram:
    """The stand-in, the line, and what lies between."""

    api: TelegramApi
    books: Books
    world: World
    dialogue: ScriptedDialogue
    router: Router
    settings: TelegramSettings
    chat: ChatServer

    def do(self, body: dict[str, Any]) -> int:
        """A customer does something; the number of the update."""
        return self.api.bring(body)

    async def ask(self, text: str = "", user: int = USER, **content: Any) -> list[Sent]:
        """Say something; what came of it, once something did."""
        return await self.ask_as(says(user, text, **content), user)

    async def ask_as(self, body: dict[str, Any], user: int = USER) -> list[Sent]:
        """Do something; what came of it, once something did."""
        before = len(self.sent(user))
        self.do(body)
        await self.until(lambda: len(self.sent(user)) > before)
        await self.idle()
        return self.sent(user)[before:]

    def sent(self, user: int = USER) -> list[Sent]:
        """What the customer reads, without the welcome."""
        return [each for each in self.books.sent if each.chat_id == user and not each.text.startswith("您好，这里是")]

    def texts(self, user: int = USER) -> list[str]:
        return [each.text for each in self.sent(user)]

    async def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not true():
            assert time.monotonic() < deadline, f"not yet: {self.books.sent}"
            await asyncio.sleep(0.01)

    async def idle(self) -> None:
        """Until everything that was brought is taken, and everything that is to be said is said."""
        await self.until(lambda: not self.books.updates)
        await self.until(lambda: not self._undone())
        await self.router.drain()
        await deliver(self.world, self.chat.senders)

    def conversation(self, user: int = USER) -> Conversation:
        return conversations.open_conversation(self.world, CHANNEL, str(user))

    def rows(self, user: int = USER) -> list[Message]:
        """The transcript without the welcome."""
        return conversations.transcript(self.world, self.conversation(user).id, 1)

    def _undone(self) -> bool:
        with self.world.read() as work:
            query = select(func.count()).where(platform_update.c.done_at.is_(None))
            return bool(cast(DatabaseUnitOfWork, work).connection.execute(query).scalar())


@asynccontextmanager
async def telegram_line(world: World, settings: Settings, books: Books | None = None) -> AsyncIterator[Telegram]:
    """A line that polls, at work for the block."""
    api = TelegramApi(TOKEN, books or Books())
    async with TestServer(api.app()) as server:
        url = f"http://127.0.0.1:{server.port}"
        given = {"ANXIN_VAR": str(settings.var), "ANXIN_TELEGRAM_TOKEN": TOKEN, "ANXIN_TELEGRAM_URL": url}
        settings = read_settings(given)
        assert settings.telegram is not None
        dialogue, senders = ScriptedDialogue(), open_senders(world, settings)
        live = Live(world, lambda conversation_id: deliver(world, senders, conversation_id))
        router = Router(world, dialogue, live, senders)
        chat = ChatServer(world, settings, router, live, senders, SessionTokens("key", world.clock))
        line = Line(chat, settings.telegram)
        line.start()
        try:
            yield Telegram(api, api.books, world, dialogue, router, settings.telegram, chat)
        finally:
            await line.stop()
            await router.drain()
            await close_senders(senders)
