"""Delivery to the web chat: a row that is marked as sent is one that the page may read. Nothing is pushed."""

from backend.domain.conversation import Conversation, Message

CHANNEL = "webchat"


class WebChatSender:
    """Keeps `bot.delivery.Sender`."""

    repeatable = True

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Nothing to do: the page fetches what was sent."""
