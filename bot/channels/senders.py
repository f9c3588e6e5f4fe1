"""The senders of the channels that are switched on: every package beside this page that has a `sender` module.

Such a module names its `CHANNEL` and has `open_sender(world, settings)`: the channel's way out, None while its settings
are not given. It never imports Rasa.
"""

import asyncio
import importlib
import pkgutil
from importlib.util import find_spec
from types import ModuleType

from backend.ports import World
from backend.settings import Settings
from bot import channels
from bot.delivery import ReadFromTranscript, Sender, Senders


def open_senders(world: World, settings: Settings) -> Senders:
    """By channel name."""
    opened: dict[str, Sender | ReadFromTranscript | None] = {
        module.CHANNEL: module.open_sender(world, settings) for module in _sender_modules()
    }
    return {channel: sender for channel, sender in opened.items() if sender is not None}


async def close_senders(senders: Senders) -> None:
    """Let go of all connections."""
    await asyncio.gather(*(sender.close() for sender in senders.values()))


def _sender_modules() -> list[ModuleType]:
    packages = [found.name for found in pkgutil.iter_modules(channels.__path__) if found.ispkg]
    names = [f"{channels.__name__}.{package}.sender" for package in packages]
    return [importlib.import_module(name) for name in names if find_spec(name) is not None]
