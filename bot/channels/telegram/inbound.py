"""Telegram as a Rasa input channel: `POST /webhooks/telegram/updates`, or polling where no webhook is set.

What customers send goes to the router, which stores it before Rasa may see it; so Rasa's own `on_new_message` is not
used.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.chat_server import ChatServer, serving
from bot.channels.telegram.sender import CHANNEL
from bot.channels.telegram.updates import NotAnUpdate
from bot.channels.webchat.errors import bad_request

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Telegram(InputChannel):
    """One bot; nothing happens while it is switched off."""

    def __init__(self) -> None:
        self._line: Any = None
        self._secret = b""

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        async def updates(request: Request) -> HTTPResponse:
            return await self._take(request)

        calls = Blueprint("telegram")
        calls.add_route(updates, "/updates", methods=["POST"])  # Sanic takes functions only
        return calls

    async def begin(self, chat: ChatServer) -> None:
        """Go to work, if there are settings."""
        settings = chat.settings.telegram
        if settings is None:
            return
        from bot.channels.telegram.line import Line  # the library is loaded only where it is needed

        self._secret = settings.secret.encode() if settings.webhook_url else b""
        self._line = Line(chat, settings)
        self._line.start()

    async def end(self) -> None:
        """Take no more; what is in hand is finished."""
        if self._line is not None:
            await self._line.stop()

    async def _take(self, request: Request) -> HTTPResponse:
        """One update: kept, and answered at once. Telegram repeats what is not answered with 2xx."""
        serving(request)
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not self._secret or not hmac.compare_digest(given, self._secret):
            return json({}, status=403)
        body = request.json
        if not isinstance(body, dict):
            raise bad_request("update")
        try:
            await self._line.take(body)
        except NotAnUpdate as exc:
            raise bad_request(str(exc)) from exc
        return json({})
