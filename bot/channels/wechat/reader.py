"""Understands what WeChat brings: words, voices in words, photos and films, menu clicks, scans, who comes and goes."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from backend.calling import call_service
from backend.domain.conversation import Mode
from backend.domain.inbox import KeptUpdate
from backend.ports import World
from backend.services import wechat
from backend.services.conversations import TOKEN_LENGTH, Notice, get_conversation, tell
from bot import wording
from bot.channels.messages import IncomingMessage, MessageRefused
from bot.channels.wechat.calling import ApiRefused
from bot.channels.wechat.outcomes import NO_SUCH_MEDIA
from bot.router import Router
from bot.wording.commands import Command, about_order, commands

_TOKEN = re.compile(rf"[\w-]{{{TOKEN_LENGTH}}}", re.ASCII)
_ORDER = re.compile(r"order_([A-Za-z0-9_-]{4,40})")
"""The scene of a QR code that opens an order."""
_REFUSED = {"location": "location_not_taken", "voice": "voice_not_taken"}


class Fetching(Protocol):
    """Where photos and films come from."""

    async def download(self, media_id: str) -> bytes:
        """Raises ApiRefused, NeverSent or NoAnswer."""


class WeChatReader:
    """Keeps `bot.channels.intake.Reader`."""

    def __init__(self, world: World, router: Router, api: Fetching) -> None:
        self._world, self._router, self._api = world, router, api

    async def read(self, updates: Sequence[KeptUpdate], conversation_id: str) -> IncomingMessage | None:
        """The message; None for comings and goings, which are written down. Raises MessageRefused."""
        update = updates[0].update
        body, openid = update.body, update.channel_user_id
        message = IncomingMessage(conversation_id, client_id=update.key)
        match body["kind"]:
            case "text":
                return _of_text(message, body["text"], body["button"])
            case "voice" if body["text"].strip():
                return replace(message, text=body["text"])
            case "media":
                return replace(message, photos=(await self._downloaded(body["media_id"]),))
            case "click":
                return await self._of_click(message, body["key"])
            case "scan":
                return _of_scan(message, body["scene"])
            case "subscribe":
                await self._welcome(openid, conversation_id, update.key)
                return _of_scan(message, body["scene"])
            case "enter":
                await self._greet(conversation_id, updates[0])
                return None
            case "unsubscribe":
                await call_service(wechat.follow, self._world, openid, follows=False)
                return None
        raise MessageRefused(_REFUSED.get(body["kind"], "kind_not_taken"))

    async def _downloaded(self, media_id: str) -> bytes:
        try:
            return await self._api.download(media_id)
        except ApiRefused as exc:
            if exc.code in NO_SUCH_MEDIA:
                raise MessageRefused("not_taken") from exc
            raise

    async def _of_click(self, message: IncomingMessage, key: str) -> IncomingMessage | None:
        found = menu_keys().get(key)
        if found is None:
            return None
        conversation = await call_service(get_conversation, self._world, message.conversation_id)
        waits = found.in_queue if conversation.mode is Mode.QUEUED else ""
        return replace(message, text=found.title, command=waits or found.payload)

    async def _welcome(self, openid: str, conversation_id: str, key: str) -> None:
        """What waited for somebody who had left goes out; who had written before is welcomed again."""
        await call_service(wechat.welcome_back, self._world, conversation_id)
        conversation = await call_service(get_conversation, self._world, conversation_id)
        if conversation.last_customer_at is not None:
            notice = Notice("welcome", dedupe_key=f"{conversation_id}:welcome:{key}")
            await call_service(tell, self._world, conversation_id, notice)
        await self._router.send(conversation_id)

    async def _greet(self, conversation_id: str, came: KeptUpdate) -> None:
        """Have something to say to whoever has come: what waited for them, else the welcome."""
        conversation = await call_service(get_conversation, self._world, conversation_id)
        if await call_service(wechat.has_waiting, self._world, conversation_id):
            await call_service(wechat.welcome_back, self._world, conversation_id)
        elif conversation.opened_at < came.at:
            notice = Notice("welcome", dedupe_key=f"{conversation_id}:welcome:{came.update.key}")
            await call_service(tell, self._world, conversation_id, notice)


def menu_keys() -> dict[str, Command]:
    """What the keys of the account's menu stand for: our commands, and the welcome's buttons by their payloads."""
    welcome = wording.render("welcome", {}).buttons
    buttons = {payload.lstrip("/"): Command(title, payload) for title, payload in welcome}
    return {**buttons, **{name: each for name, each in commands().items() if each.payload}}


def _of_text(message: IncomingMessage, text: str, button: str) -> IncomingMessage:
    """A press on a button of ours brings its token; its title says as much when it has become too old."""
    return replace(message, button=button) if _TOKEN.fullmatch(button) else replace(message, text=text)


def _of_scan(message: IncomingMessage, scene: str) -> IncomingMessage | None:
    found = _ORDER.fullmatch(scene)
    return None if found is None else replace(message, text=about_order(found[1]))
