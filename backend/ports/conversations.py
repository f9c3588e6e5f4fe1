"""Conversations, the transcript that is the outbox too, hand-offs: what the services need of their tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from backend.domain.conversation import Conversation, Delivery, Ended, Message, Mode, NewMessage


class Conversations(Protocol):
    """Conversations, their modes and identity proofs."""

    def open(self, conversation: Conversation) -> Conversation:
        """Insert, or return the one that this channel user has already."""

    def get(self, conversation_id: str) -> Conversation | None: ...

    def lock(self, conversation_id: str) -> Conversation:
        """Read for update: nobody else changes the row until this unit of work ends.

        Raises ConversationNotFound, for one whose buyer was erased too: nothing more can be said in it.
        """

    def takes_words(self, conversation_id: str) -> bool:
        """Whether it is there and its buyer has not been erased."""

    def leave(self, conversation_id: str, at: datetime | None) -> None:
        """Since then the customer lets nothing in; None when they do again."""

    def change_mode(
        self, conversation_id: str, *, of: Iterable[Mode], to: Mode, by: str, waiting_since: datetime | None
    ) -> bool:
        """One statement: mode and epoch + 1 where the mode is one of `of`; False when it was not."""

    def queue_position(self, conversation_id: str) -> int:
        """1 for the next in line: the queue stands in the order of `domain.conversation.ranked_at`."""

    def queued_before(self, before: datetime, limit: int) -> list[Conversation]:
        """Conversations waiting for a person since before that time, oldest first."""

    def prove(self, conversation_id: str, customer_id: int, how: str, at: datetime) -> None:
        """Bind the conversation to the buyer; one that is bound stays as it is, one that lost it is bound again."""

    def proven_customers(self, conversation_id: str) -> frozenset[int]:
        """The buyers whom it is bound to."""

    def bound_to(self, customer_id: int) -> Conversation | None:
        """Where a buyer can be written to: of the conversations that proved to be theirs, the one used last."""

    def proven_tiers(self, conversation_id: str) -> frozenset[str]:
        """The tiers of the buyers whom the conversation has proven to be."""

    def add_identity_attempt(self, conversation_id: str, order_no: str, at: datetime, right: bool) -> None: ...

    def wrong_attempts(
        self, *, conversation_id: str | None = None, order_no: str | None = None, since: datetime
    ) -> list[datetime]:
        """Times of wrong identity answers of a conversation or for an order, oldest first."""


class Messages(Protocol):
    """The transcript, which is the outbox too."""

    def add(
        self, owner: Conversation, new: NewMessage, at: datetime, *, delivery: Delivery, epoch: int | None = None
    ) -> Message | None:
        """Append with the next number; None when the dedupe key is there already. Epoch: the conversation's own.
        What is sent is settled with that.

        The conversation is locked. A customer who writes lets us in. Raises ConversationNotFound as `lock` does.
        """

    def by_dedupe_key(self, key: str) -> Message | None: ...

    def newest_correction(self, conversation_id: str, key: str) -> Message | None:
        """The newest of the row with that dedupe key and those whose keys go on with a colon after it."""

    def after(self, conversation_id: str, seq: int, limit: int) -> list[Message]:
        """What the customer may see after that number: their own messages and sent ones.

        It ends before the first row that is still on its way, so that a number once shown is never preceded later.
        """

    def before(self, conversation_id: str, seq: int, limit: int) -> Iterator[Message]:
        """The same of so many numbers before that one, newest first, read only as far as it is asked for."""

    def newest_id(self) -> int: ...

    def since(self, message_id: int) -> dict[int, tuple[str, int]]:
        """Ids of messages above that one, with their conversations and the numbers they have there."""

    def unanswered(self, before: datetime, limit: int, *, after: datetime | None = None) -> list[Message]:
        """Customer messages that no turn has taken to its end, older than `before`, or newer than `after`."""

    def unanswered_of(self, conversation_id: str) -> list[Message]:
        """Those of one conversation, in the order they came."""

    def mark_answered(self, message_id: int) -> None: ...

    def queued(
        self, conversation_id: str | None, limit: int, channel: str | None = None, *, now: datetime | None = None
    ) -> list[Message]:
        """Outbox rows that wait to be sent, oldest first; of one conversation, else of one channel, or of all.

        With `now`, no row of a conversation that its platform asked to leave alone for longer.
        """

    def lease(self, message_id: int, now: datetime, until: datetime) -> bool:
        """Take a queued row to SENDING by one conditional UPDATE; False when somebody else has it.

        False too for a row that is not due yet, and while an earlier one of its conversation is on its way: the
        order is kept whoever sends. A bot's row whose epoch the conversation has passed becomes SUPERSEDED instead.
        """

    def end(self, message_id: int, ended: Ended) -> bool:
        """`lease` and `settle` at once, for a row that no platform is needed for."""

    def put_back(self, message_id: int, due_at: datetime, error: str) -> None:
        """Queue a leased row again, to be sent no earlier than that; what was SUPERSEDED meanwhile stays so."""

    def release(self, conversation_id: str) -> int:
        """Queue again what is HELD or UNKNOWN: the customer has written. Returns how many rows."""

    def settle(self, message_id: int, ended: Ended) -> None:
        """Record how a leased row ended.

        What was SUPERSEDED meanwhile stays so, unless it has arrived.
        """

    def queue_unheard(self, message_id: int, at: datetime, error: str) -> bool:
        """Queue again what counted as SENT and was not heard; False for a row that does not count so any more."""

    def lapsed(self, now: datetime, limit: int, *, longest: timedelta) -> list[Message]:
        """Rows left in SENDING by a process that died: their lease is over, or longer than any is given."""


class Buttons(Protocol):
    """Minted button tokens: short names for payloads that only we may send to the dialogue."""

    def mint(self, conversation_id: str, buttons: Sequence[tuple[str, str, str]], expires_at: datetime) -> None:
        """Keep buttons of a conversation, given by token, title and payload."""

    def redeem(self, conversation_id: str, token: str, now: datetime) -> tuple[str, str] | None:
        """(title, payload) of a token of this conversation that has not expired."""

    def redeem_all(self, conversation_id: str, tokens: Sequence[str], now: datetime) -> dict[str, tuple[str, str]]:
        """The same of several tokens, without those that are not of this conversation or have expired."""

    def forget(self, tokens: Sequence[str]) -> None:
        """Nobody can press these any more."""


class Handoffs(Protocol):
    """Episodes with people, and their append-only log."""

    def open(
        self,
        conversation_id: str,
        *,
        reason: str,
        summary: Mapping[str, Any],
        priority: int,
        at: datetime,
        ranked_at: datetime,
    ) -> int:
        """The new episode's id. Raises Conflict when one of this conversation is open."""

    def current(self, conversation_id: str) -> int | None: ...

    def reasons_since(self, conversation_id: str, since: datetime) -> frozenset[str]:
        """Why the conversation was given to people since then, however that ended."""

    def log(self, handoff_id: int, *, at: datetime, actor: str, from_mode: Mode, to_mode: Mode, epoch: int) -> None: ...

    def promise(self, handoff_id: int, promised_at: datetime) -> None: ...

    def promised(self, handoff_id: int) -> datetime | None:
        """By when an answer was promised."""

    def close(self, handoff_id: int, *, at: datetime, outcome: str) -> None: ...


class DialogueEvents(Protocol):
    """What Rasa remembers of a conversation: its tracker's events as JSON, numbered from 1."""

    def newest(self, conversation_id: str) -> tuple[int, str] | None:
        """The position and the data of the newest event."""

    def current_session(self, conversation_id: str) -> tuple[int, list[str]]:
        """The position before the newest session's first event, and the session's events. (0, []) for none."""

    def all_sessions(self, conversation_id: str) -> list[str]:
        """Every event, oldest first."""

    def append(self, conversation_id: str, position: int, events: Sequence[tuple[str, str]]) -> None:
        """Write (kind, data) after that position. Raises Conflict when somebody else has written there."""
