"""Delivery to the web chat: a row that is marked as sent is one that the page may read. Nothing is pushed."""

from backend.ports import World
from backend.settings import Settings
from bot.delivery import ReadFromTranscript

CHANNEL = "webchat"


def open_sender(_world: World, _settings: Settings) -> ReadFromTranscript:
    """The web chat is always there."""
    return ReadFromTranscript()
