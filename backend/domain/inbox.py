"""What a chat platform sent, as it came: kept before anything is made of it, and taken to its end once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LONGEST_USER = 120
LONGEST_KEY = 100
"""Characters of a platform's names, and of an album's."""
HIGHEST_RANKING = 2**63 - 1


@dataclass(frozen=True)
class PlatformUpdate:
    """One call of a platform about one of its users.

    `key` is the platform's own name for it: the same one twice is one update. `ranking` is the platform's own order,
    smallest first. Updates of one `album` are one message. `body` is what the channel made JSON of. ValueError for
    what no database takes.
    """

    channel: str
    channel_user_id: str
    key: str
    ranking: int
    body: Mapping[str, Any]
    album: str = ""

    def __post_init__(self) -> None:
        named = ((self.channel_user_id, LONGEST_USER), (self.key, LONGEST_KEY), (self.album, LONGEST_KEY))
        if any(len(text) > longest or "\0" in text for text, longest in named):
            raise ValueError("a name is too long, or holds a NUL")
        if abs(self.ranking) > HIGHEST_RANKING:
            raise ValueError("a number is too large")


@dataclass(frozen=True)
class KeptUpdate:
    """One that is kept since `at` (aware UTC), and has been tried so often."""

    id: int
    update: PlatformUpdate
    at: datetime
    attempts: int
