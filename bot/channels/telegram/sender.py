"""The way out to Telegram, while it is switched on. Knows nothing of Rasa."""

from backend.ports import World
from backend.settings import Settings
from bot.delivery import Sender

CHANNEL = "telegram"


def open_sender(world: World, settings: Settings) -> Sender | None:
    """None while Telegram is switched off: the library is not even loaded then."""
    if settings.telegram is None:
        return None
    from bot.channels.telegram.client import open_client
    from bot.channels.telegram.sending import TelegramSender

    return TelegramSender(world, open_client(settings.telegram))
