"""The WeChat Official Account as a Rasa input channel: `/webhooks/wechat/messages`, GET to check, POST for calls."""

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
from bot.channels.wechat.line import Line
from bot.channels.wechat.sender import CHANNEL
from bot.channels.wechat.sending import WeChatSender

NO_ANSWER = "success"
"""What WeChat wants to hear when there is nothing to be answered."""

log = logging.getLogger(__name__)


class WeChat(PlatformChannel[Line]):
    """One account."""

    channel = CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        calls = Blueprint("wechat")

        @calls.get("/messages")
        async def check(request: Request) -> HTTPResponse:
            return await self._check(request)

        @calls.post("/messages")
        async def take(request: Request) -> HTTPResponse:
            return await self._take(request)

        return calls

    def _line_of(self, chat: ChatServer) -> Line | None:
        sender = chat.senders.get(CHANNEL)
        return Line(chat, sender) if isinstance(sender, WeChatSender) else None

    async def _check(self, request: Request) -> HTTPResponse:
        """WeChat looks whether we are there, when the operator enters our address."""
        query = query_of(request)
        try:
            self._open_line(request).check(query)
        except NotLetIn as exc:
            return _not_let_in(exc)
        return text(query.get("echostr", ""))

    async def _take(self, request: Request) -> HTTPResponse:
        """One message or event: kept, read, answered in time. WeChat repeats what is not answered, three times."""
        line = self._open_line(request)
        refuse_too_big(request)
        try:
            answer = await line.take(query_of(request), request.body, lambda: _listens(request))
        except NotLetIn as exc:
            return _not_let_in(exc)
        return text(answer, content_type="application/xml") if answer else text(NO_ANSWER)


def _listens(request: Request) -> bool:
    """Whether the caller has not hung up."""
    transport: Any = request.transport
    return transport is not None and not transport.is_closing()


def _not_let_in(exc: NotLetIn) -> HTTPResponse:
    log.warning("a call of WeChat's was not let in: %s", exc)
    return text("", status=403)
