"""The inbox: what platforms sent and nobody has made anything of yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from backend.domain.inbox import KeptUpdate, PlatformUpdate


class Inbox(Protocol):
    """Updates of platforms, each kept once."""

    def keep(self, update: PlatformUpdate, at: datetime, due_at: datetime) -> bool:
        """Keep it; False when it has been kept before. The whole album is due no earlier than its last update."""

    def first(self, channel: str, channel_user_id: str) -> list[KeptUpdate]:
        """The user's first undone update in the platform's order, with all of its album."""

    def lease(self, ids: Sequence[int], now: datetime, until: datetime) -> bool:
        """Take them all by one conditional UPDATE; False when one is not due, or somebody else has it."""

    def finish(self, ids: Sequence[int], at: datetime, error: str) -> None:
        """They have come to their end; their bodies are forgotten."""

    def put_off(self, ids: Sequence[int], due_at: datetime) -> None:
        """They are to be tried again, no earlier than that."""

    def waiting(self, channel: str, now: datetime, limit: int) -> list[str]:
        """Users of a channel of whom everything undone is due and nobody has any of it, the longest waiting first."""

    def forget(self, before: datetime) -> int:
        """Remove what had come to its end before that; returns how many."""
