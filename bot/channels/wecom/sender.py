"""The way out to WeCom. What it is made of is loaded only where it is switched on. Knows nothing of Rasa."""

from typing import TYPE_CHECKING

from backend.ports import World
from backend.settings import Settings

if TYPE_CHECKING:
    from bot.channels.wecom.sending import WeComSender

CHANNEL = "wecom"


def open_sender(world: World, settings: Settings) -> "WeComSender | None":
    """None while WeCom is switched off."""
    if settings.wecom is None:
        return None
    from bot.channels.wecom.api import WeComApi
    from bot.channels.wecom.sending import WeComSender

    return WeComSender(world, settings.wecom, WeComApi(world, settings.wecom))
