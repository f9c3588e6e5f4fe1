"""Conversations as the desk lists and shows them: what it needs of the tables beyond single rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from backend.domain.conversation import Conversation, Message


@dataclass(frozen=True)
class Buyer:
    """Whom a conversation has proven to be, in full: mask it before it is shown."""

    name: str
    phone: str
    tier: str


class TalkLists(Protocol):
    """Reads only, each one statement however many conversations it is about."""

    def last_words(self, conversation_ids: Collection[str]) -> Mapping[str, Message]:
        """The customer's newest message of each."""

    def unread(self, conversation_ids: Collection[str]) -> Mapping[str, int]:
        """How many messages of the customer's no member of staff has read or answered; 0 is left out."""

    def buyers(self, conversation_ids: Collection[str]) -> Mapping[str, Buyer]:
        """Of those that have proven who they are."""

    def recent(self, limit: int) -> list[Conversation]:
        """All in which a customer wrote, whoever owns them, the latest first."""

    def lines(self, conversation_id: str, before: int | None, limit: int) -> list[Message]:
        """The newest lines below that number, oldest first, whatever became of them."""

    def found(self, text: str, limit: int) -> list[Conversation]:
        """By the end of a proven telephone number (four digits or more), a number of a case or of an order."""
