"""Delivery in a drill: the buyer does not exist, so what staff write has arrived as soon as it is sent."""

from backend.domain.conversation import Conversation, Message
from backend.domain.drill import CHANNEL
from backend.ports import World
from backend.settings import Settings

__all__ = ["CHANNEL", "DrillSender", "open_sender"]


class DrillSender:
    """Keeps `bot.delivery.Sender`."""

    repeatable = True

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Nobody is there to get it."""

    async def close(self) -> None:
        """Nothing to let go of."""


def open_sender(_world: World, _settings: Settings) -> DrillSender:
    """Drills need no settings."""
    return DrillSender()
