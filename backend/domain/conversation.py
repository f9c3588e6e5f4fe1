"""Who owns a conversation, what was said in it, and who may see what: modes, messages, identity proof."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any


class Mode(str, Enum):
    """Who answers the customer (hand-off page, section 3)."""

    BOT = "BOT"
    QUEUED = "QUEUED"
    TICKET = "TICKET"
    HUMAN = "HUMAN"
    WAIT_CUSTOMER = "WAIT_CUSTOMER"
    CLOSED = "CLOSED"


class Author(str, Enum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Delivery(str, Enum):
    """How far an outgoing message has come; incoming ones are `received`.

    What is `held` cannot be sent before the customer writes next; whether something `unknown` arrived, the platform
    did not tell. Both go out again with the customer's next message, or by an agent's hand.
    """

    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    UNKNOWN = "unknown"
    HELD = "held"


ON_BEHALF = "staff"
"""The channel of customers who were only spoken to: staff file for them, and nothing can be sent there."""

LEVEL_IS_WORTH = timedelta(minutes=5)
"""Waiting for so long counts as much as one level of priority (hand-off page, section 6), so that nobody starves."""


def ranked_at(waits_since: datetime, priority: int) -> datetime:
    """What the queue is ordered by, the earliest first: how long somebody waits and how urgent it is, in one time.

    Two who wait never change places, as they would if levels were added step by step.
    """
    return waits_since - priority * LEVEL_IS_WORTH


@dataclass(frozen=True)
class Conversation:
    """One customer on one channel, for good. `epoch` counts changes of ownership; `epoch_by` says who made the last.

    `last_seq` is the number of the newest message. Since `left_at` the customer lets nothing in. Times are aware UTC.
    """

    id: str
    channel: str
    channel_user_id: str
    mode: Mode
    epoch: int
    epoch_by: str
    last_seq: int
    opened_at: datetime
    waiting_since: datetime | None = None
    last_customer_at: datetime | None = None
    owner: str | None = None
    customer_id: int | None = None
    last_agent: str | None = None
    last_agent_at: datetime | None = None
    follow_up_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True)
class Message:
    """One line of the transcript, incoming or an outbox row.

    `payload` holds what is not text: `buttons` [{title, token}], `image` (evidence id), `card`, `client_id`. `error` is
    why it did not arrive, or may not have, as the channel said.
    """

    id: int
    conversation_id: str
    seq: int
    author: Author
    text: str
    at: datetime
    delivery: Delivery
    epoch: int
    name: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    template: str | None = None
    case_id: int | None = None
    error: str = ""


@dataclass(frozen=True)
class Ended:
    """How a row of the outbox ended, and when; the text and the payload that went out, where they are others."""

    delivery: Delivery
    at: datetime
    text: str | None = None
    payload: Mapping[str, Any] | None = None
    error: str = ""


@dataclass(frozen=True)
class NewMessage:
    """A message about to be written. `dedupe_key` makes a repeat harmless (unique in the database)."""

    author: Author
    text: str
    payload: dict[str, Any] = field(default_factory=dict)
    template: str | None = None
    case_id: int | None = None
    dedupe_key: str | None = None
    name: str = ""
