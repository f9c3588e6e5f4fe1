"""Understands what customers send: words, photos and films, commands, buttons, corrections.

A correction is a new message when it changes the words: the customer says it so that somebody heeds it, and the
transcript keeps what was said first. What a chat app edits by itself changes no words and is passed over.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from telegram import Bot, Document, Message, Update
from telegram.error import BadRequest

from backend.calling import call_service
from backend.domain.conversation import Mode
from backend.domain.inbox import KeptUpdate
from backend.ports import World
from backend.services.conversations import corrected_last, customer_is_back, customer_left, get_conversation
from backend.services.handoff import SERVED_BY_BOT
from bot.channels.messages import IncomingMessage, MessageRefused
from bot.channels.telegram.updates import has_left
from bot.wording.commands import about_order, commands

LARGEST_MEGABYTES = 20
"""What bots may fetch (Bot API, getFile)."""
FETCH_SECONDS = 45.0
"""For all files of a message."""
GREETING = "/greet"
_ORDER_NO = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{3,39}")
_NOT_TAKEN = {
    "voice": "voice_not_taken",
    "audio": "voice_not_taken",
    "sticker": "sticker_not_taken",
    "venue": "location_not_taken",
    "location": "location_not_taken",
    "contact": "contact_not_taken",
    "poll": "kind_not_taken",
    "dice": "kind_not_taken",
    "game": "kind_not_taken",
    "story": "kind_not_taken",
    "paid_media": "kind_not_taken",
    "checklist": "kind_not_taken",
}
"""What the customer is told about the kinds that we cannot read; anything else is no message to us (a pin, a timer)."""


class TelegramReader:
    """Keeps `bot.channels.intake.Reader`."""

    def __init__(self, world: World, bot: Bot, show_typing: Callable[[str], None] | None = None) -> None:
        """`show_typing` is told of every chat in which the bot is about to answer."""
        self._world, self._bot, self._show_typing = world, bot, show_typing

    async def read(self, updates: Sequence[KeptUpdate], conversation_id: str) -> IncomingMessage | None:
        """One message out of an update or an album; None too for comings and goings, which are written down.

        Raises MessageRefused, and TelegramError while files cannot be fetched.
        """
        left = has_left(updates[0].update.body)
        if left is not None:
            await call_service(customer_left if left else customer_is_back, self._world, conversation_id)
            return None
        await self._tell_that_we_answer(updates[0].update.channel_user_id, conversation_id)
        first = Update.de_json(dict(updates[0].update.body), self._bot)
        if first.callback_query is not None:
            token = first.callback_query.data
            return IncomingMessage(conversation_id, button=token, client_id=press_id(token)) if token else None
        if first.edited_message is not None:
            return await self._read_correction(first.edited_message, conversation_id, updates[0].update.key)
        messages = [Update.de_json(dict(each.update.body), self._bot).message for each in updates]
        said = await self._read([each for each in messages if each is not None], conversation_id)
        return said if said is None else await self._obeyed(said, updates[0].at)

    async def _tell_that_we_answer(self, user_id: str, conversation_id: str) -> None:
        """Nobody is told so who waits for people, or talks with them."""
        if self._show_typing is None:
            return
        conversation = await call_service(get_conversation, self._world, conversation_id)
        if conversation.mode in SERVED_BY_BOT:
            self._show_typing(user_id)

    async def _read(self, messages: Sequence[Message], conversation_id: str) -> IncomingMessage | None:
        said = next((words for words in map(words_of, messages) if words), "")
        photos = await self._fetch([file_of(message) for message in messages])
        if not said and not photos:
            _refuse_kind(messages[0])
            return None
        return IncomingMessage(conversation_id, said, photos, client_id=str(messages[0].message_id))

    async def _read_correction(self, message: Message, conversation_id: str, number: str) -> IncomingMessage | None:
        """One that changes nothing against how it was corrected last is passed over."""
        known = await call_service(corrected_last, self._world, conversation_id, str(message.message_id))
        said, client_id = words_of(message), f"{message.message_id}:{number}"
        if known is None or said != known.text:
            return IncomingMessage(conversation_id, said, client_id=client_id) if said else None
        if message.photo or message.video or message.document:  # other files under the same words
            return IncomingMessage(conversation_id, "", await self._fetch([file_of(message)]), client_id=client_id)
        return None

    async def _obeyed(self, said: IncomingMessage, kept_at: datetime) -> IncomingMessage | None:
        """The same where it begins with a command of the menu, below a photo too; None when the welcome answers it."""
        name, argument = command_of(said.text)
        command = commands().get(name)
        if command is None:
            return said
        if name == "start" and _ORDER_NO.fullmatch(argument) and any(char.isdigit() for char in argument):
            return replace(said, text=about_order(argument))
        conversation = await call_service(get_conversation, self._world, said.conversation_id)
        if not command.payload and not said.photos and conversation.opened_at >= kept_at:
            return None  # they came by this very press, and have been welcomed
        waits = conversation.mode is Mode.QUEUED
        return replace(said, command=(command.in_queue if waits else "") or command.payload or GREETING)

    async def _fetch(self, files: Sequence[str | None]) -> tuple[bytes, ...]:
        wanted = [self._fetch_one(file_id) for file_id in files if file_id is not None]
        return tuple(await asyncio.wait_for(asyncio.gather(*wanted), FETCH_SECONDS))

    async def _fetch_one(self, file_id: str) -> bytes:
        try:
            file = await self._bot.get_file(file_id)
        except BadRequest as exc:
            if "too big" in exc.message:
                raise MessageRefused("photo_too_big", limit=LARGEST_MEGABYTES) from exc
            raise
        return bytes(await file.download_as_bytearray())


def press_id(token: str) -> str:
    """The name of a press: a button is good for one."""
    return f"press:{token}"


def words_of(message: Message) -> str:
    """What is said in it or below its picture."""
    return message.text or message.caption or ""


def command_of(said: str) -> tuple[str, str]:
    """A command's name and what follows it: `/start A1` gives `start`, `A1`; nothing for what is none."""
    if not said.startswith("/"):
        return "", ""
    name, _, argument = said[1:].partition(" ")
    return name.partition("@")[0].lower(), argument.strip()


def file_of(message: Message) -> str | None:
    """The id of the photo or film in a message. Raises MessageRefused for what is neither, or too big for a bot."""
    if message.document is not None and message.animation is None:
        _refuse_other_document(message.document)
    found = (
        message.photo[-1]
        if message.photo
        else message.video or message.video_note or message.animation or message.document
    )
    if found is None:
        return None
    if (found.file_size or 0) > LARGEST_MEGABYTES * 2**20:
        raise MessageRefused("photo_too_big", limit=LARGEST_MEGABYTES)
    return found.file_id


def _refuse_other_document(document: Document) -> None:
    kind = document.mime_type or ""
    if kind and kind != "application/octet-stream" and not kind.startswith(("image/", "video/")):
        raise MessageRefused("photo_not_an_image")


def _refuse_kind(message: Message) -> None:
    for kind, code in _NOT_TAKEN.items():
        if getattr(message, kind, None) is not None:
            raise MessageRefused(code)
