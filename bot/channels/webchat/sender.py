"""Delivery to the web chat: a row that is marked as sent is one that the page may read. Nothing is pushed."""

from backend.domain.conversation import Conversation, Message
from backend.ports import World
from backend.settings import Settings

CHANNEL = "webchat"


class WebChatSender:
    """Keeps `bot.delivery.Sender`."""

    repeatable = True

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Nothing to do: the page fetches what was sent."""

    async def close(self) -> None:
        """Nothing to let go of."""


def open_sender(_world: World, _settings: Settings) -> WebChatSender:
    """The web chat is always there."""
    return WebChatSender()
