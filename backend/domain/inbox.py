"""What a chat platform sent, as it came: kept before anything is made of it, and taken to its end once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class PlatformUpdate:
    """One call of a platform about one of its users.

    `key` is the platform's own name for it: the same one twice is one update. `ranking` is the platform's own order,
    smallest first. Updates of one `album` are one message. `body` is what the channel made JSON of.
    """

    channel: str
    channel_user_id: str
    key: str
    ranking: int
    body: Mapping[str, Any]
    album: str = ""


@dataclass(frozen=True)
class KeptUpdate:
    """One that is kept since `at` (aware UTC), and has been tried so often."""

    id: int
    update: PlatformUpdate
    at: datetime
    attempts: int
