"""What the input channels of platforms have in common: a line that is at work while the chat server serves.

What customers send goes to the router, which stores it before Rasa may see it; so Rasa's own `on_new_message` is not
used.
"""

from abc import abstractmethod
from typing import ClassVar, Generic, Protocol, TypeVar

from rasa.core.channels.channel import InputChannel
from sanic.request import Request

from bot.channels.chat_server import ChatServer, serving
from bot.channels.webchat.errors import CallRefused


class AnyLine(Protocol):
    """A platform at work in a chat process."""

    def start(self) -> None:
        """Begin with what was left."""

    async def stop(self) -> None:
        """Take no more; what is in hand is finished."""


LineT = TypeVar("LineT", bound=AnyLine)


class PlatformChannel(InputChannel, Generic[LineT]):
    """One account of a platform; its calls find nothing while it is switched off."""

    channel: ClassVar[str]

    def __init__(self) -> None:
        self._line: LineT | None = None

    @classmethod
    def name(cls) -> str:
        return cls.channel

    @abstractmethod
    def _line_of(self, chat: ChatServer) -> LineT | None:
        """The line, if there are settings for it."""

    async def begin(self, chat: ChatServer) -> None:
        """Go to work, if there are settings."""
        self._line = self._line_of(chat)
        if self._line is not None:
            self._line.start()

    async def end(self) -> None:
        """Take no more; what is in hand is finished."""
        if self._line is not None:
            await self._line.stop()

    def _open_line(self, request: Request) -> LineT:
        """Raises CallRefused before the chat server is ready, and while the platform is switched off."""
        serving(request)
        if self._line is None:
            raise CallRefused("not_found")
        return self._line


LARGEST_CALL = 64 * 1024
"""Bytes of a signed call: the longest message of a customer is a tenth of it, encrypted."""


def refuse_too_big(request: Request) -> None:
    """Raises CallRefused for a call that is longer than any of the platform's."""
    if len(request.body) > LARGEST_CALL:
        raise CallRefused("body_too_big")


def query_of(request: Request) -> dict[str, str]:
    """The parameters of a call's address; of one that is there twice, the first."""
    return {name: values[0] for name, values in request.args.items()}
