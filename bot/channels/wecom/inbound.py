"""WeCom's customer service as a Rasa input channel: `/webhooks/wecom/events`, GET for the check, POST for calls."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, text

from bot.channels.chat_server import ChatServer
from bot.channels.platform import PlatformChannel, query_of, refuse_too_big
from bot.channels.wechat.gate import NotLetIn
from bot.channels.wecom.line import Line
from bot.channels.wecom.sender import CHANNEL
from bot.channels.wecom.sending import WeComSender

log = logging.getLogger(__name__)


class WeCom(PlatformChannel[Line]):
    """One company."""

    channel = CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        calls = Blueprint("wecom")

        @calls.get("/events")
        async def check(request: Request) -> HTTPResponse:
            return self._answer(request, lambda line, query: line.echo(query))

        @calls.post("/events")
        async def take(request: Request) -> HTTPResponse:
            refuse_too_big(request)
            return self._answer(request, lambda line, query: line.take(query, request.body))

        return calls

    def _line_of(self, chat: ChatServer) -> Line | None:
        sender = chat.senders.get(CHANNEL)
        return Line(chat, sender) if isinstance(sender, WeComSender) else None

    def _answer(self, request: Request, do: Callable[[Line, dict[str, str]], str | None]) -> HTTPResponse:
        line = self._open_line(request)
        try:
            return text(do(line, query_of(request)) or "")
        except NotLetIn as exc:
            log.warning("a call of WeCom's was not let in: %s", exc)
            return text("", status=403)
