"""Delivery to WeCom's customers: five messages within two days of one of theirs, the rest when they write again."""

import asyncio

from backend.domain.conversation import Conversation, Message
from backend.ports import World
from backend.settings import WeComSettings
from bot.channels.wechat.writer import Writer
from bot.channels.wecom.api import WeComApi
from bot.delivery import Held


class WeComSender(Writer):
    """Keeps `bot.delivery.Sender`."""

    def __init__(self, world: World, settings: WeComSettings, api: WeComApi) -> None:
        super().__init__(world, api)
        self.settings, self.api = settings, api

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Send it. Raises Refused, Unclear, Held or Busy."""
        part = await asyncio.to_thread(self.part_of, message)
        if not await self.write(conversation.channel_user_id, message, part):
            raise Held("WeCom takes no more before the customer writes")
