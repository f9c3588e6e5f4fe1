"""What a channel's calls work with, while the chat server is ready to serve."""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from sanic.request import Request

from backend.ports import World
from backend.settings import Settings
from bot.channels.webchat.errors import CallRefused
from bot.channels.webchat.limits import RateLimit
from bot.channels.webchat.tokens import SessionTokens
from bot.delivery import Senders
from bot.live import Live
from bot.router import Router


@dataclass(frozen=True)
class ChatServer:
    """`app.ctx.chat`, None until the bot is ready."""

    world: World
    settings: Settings
    router: Router
    live: Live
    senders: Senders
    tokens: SessionTokens
    message_limit: RateLimit = field(default_factory=lambda: RateLimit(burst=20, seconds=10))
    read_limit: RateLimit = field(default_factory=lambda: RateLimit(burst=20, seconds=10))
    session_limit: RateLimit = field(default_factory=lambda: RateLimit(burst=120, seconds=60))


@runtime_checkable
class Platform(Protocol):
    """An input channel that has something to do beside answering calls: polling, or taking up what was left."""

    async def begin(self, chat: ChatServer) -> None:
        """The chat server is ready to serve."""

    async def end(self) -> None:
        """Take no more; what is in hand is finished."""


def serving(request: Request) -> ChatServer:
    """The chat server. Raises CallRefused (503) before it is ready."""
    chat: ChatServer | None = request.app.ctx.chat
    if chat is None:
        raise CallRefused("starting")
    return chat
