"""Duties: what only one of several processes may do at a time, such as fetching a platform's updates."""

from datetime import datetime
from typing import Protocol


class Duties(Protocol):
    """Who has which duty, until when."""

    def take(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Take a duty, or keep it longer, by one statement; False while another holder has it."""

    def leave(self, name: str, holder: str) -> None:
        """Let others have it at once."""
