"""Delivery to WeChat: into the answer of a call that waits, else as messages of our own as far as WeChat grants them.

Outside of what it grants a notice may go by a template of the account; all else waits until the customer writes.
"""

import asyncio
import time

from backend.calling import call_service
from backend.domain.conversation import Conversation, Message
from backend.domain.wechat import AnswerPart
from backend.ports import World
from backend.services import wechat
from backend.settings import WeChatSettings
from bot.channels.wechat import words
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.notice_templates import NoticeTemplates
from bot.channels.wechat.outcomes import Meaning
from bot.channels.wechat.writer import Writer
from bot.delivery import Held

ANSWER_SECONDS = 1.5
"""How long an answer that was hurried may take to be on its way."""
HEAD_START = 0.3
"""Seconds between an answer and what follows it: they take different ways."""
LOOK_SECONDS = 0.05


class WeChatSender(Writer):
    """Keeps `bot.delivery.Sender`."""

    def __init__(self, world: World, settings: WeChatSettings, api: WeChatApi) -> None:
        super().__init__(world, api)
        self.settings, self.api = settings, api
        self._templates = NoticeTemplates(settings.templates)

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Send it. Raises Refused, Unclear, Held or Busy."""
        openid = conversation.channel_user_id
        part = await asyncio.to_thread(self.part_of, message)
        pictured = "image" in message.payload
        only_answers = await asyncio.to_thread(self.answers_only)
        if only_answers and pictured:
            part, pictured = words.without_picture(part), False
        if not pictured and await asyncio.to_thread(self._put_into_answer, openid, part, alone=only_answers):
            return
        if only_answers:
            raise Held("the account may only answer")
        if not await call_service(wechat.follows, self._world, openid):
            raise Held("the customer has unsubscribed")
        await self._let_answer_go_first(openid)
        if not await self.write(openid, message, part):
            await self._send_template(openid, message)

    def answers_only(self) -> bool:
        """Whether the account may only answer: as the operator or WeChat itself says. Blocks."""
        return self.settings.passive_only or wechat.answers_only(self._world, self.settings.app_id)

    def remember(self, user: str, meaning: Meaning) -> None:
        super().remember(user, meaning)
        if meaning.answers_only:
            wechat.set_answers_only(self._world, self.settings.app_id)

    def _put_into_answer(self, openid: str, part: AnswerPart, *, alone: bool) -> bool:
        """`alone`: a part goes in by itself even if it is too long; what is left of it comes with the next answer."""
        return wechat.add_part(
            self._world, openid, part, lambda parts: words.fits(parts) or (alone and len(parts) == 1)
        )

    async def _let_answer_go_first(self, openid: str) -> None:
        hurried = await call_service(wechat.hurry, self._world, openid)
        if hurried is None:
            return
        until = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < until:
            call = await call_service(wechat.get_call, self._world, hurried.key)
            if call.reply or not call.parts:
                break
            await asyncio.sleep(LOOK_SECONDS)
        await asyncio.sleep(HEAD_START)

    async def _send_template(self, openid: str, message: Message) -> None:
        filled = self._templates.filled(message)
        if filled is None:
            raise Held("WeChat takes no more before the customer writes")
        send = self.api.send_subscription if filled.subscription else self.api.send_template
        await self.guard(openid, send(openid, filled.template_id, filled.fields))
