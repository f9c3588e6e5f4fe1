"""The web chat as a Rasa input channel.

What customers send goes to the router, which stores it before Rasa may see it; so Rasa's own `on_new_message` is not
used.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint

from bot.channels.webchat.calls import call_blueprint
from bot.channels.webchat.sender import CHANNEL


class WebChat(InputChannel):
    """Anonymous conversations on our own page."""

    @classmethod
    def name(cls) -> str:
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        return call_blueprint()
