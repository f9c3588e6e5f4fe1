"""WeCom's customer service as a Rasa input channel: `/webhooks/wecom/events`, GET for the check, POST for calls.

What customers send goes to the router, which stores it before Rasa may see it; so Rasa's own `on_new_message` is not
used.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, text

from bot.channels.chat_server import ChatServer, serving
from bot.channels.webchat.errors import CallRefused
from bot.channels.wechat.gate import NotLetIn
from bot.channels.wecom.line import Line
from bot.channels.wecom.sender import CHANNEL
from bot.channels.wecom.sending import WeComSender

LARGEST_CALL = 64 * 1024
"""Bytes; a call only says that there is something."""

log = logging.getLogger(__name__)


class WeCom(InputChannel):
    """One company; its calls find nothing while it is switched off."""

    def __init__(self) -> None:
        self._line: Line | None = None

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        calls = Blueprint("wecom")

        @calls.get("/events")
        async def check(request: Request) -> HTTPResponse:
            return self._answer(request, lambda line, query: line.echo(query))

        @calls.post("/events")
        async def take(request: Request) -> HTTPResponse:
            if len(request.body) > LARGEST_CALL:
                raise CallRefused("body_too_big")
            return self._answer(request, lambda line, query: line.take(query, request.body))

        return calls

    async def begin(self, chat: ChatServer) -> None:
        """Go to work, if there are settings."""
        sender = chat.senders.get(CHANNEL)
        if isinstance(sender, WeComSender):
            self._line = Line(chat, sender)
            self._line.start()

    async def end(self) -> None:
        """Take no more; what is in hand is finished."""
        if self._line is not None:
            await self._line.stop()

    def _answer(self, request: Request, do: Callable[[Line, dict[str, str]], str | None]) -> HTTPResponse:
        serving(request)
        if self._line is None:
            raise CallRefused("not_found")
        try:
            return text(do(self._line, {name: values[0] for name, values in request.args.items()}) or "")
        except NotLetIn as exc:
            log.warning("a call of WeCom's was not let in: %s", exc)
            return text("", status=403)
