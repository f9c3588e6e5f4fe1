"""Conversations as the desk lists and shows them: what it needs of the tables beyond single rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.domain.conversation import Conversation, Message


@dataclass(frozen=True)
class Buyer:
    """Whom a conversation has proven to be, in full: mask it before it is shown."""

    name: str
    phone: str
    tier: str


@dataclass(frozen=True)
class Pending:
    """What a customer wrote after staff wrote last: since when (aware UTC), and how many lines nobody has read."""

    since: datetime
    unread: int


class TalkLists(Protocol):
    """Reads only, each one statement however many conversations it is about."""

    def last_words(self, conversation_ids: Collection[str]) -> Mapping[str, Message]:
        """The customer's newest message of each."""

    def pending(self, conversation_ids: Collection[str]) -> Mapping[str, Pending]:
        """Of those whose customer has not been answered by a member of staff."""

    def buyers(self, conversation_ids: Collection[str]) -> Mapping[str, Buyer]:
        """Of those that have proven who they are."""

    def recent(self, limit: int) -> list[Conversation]:
        """All in which a customer wrote, whoever owns them, the latest first."""

    def lines(self, conversation_id: str, since: int | None, limit: int) -> list[Message]:
        """All from that number on, or the newest `limit`; oldest first, whatever became of them."""

    def found(self, text: str, limit: int) -> list[Conversation]:
        """By the end of a proven telephone number (four digits or more), a number of a case or of an order."""
