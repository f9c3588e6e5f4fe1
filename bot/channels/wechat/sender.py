"""The way out to WeChat. What it is made of is loaded only where it is switched on. Knows nothing of Rasa."""

from typing import TYPE_CHECKING

from backend.ports import World
from backend.settings import Settings

if TYPE_CHECKING:
    from bot.channels.wechat.sending import WeChatSender

CHANNEL = "wechat"


def open_sender(world: World, settings: Settings) -> "WeChatSender | None":
    """None while WeChat is switched off. Raises SettingsError."""
    if settings.wechat is None:
        return None
    from bot.channels.wechat.api import WeChatApi
    from bot.channels.wechat.sending import WeChatSender

    return WeChatSender(world, settings.wechat, WeChatApi(world, settings.wechat))
