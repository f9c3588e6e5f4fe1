"""The account at work in a chat process: keeps what a call brings and answers it with what comes of it in time.

A call waits for its turn of the bot until WeChat's five seconds are nearly over. One that WeChat repeats meanwhile
waits for the same turn and gets the same answer, in whichever process; so does one repeated after a restart. What comes
too late goes out as messages of our own, or with the next answer.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from backend.calling import call_service
from backend.domain.inbox import PlatformUpdate
from backend.domain.wechat import OpenCall
from backend.services import wechat
from backend.services.conversations import open_conversation
from bot.channels.chat_server import ChatServer
from bot.channels.intake import Intake
from bot.channels.wechat import words
from bot.channels.wechat.gate import Gate
from bot.channels.wechat.reader import WeChatReader
from bot.channels.wechat.sender import CHANNEL
from bot.channels.wechat.sending import WeChatSender
from bot.channels.wechat.updates import grant_of, update_of
from bot.live import Listener

LOOK_SECONDS = 0.25
"""Between looks at a call that another process may answer, or hurry."""

UNHEARD_SECONDS = 5.0

log = logging.getLogger(__name__)


class Line:
    """From `start` to `stop`."""

    def __init__(self, chat: ChatServer, sender: WeChatSender) -> None:
        self._world, self._live, self._sender = chat.world, chat.live, sender
        self._intake = Intake(chat.world, chat.router, CHANNEL, WeChatReader(chat.world, chat.router, sender.api))
        self._gate = Gate(sender.settings, chat.world.clock)
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin with what was left."""
        self._running = [asyncio.create_task(work) for work in (self._intake.sweep(), self._keep_taking_back())]

    async def stop(self) -> None:
        """Take no more; what is in hand is finished."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._intake.drain()

    def check(self, query: Mapping[str, str]) -> None:
        """A call that only looks whether we are there. Raises NotLetIn."""
        self._gate.check(query)

    async def take(self, query: Mapping[str, str], body: bytes, is_heard: Callable[[], bool]) -> str:
        """Let a call in, keep what it brings; the response's body, empty for no answer in time. Raises NotLetIn.

        An answer counts as handed over when WeChat still listens (`is_heard`); else it is given when the call is
        repeated, or with the answer to another.
        """
        message = self._gate.open(query, body)
        update = update_of(message)
        answer = "" if update is None else await self._answer_to(update)
        if update is None or not answer:
            return ""
        if is_heard():
            await call_service(wechat.hand_over, self._world, update.key, words.left_of)
        return self._gate.answer(query, message, answer)

    async def _answer_to(self, update: PlatformUpdate) -> str:
        openid = update.channel_user_id
        call = await call_service(wechat.open_call, self._world, update.key, openid, grant_of(update))
        if call.reply:
            return call.reply
        conversation = await call_service(open_conversation, self._world, CHANNEL, openid)
        async with self._live.listen(conversation.id) as listener:
            await self._intake.keep(update)
            settled = await self._settled(call, conversation.id, listener)
        return await asyncio.to_thread(self._answer, update.key, conversation.id, settled=settled)

    async def _settled(self, call: OpenCall, conversation_id: str, listener: Listener) -> bool:
        """Wait until all is said; False when the time is up first."""
        while True:
            if await call_service(wechat.is_settled, self._world, CHANNEL, call.key, conversation_id):
                return True
            call = await call_service(wechat.get_call, self._world, call.key)
            left = (call.until - self._world.clock.now()).total_seconds()
            if call.reply or left <= 0:
                return False
            await listener.wait(min(left, LOOK_SECONDS))

    def _answer(self, key: str, conversation_id: str, *, settled: bool) -> str:
        """Fix the answer with what is there; somebody who adds to it at the same moment makes us look again."""
        late = not settled and self._sender.answers_only()
        while True:
            call = wechat.get_call(self._world, key)
            if call.reply:
                return call.reply
            more = late or wechat.has_waiting(self._world, conversation_id)
            text, _ = words.answer_of(call.parts, more=more, settled=settled)
            if wechat.end_call(self._world, call, text):
                return text

    async def _keep_taking_back(self) -> None:
        """What WeChat did not wait for goes out otherwise."""
        while True:
            try:
                await call_service(wechat.take_back_unheard, self._world)
            except Exception:  # the database may be away for a while
                log.exception("cannot look for answers that WeChat did not wait for")
            await asyncio.sleep(UNHEARD_SECONDS)
