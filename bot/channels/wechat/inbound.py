"""The WeChat Official Account as a Rasa input channel: `/webhooks/wechat/messages`, GET for the check, POST for calls.

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
from bot.channels.wechat.line import Line
from bot.channels.wechat.sender import CHANNEL
from bot.channels.wechat.sending import WeChatSender

LARGEST_CALL = 64 * 1024
"""Bytes: the longest message of a customer is a tenth of it, encrypted."""
NO_ANSWER = "success"
"""What WeChat wants to hear when there is nothing to be answered."""

log = logging.getLogger(__name__)


class WeChat(InputChannel):
    """One account; its calls find nothing while it is switched off."""

    def __init__(self) -> None:
        self._line: Line | None = None

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        calls = Blueprint("wechat")

        @calls.get("/messages")
        async def check(request: Request) -> HTTPResponse:
            return await self._check(request)

        @calls.post("/messages")
        async def take(request: Request) -> HTTPResponse:
            return await self._take(request)

        return calls

    async def begin(self, chat: ChatServer) -> None:
        """Go to work, if there are settings."""
        sender = chat.senders.get(CHANNEL)
        if isinstance(sender, WeChatSender):
            self._line = Line(chat, sender)
            self._line.start()

    async def end(self) -> None:
        """Take no more; what is in hand is finished."""
        if self._line is not None:
            await self._line.stop()

    async def _check(self, request: Request) -> HTTPResponse:
        """WeChat looks whether we are there, when the operator enters our address."""
        query = _query(request)
        try:
            self._open_line(request).check(query)
        except NotLetIn as exc:
            return _not_let_in(exc)
        return text(query.get("echostr", ""))

    async def _take(self, request: Request) -> HTTPResponse:
        """One message or event: kept, read, answered in time. WeChat repeats what is not answered, three times."""
        line = self._open_line(request)
        if len(request.body) > LARGEST_CALL:
            raise CallRefused("body_too_big")
        try:
            answer = await line.take(_query(request), request.body, lambda: _listens(request))
        except NotLetIn as exc:
            return _not_let_in(exc)
        return text(answer, content_type="application/xml") if answer else text(NO_ANSWER)

    def _open_line(self, request: Request) -> Line:
        serving(request)
        if self._line is None:
            raise CallRefused("not_found")
        return self._line


def _listens(request: Request) -> bool:
    """Whether the caller has not hung up."""
    transport: Any = request.transport
    return transport is not None and not transport.is_closing()


def _query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in request.args.items()}


def _not_let_in(exc: NotLetIn) -> HTTPResponse:
    log.warning("a call of WeChat's was not let in: %s", exc)
    return text("", status=403)
