"""Delivery to WeCom's customers: five messages within two days of one of theirs, the rest when they write again.

Whoever comes after two days may be greeted with one message, within some seconds, before they have said anything.
"""

import asyncio
from datetime import datetime, timedelta

from backend.domain.conversation import Conversation, Message
from backend.domain.wechat import AnswerPart
from backend.ports import World
from backend.settings import WeComSettings
from bot.channels.wechat.bubbles import bubbles_of
from bot.channels.wechat.writer import Writer
from bot.channels.wecom.api import WeComApi
from bot.delivery import Held, Refused

GREETED_WITHIN = timedelta(seconds=18)
"""WeCom takes a code for 20 seconds (its page on messages in answer to events)."""


class WeComSender(Writer):
    """Keeps `bot.delivery.Sender`."""

    def __init__(self, world: World, settings: WeComSettings, api: WeComApi) -> None:
        super().__init__(world, api)
        self.settings, self.api = settings, api
        self._codes: dict[str, tuple[str, datetime]] = {}

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Send it. Raises Refused, Unclear, Held or Busy."""
        user = conversation.channel_user_id
        part = await asyncio.to_thread(self.part_of, message)
        if await self.write(user, message, part) or await self._greet(user, message, part):
            return
        raise Held("WeCom takes no more before the customer writes")

    def may_greet(self, user: str, code: str, since: datetime) -> None:
        """The customer has just come: one message may go to them by this code, from this process."""
        now = self._world.clock.now()
        self._codes = {each: known for each, known in self._codes.items() if known[1] > now}
        self._codes[user] = (code, since + GREETED_WITHIN)

    async def _greet(self, user: str, message: Message, part: AnswerPart) -> bool:
        """Send a row by the code that the customer came with, if there is one and the row is one message."""
        bubbles = bubbles_of(part, message.payload.get("buttons") or (), None)
        if len(bubbles) != 1 or "image" in message.payload:
            return False
        code, until = self._codes.pop(user, ("", self._world.clock.now()))
        if until <= self._world.clock.now():
            return False
        try:
            await self.guard(user, bubbles[0].send(self.api.greeting(code), user))
        except Refused as exc:
            raise Held(f"WeCom takes the code no more: {exc}") from exc
        return True
