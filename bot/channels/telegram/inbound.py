"""Telegram as a Rasa input channel: `POST /webhooks/telegram/updates`, or polling where no webhook is set."""

import hmac
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from rasa.core.channels.channel import UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channels.chat_server import ChatServer, serving
from bot.channels.platform import PlatformChannel
from bot.channels.telegram.sender import CHANNEL
from bot.channels.telegram.updates import NotAnUpdate
from bot.channels.webchat.errors import bad_request

if TYPE_CHECKING:
    from bot.channels.telegram.line import Line

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Telegram(PlatformChannel["Line"]):
    """One bot."""

    channel = CHANNEL

    def __init__(self) -> None:
        super().__init__()
        self._secret = b""

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        async def updates(request: Request) -> HTTPResponse:
            return await self._take(request)

        calls = Blueprint("telegram")
        calls.add_route(updates, "/updates", methods=["POST"])  # Sanic takes functions only
        return calls

    def _line_of(self, chat: ChatServer) -> "Line | None":
        settings = chat.settings.telegram
        if settings is None:
            return None
        from bot.channels.telegram.line import Line  # the library is loaded only where it is needed

        self._secret = settings.secret.encode() if settings.webhook_url else b""
        return Line(chat, settings)

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
            await self._open_line(request).take(body)
        except NotAnUpdate as exc:
            raise bad_request(str(exc)) from exc
        return json({})
