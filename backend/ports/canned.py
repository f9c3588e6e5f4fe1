"""The merchant's own canned replies: what the services need of their table."""

from datetime import datetime
from typing import Protocol

from backend.domain.canned import OwnReply, ReplyText


class OwnReplies(Protocol):
    """By title, which no two share."""

    def all(self) -> list[OwnReply]:
        """By title."""

    def get(self, reply_id: int) -> OwnReply | None: ...

    def add(self, wanted: ReplyText, by: str, at: datetime) -> OwnReply:
        """Raises Conflict (subject `title`) for a title in use."""

    def change(self, reply_id: int, version: int, wanted: ReplyText, by: str, at: datetime) -> bool:
        """False when it is no longer of that version. Raises Conflict (subject `title`) for a title in use."""

    def remove(self, reply_id: int, version: int) -> bool:
        """False when it is no longer of that version."""
