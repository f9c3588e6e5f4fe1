"""The bot's turn into the transcript: its replies as outbox rows, or shown at once to those who read the transcript."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from backend.domain.conversation import Author, Conversation, Delivery, Message, NewMessage
from backend.ports import UnitOfWork, World
from backend.services.conversations import change_of, mint_buttons


@dataclass(frozen=True)
class Reply:
    """One thing the bot says: a bubble with (title, payload) buttons, a card or a picture (evidence id)."""

    text: str = ""
    buttons: tuple[tuple[str, str], ...] = ()
    card: Mapping[str, Any] | None = None
    image: str | None = None


@dataclass(frozen=True)
class Turn:
    """What came of one run of the dialogue: replies, and the tracker's new (kind, JSON) events after
    `position`.
    """

    replies: tuple[Reply, ...] = ()
    position: int = 0
    events: tuple[tuple[str, str], ...] = ()


class Showing(Protocol):
    """How a customer who reads the transcript is shown an answer in the transaction that writes it."""

    def read_as(self, reply: Message) -> Message | None:
        """A reply as they read it; None where it cannot be worded."""

    def shown(self, reply: Message) -> None:
        """It was written as they read it."""

    def show_rest(self) -> None:
        """Let them read whatever else waits for them."""


Show = Callable[[World, UnitOfWork, Conversation, Message], Showing]
"""Of a conversation, locked, whose customer is answered this message."""


def add_replies(
    world: World,
    work: UnitOfWork,
    conversation: Conversation,
    message: Message,
    replies: Sequence[Reply],
    *,
    epoch: int,
    run: int,
    showing: Showing | None = None,
) -> None:
    """The bot's replies to a message as outbox rows, under the epoch that they belong to, or shown at once.

    Rows overtaken by somebody else's change of ownership keep the old epoch and will be superseded; a turn
    that gave the conversation away itself speaks under the new one (hand-off page, principle 2).
    """
    own_change = conversation.epoch_by == change_of(message)
    for number, reply in enumerate(replies):
        row_epoch = conversation.epoch if own_change else epoch
        key = f"reply:{message.id}:{run}:{number}"
        add_reply(world, work, conversation, reply, key=key, epoch=row_epoch, showing=showing)


def add_reply(
    world: World,
    work: UnitOfWork,
    conversation: Conversation,
    reply: Reply,
    *,
    key: str,
    epoch: int,
    showing: Showing | None = None,
) -> None:
    """One thing the bot says as an outbox row, once for its key, under the epoch that it belongs to.

    Where it can be shown at once it is written as it is read; what was overtaken is left to the outbox.
    """
    payload = _reply_payload(world, work, conversation.id, reply)
    new = NewMessage(author=Author.BOT, text=reply.text, payload=payload, dedupe_key=key)
    now = world.clock.now()
    read = None
    if showing is not None and epoch == conversation.epoch:
        read = showing.read_as(_unwritten(conversation, new, now))
    if showing is None or read is None:
        work.messages.add(conversation, new, now, delivery=Delivery.QUEUED, epoch=epoch)
        return
    new = replace(new, text=read.text, payload=read.payload)
    added = work.messages.add(conversation, new, now, delivery=Delivery.SENT, epoch=epoch)
    if added is not None:
        showing.shown(added)


def _unwritten(conversation: Conversation, new: NewMessage, now: datetime) -> Message:
    return Message(
        id=0,
        conversation_id=conversation.id,
        seq=0,
        author=new.author,
        text=new.text,
        at=now,
        delivery=Delivery.QUEUED,
        epoch=conversation.epoch,
        payload=new.payload,
    )


def _reply_payload(world: World, work: UnitOfWork, conversation_id: str, reply: Reply) -> dict[str, Any]:
    payload: dict[str, Any] = {}
    if reply.buttons:
        payload["buttons"] = mint_buttons(world, work, conversation_id, reply.buttons)
    if reply.card is not None:
        payload["card"] = dict(reply.card)
    if reply.image is not None:
        payload["image"] = reply.image
    return payload
