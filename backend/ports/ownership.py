"""People who talk: what the services need of the tables for ownership, presence, notes and hand-backs."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from backend.domain.conversation import Conversation, Mode
from backend.domain.ownership import Episode, Handback, Note, OwnerChange, Presence


class Ownership(Protocol):
    """Who owns a conversation. Every change is one conditional UPDATE that counts the epoch on."""

    def give(
        self,
        conversation_id: str,
        owner: str | None,
        *,
        of: Collection[Mode],
        to: Mode,
        owned_by: str | None,
        by: str,
        waiting_since: datetime | None = None,
    ) -> bool:
        """To `owner` (None: to nobody), where the mode is one of `of` and `owned_by` owns it; False where not."""

    def wrote(self, conversation_id: str, name: str, at: datetime) -> None:
        """A member of staff wrote to the customer."""

    def follow_up(self, conversation_id: str, at: datetime | None) -> None:
        """Until then silence of the customer is no reason to close."""

    def owned(self, name: str | None = None) -> list[Conversation]:
        """Conversations with people, of one member of staff or of all, whoever waits longest for an answer first."""

    def waiting(self, limit: int) -> list[tuple[Conversation, Episode]]:
        """The queue in its order, then the tickets, oldest promise first."""

    def loads(self) -> dict[str, int]:
        """How many conversations each member of staff owns."""


class Episodes(Protocol):
    """Times with people, beyond what `Handoffs` keeps."""

    def current(self, conversation_id: str) -> Episode | None: ...

    def of_conversation(self, conversation_id: str) -> list[Episode]:
        """All of them, newest first."""

    def log_of(self, episode_id: int) -> list[OwnerChange]:
        """Oldest first."""

    def change(self, episode_id: int, **values: Any) -> None:
        """Write columns by the names of `Episode`."""

    def rate(self, episode_id: int, score: int, comment: str) -> bool:
        """Once; False when it was rated before."""

    def add_words(self, episode_id: int, words: str) -> bool:
        """Give a score that has none its words; False where there is no score, or it has some."""


class Presences(Protocol):
    """Who of the staff is there."""

    def get(self, name: str) -> Presence | None: ...

    def put(self, presence: Presence) -> None: ...

    def hear(self, name: str, at: datetime) -> None:
        """Their page is open."""

    def all(self) -> list[Presence]:
        """By name."""


class Notes(Protocol):
    """What staff write for each other, and what they have not sent yet."""

    def add(self, note: Note) -> None: ...

    def of_conversation(self, conversation_id: str) -> list[Note]:
        """Oldest first."""

    def keep_draft(self, name: str, conversation_id: str, text: str) -> None:
        """Empty forgets it."""

    def draft(self, name: str, conversation_id: str) -> str:
        """Empty where there is none."""


class Handbacks(Protocol):
    """What people leave to the bot."""

    def add(
        self, conversation_id: str, *, outcome: str, note: str, slots: Mapping[str, Any], resume: bool, at: datetime
    ) -> None: ...

    def waiting(self, limit: int) -> list[Handback]:
        """Those that the bot has not taken yet, oldest first."""

    def take(self, handback_id: int, at: datetime) -> bool:
        """False when another process was first."""
