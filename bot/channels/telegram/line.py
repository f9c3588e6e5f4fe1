"""The bot at work in a chat process: makes itself known to Telegram, takes updates, leaves groups."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

from telegram import BotCommand
from telegram.constants import ChatAction
from telegram.error import TelegramError

from backend.calling import call_service
from backend.settings import TelegramSettings
from bot import wording
from bot.channels.chat_server import ChatServer
from bot.channels.intake import Intake
from bot.channels.telegram import presses
from bot.channels.telegram.client import AWAY_SECONDS, open_client
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.reader import TelegramReader
from bot.channels.telegram.sender import CHANNEL
from bot.channels.telegram.updates import KINDS, NotAnUpdate, group_of, pressed_token, update_of
from bot.wording.commands import commands

log = logging.getLogger(__name__)


class Line:
    """From `start` to `stop`."""

    def __init__(self, chat: ChatServer, settings: TelegramSettings) -> None:
        self._world, self._settings = chat.world, settings
        self._client = open_client(settings)
        self._bot = self._client.bot
        reader = TelegramReader(chat.world, self._bot, lambda chat_id: self._do(self._type(chat_id)))
        self._intake = Intake(chat.world, chat.router, CHANNEL, reader)
        self._poller = None if settings.webhook_url else Poller(chat.world, self._bot, self._take_fetched)
        self._running: list[asyncio.Task[None]] = []
        self._small: set[asyncio.Task[None]] = set()
        self._leaving: set[int] = set()

    def start(self) -> None:
        """Begin; Telegram may be away."""
        self._run(self._introduce())
        self._run(self._intake.sweep())
        if self._poller is not None:
            self._run(self._poller.run())

    async def stop(self) -> None:
        """Take no more; what is in hand is finished."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._poller is not None:
            await self._poller.leave()
        await self._intake.drain()
        await asyncio.gather(*self._small, return_exceptions=True)
        await self._client.close()

    async def take(self, body: Mapping[str, Any]) -> None:
        """Keep an update, and have it read in the background. Raises NotAnUpdate."""
        group = group_of(body)
        if group is not None:
            self._leave(group)
            return
        update = update_of(body)
        if update is None:
            return
        token = pressed_token(body)
        if token is None:
            await self._intake.keep(update)
            return
        state = await call_service(presses.state_of, self._world, update.channel_user_id, token)
        if await self._intake.keep(update):
            self._do(presses.answer(self._bot, body, state))

    async def _take_fetched(self, body: dict[str, Any]) -> None:
        try:
            await self.take(body)
        except NotAnUpdate as exc:
            log.warning("an update cannot be read and is passed over: %s", exc)

    async def _introduce(self) -> None:
        """Tell Telegram our commands and where to call, until it has heard."""
        while True:
            try:
                await self._bot.set_my_commands([BotCommand(name, each.title) for name, each in commands().items()])
                if self._settings.webhook_url:
                    await self._bot.set_webhook(
                        self._settings.webhook_url, secret_token=self._settings.secret, allowed_updates=KINDS
                    )
                return
            except TelegramError as error:
                log.warning("Telegram does not hear of us yet: %s", error)
            await asyncio.sleep(AWAY_SECONDS)

    async def _type(self, chat_id: str) -> None:
        """Telegram shows it for five seconds, or until the answer comes; whatever goes wrong with it does no harm."""
        try:
            await self._bot.send_chat_action(int(chat_id), ChatAction.TYPING)
        except TelegramError as error:
            log.info("cannot show that an answer is written: %s", error)

    def _leave(self, group: int) -> None:
        """Say once that orders are nobody else's business, and go."""
        if group not in self._leaving:
            self._leaving.add(group)
            self._do(self._say_and_leave(group))

    async def _say_and_leave(self, group: int) -> None:
        try:
            await self._bot.send_message(group, wording.error_message("private_only"))
        except TelegramError as error:
            log.info("cannot speak in group %s: %s", group, error)
        try:
            await self._bot.leave_chat(group)
        except TelegramError as error:
            log.info("cannot leave group %s: %s", group, error)
        finally:
            self._leaving.discard(group)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._running.append(asyncio.create_task(work))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._small.add(task)
        task.add_done_callback(self._small.discard)
