"""What is going on in a conversation: an agent's typing and reading, and what a waiting customer was told last."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from backend.domain.conversation import Conversation, Message
from backend.domain.ownership import Episode, OwnerChange, TalkSign


class TalkRecords(Protocol):
    """Signs of the people in a conversation, for the other side's open page, and lines of it found by what they are."""

    def sign(self, sign: TalkSign, at: datetime) -> None:
        """Write what an agent is doing there now."""

    def sign_of(self, conversation_id: str) -> TalkSign | None: ...

    def signs_since(self, at: datetime) -> list[TalkSign]:
        """Those written at that time or later."""

    def last_told(self, conversation_id: str, templates: Collection[str]) -> Message | None:
        """The newest notice of one of these templates, sent or not."""

    def last_before(self, conversation_id: str, seq: int) -> Message | None:
        """The newest line below that number that is on its way to the customer or has come there."""

    def message(self, message_id: int) -> Message | None: ...

    def send_again(self, conversation: Conversation, message_id: int, at: datetime) -> bool:
        """Queue an outgoing line that failed, may have, or waits, as the newest one under the current epoch.

        One conditional UPDATE: False when it is no such line of this conversation, or is on its way again already.
        """

    def open_episodes(self, limit: int) -> list[tuple[Conversation, Episode, tuple[OwnerChange, ...]]]:
        """Those that are not over, the oldest first, with their conversations and their logs."""

    def told_of(self, episode_id: int) -> frozenset[str]:
        """What staff were alerted of about an episode: the `about` of its alerts."""

    def customer_has_read(self, conversation_id: str, seq: int, at: datetime) -> None:
        """The customer's page has shown the lines up to that number; it never goes back."""

    def read_by_customer(self, conversation_id: str) -> int:
        """The number of the last line that their page has shown; 0 where it told of none."""

    def tail(self, conversation_id: str, limit: int) -> list[Message]:
        """The newest lines, oldest first, whatever became of them: for staff."""
