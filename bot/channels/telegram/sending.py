"""Sends to Telegram: a row becomes one call or more, at the pace that the platform asks for.

What has been asked for and not answered may have arrived, so nothing is sent twice by itself.
"""

import asyncio
import time
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import TelegramError

from backend.calling import call_service
from backend.domain.conversation import Author, Conversation, Message
from backend.errors import EvidenceNotFound
from backend.ports import World
from backend.services.conversations import customer_left
from backend.services.evidence import read_evidence
from bot.channels.telegram.bubbles import Bubble, Keyboard, bubbles_of
from bot.channels.telegram.client import BLOCKED, Client, outcome_of
from bot.channels.telegram.pace import Pace
from bot.delivery import Busy, Held, Refused, Unclear

CALL_SECONDS = 15.0
"""For one call, whatever hangs; more than its connection's own limits together (1 + 3 + 8): those tell whether
anything was sent, and this does not."""
ROW_SECONDS = 20.0
"""For all calls of a row: its lease must not end before them."""
SHORT_WAIT = 3.0
"""Seconds: when Telegram asks to wait no longer than this, we do."""
_PLAIN = LinkPreviewOptions(is_disabled=True)


class TelegramSender:
    """Keeps `bot.delivery.Sender`."""

    repeatable = False

    def __init__(self, world: World, client: Client) -> None:
        self._world, self._client, self._pace = world, client, Pace()

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Send it. Raises Refused, Unclear, Held or Busy."""
        if conversation.left_at is not None:
            raise Held("the customer has blocked the bot")
        chat_id = int(conversation.channel_user_id)
        bubbles = await self._bubbles(message)
        await asyncio.sleep(self._pace.reserve(chat_id, len(bubbles)))
        until = time.monotonic() + ROW_SECONDS
        for number, bubble in enumerate(bubbles):
            try:
                await self._send(chat_id, bubble, until)
            except Held as held:
                if BLOCKED in str(held):
                    await call_service(customer_left, self._world, conversation.id)
                raise
            except Busy as busy:
                if not number:
                    raise
                raise Unclear(f"only {number} of {len(bubbles)} parts have arrived") from busy

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _bubbles(self, message: Message) -> list[Bubble]:
        photo = await self._photo(message)
        name = message.name if message.author is Author.AGENT else ""
        bubbles = bubbles_of(name, message.text, message.payload, photo)
        if not bubbles:
            raise Refused("there is nothing in it to be sent")
        return bubbles

    async def _photo(self, message: Message) -> tuple[bytes, str] | None:
        image = message.payload.get("image")
        if image is None:
            return None
        owner = message.conversation_id
        try:
            return await asyncio.to_thread(read_evidence, self._world, image, conversation_id=owner)
        except EvidenceNotFound as exc:
            raise Refused(f"its picture is not there: {image}") from exc

    async def _send(self, chat_id: int, bubble: Bubble, until: float) -> None:
        """One call, and once more after a short wait that Telegram asked for."""
        try:
            await self._call(chat_id, bubble, until)
        except Busy as busy:
            if busy.seconds > min(SHORT_WAIT, until - time.monotonic()):
                self._pace.rest(chat_id, busy.seconds)
                raise
            await asyncio.sleep(busy.seconds)
            await self._call(chat_id, bubble, until)

    async def _call(self, chat_id: int, bubble: Bubble, until: float) -> None:
        seconds = min(CALL_SECONDS, until - time.monotonic())
        if seconds <= 0:
            raise Busy(0)
        try:
            await asyncio.wait_for(self._post(chat_id, bubble), seconds)
        except asyncio.TimeoutError as exc:
            raise Unclear(f"no answer within {seconds:.0f} s") from exc
        except TelegramError as error:
            raise outcome_of(error) from error

    async def _post(self, chat_id: int, bubble: Bubble) -> None:
        bot, markup = self._client.bot, markup_of(bubble.keyboard)
        shown: dict[str, Any] = {"caption": bubble.text or None, "reply_markup": markup}
        if bubble.photo is None:
            await bot.send_message(chat_id, bubble.text, reply_markup=markup, link_preview_options=_PLAIN)
        elif bubble.media_type.startswith("video/"):
            await bot.send_video(chat_id, bubble.photo, filename="video.mp4", **shown)
        else:
            await bot.send_photo(chat_id, bubble.photo, filename="photo.jpg", **shown)


def markup_of(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """A keyboard as the platform takes it; none for no buttons."""
    rows = [[InlineKeyboardButton(title, callback_data=token) for title, token in row] for row in keyboard]
    return InlineKeyboardMarkup(rows) if rows else None
