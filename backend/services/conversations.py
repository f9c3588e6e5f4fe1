"""What is said in a conversation: opening it, receiving, notices, the transcript.

A customer's message takes two transactions: `receive` stores it before anything else happens; `handoff.write_turn`
stores what came of it, the bot's replies as outbox rows and the tracker's events, all or nothing. Nobody
holds a transaction open while the bot thinks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from backend.domain.conversation import ON_BEHALF, Author, Conversation, Delivery, Message, Mode, NewMessage
from backend.errors import ButtonNotFound, ConversationNotFound
from backend.ports import UnitOfWork, World

ID_LENGTH = 20
TOKEN_LENGTH = 24
BUTTON_LIFETIME = timedelta(days=7)
TRANSCRIPT_LIMIT = 200


@dataclass(frozen=True)
class Said:
    """What a customer said. Photos are evidence ids, kept before; `repeated` are those that were there
    already.

    `client_id` is the channel's name for the message, which makes a resend harmless. `button` is a token of
    ours, `command` the payload that a command of the platform stands for.
    """

    text: str = ""
    client_id: str | None = None
    evidence: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    button: str | None = None
    command: str | None = None


@dataclass(frozen=True)
class Received:
    """A stored message and its conversation as it stood then. `repeated`: it had been stored before."""

    message: Message
    conversation: Conversation
    repeated: bool


@dataclass(frozen=True)
class Notice:
    """A message worded by a template of `bot.wording`; `card` and `params` as that page describes them.

    `image` is the id of a piece of evidence, to be shown below the words.
    """

    template: str
    params: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] | None = None
    case_id: int | None = None
    dedupe_key: str | None = None
    image: str | None = None


def open_conversation(world: World, channel: str, channel_user_id: str) -> Conversation:
    """The conversation of a channel's user, which begins with a welcome when it is new."""
    with world.write() as work:
        conversation = work.conversations.open(new_conversation(world, channel, channel_user_id))
        say(world, work, conversation, Notice("welcome", dedupe_key=f"{conversation.id}:welcome"), Author.BOT)
        work.commit()
    return conversation


def new_conversation(
    world: World, channel: str, channel_user_id: str, conversation_id: str | None = None
) -> Conversation:
    """A conversation that the bot owns and in which nothing was said, of a new id if none is given; not stored yet."""
    return Conversation(
        id=conversation_id or world.tokens.new(ID_LENGTH),
        channel=channel,
        channel_user_id=channel_user_id,
        mode=Mode.BOT,
        epoch=0,
        epoch_by="",
        last_seq=0,
        opened_at=world.clock.now(),
    )


def adopt_conversation(world: World, conversation_id: str, channel: str) -> None:
    """Make sure there is a conversation of this id: Rasa's own channels name theirs themselves."""
    with world.write() as work:
        if work.conversations.get(conversation_id) is None:
            work.conversations.open(new_conversation(world, channel, conversation_id, conversation_id))
            work.commit()


def get_conversation(world: World, conversation_id: str) -> Conversation:
    """The conversation as it stands. Raises ConversationNotFound."""
    with world.read() as work:
        return required(work, conversation_id)


def required(work: UnitOfWork, conversation_id: str) -> Conversation:
    """`get_conversation` in a unit of work that goes on."""
    conversation = work.conversations.get(conversation_id)
    if conversation is None:
        raise ConversationNotFound(conversation_id)
    return conversation


def require_open(world: World, conversation_id: str) -> None:
    """Raises ConversationNotFound unless it is there and its buyer has not been erased."""
    with world.read() as work:
        if not work.conversations.takes_words(conversation_id):
            raise ConversationNotFound(conversation_id)


def received_before(world: World, conversation_id: str, client_id: str | None) -> Message | None:
    """The stored message that the channel named so, if there is one."""
    if client_id is None:
        return None
    with world.read() as work:
        return work.messages.by_dedupe_key(_dedupe_key(conversation_id, client_id))


def corrected_last(world: World, conversation_id: str, client_id: str) -> Message | None:
    """How a message was last corrected (`client_id:…`), itself where it never was; None for one that is not known."""
    with world.read() as work:
        return work.messages.newest_correction(conversation_id, _dedupe_key(conversation_id, client_id))


def receive(world: World, conversation_id: str, said: Said) -> Received:
    """Store what a customer said: one row, or one for each photo with the words on the last.

    Raises ConversationNotFound, and ButtonNotFound for a token that is foreign or too old; nothing is stored
    then.
    """
    now = world.clock.now()
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        message = _store(work, conversation, said, now)
        if message is None:
            known = _known(work, conversation_id, said)
            assert known is not None  # the row that stood in the way
            return Received(known, conversation, repeated=True)
        work.messages.release(conversation_id)
        work.commit()
    return Received(message, conversation, repeated=False)


def customer_left(world: World, conversation_id: str) -> None:
    """The customer lets nothing in any more, as their platform says: what is to be sent waits."""
    with world.write() as work:
        work.conversations.leave(conversation_id, world.clock.now())
        work.commit()


def customer_is_back(world: World, conversation_id: str) -> None:
    """The customer lets us in again: what waited for that is queued."""
    with world.write() as work:
        work.conversations.leave(work.conversations.lock(conversation_id).id, None)
        work.messages.release(conversation_id)
        work.commit()


def left_unanswered(world: World, longer_than: timedelta, limit: int = 100) -> list[str]:
    """Conversations with a message that nobody has answered for so long: a process has died over it.

    One as far in the future was received before the clock was set back.
    """
    now = world.clock.now()
    with world.read() as work:
        stuck = work.messages.unanswered(now - longer_than, limit, after=now + longer_than)
    return list(dict.fromkeys(message.conversation_id for message in stuck))


@dataclass(frozen=True)
class Shown:
    """The answers just before a message: the (title, payload) buttons of each that has some, newest first, and all
    their words as they were read.
    """

    buttons: list[list[tuple[str, str]]]
    words: str = ""


def shown_before(work: UnitOfWork, message: Message, now: datetime, rows: int = 20) -> Shown:
    """What was shown just before a customer's message."""
    earlier = work.messages.before(message.conversation_id, message.seq, rows)
    answers = list(takewhile(lambda row: row.author is not Author.CUSTOMER, earlier))
    shown = [[each["token"] for each in row.payload["buttons"]] for row in answers if row.payload.get("buttons")]
    found = work.buttons.redeem_all(message.conversation_id, [token for row in shown for token in row], now)
    buttons = [[found[token] for token in row if token in found] for row in shown]
    return Shown(buttons, "\n".join(row.text for row in reversed(answers)))


def mark_answered(world: World, message: Message) -> None:
    """Nothing more is to come of this message."""
    with world.write() as work:
        work.messages.mark_answered(message.id)
        work.commit()


def change_of(message: Message) -> str:
    """How a conversation's `epoch_by` names a change that was made while this message was being answered."""
    return f"message:{message.id}"


def say(
    world: World, work: UnitOfWork, conversation: Conversation, notice: Notice, author: Author = Author.SYSTEM
) -> bool:
    """Put a notice into the outbox, once for its dedupe key; it is worded when it is delivered.

    What is said to a customer whom staff have only spoken to goes where that buyer can be written to. False for a
    repeat, and where there is nobody to write to.
    """
    reached = _reached(work, conversation)
    if reached is None:
        return False
    payload: dict[str, Any] = {"params": dict(notice.params)}
    if notice.card is not None:
        payload["card"] = dict(notice.card)
    if notice.image is not None:
        payload["image"] = notice.image
    new = NewMessage(
        author=author,
        text="",
        payload=payload,
        template=notice.template,
        case_id=notice.case_id,
        dedupe_key=notice.dedupe_key,
    )
    return work.messages.add(reached, new, world.clock.now(), delivery=Delivery.QUEUED) is not None


def _reached(work: UnitOfWork, conversation: Conversation) -> Conversation | None:
    """Where words to a conversation go, locked; None where nobody reads them. Theirs is locked after staff's own."""
    if conversation.channel != ON_BEHALF:
        return conversation
    bound = work.conversations.bound_to(conversation.customer_id) if conversation.customer_id is not None else None
    return None if bound is None else work.conversations.lock(bound.id)


def tell(world: World, conversation_id: str, notice: Notice) -> None:
    """`say` in a transaction of its own. Raises ConversationNotFound."""
    with world.write() as work:
        say(world, work, work.conversations.lock(conversation_id), notice)
        work.commit()


def mint_buttons(
    world: World, work: UnitOfWork, conversation_id: str, buttons: Sequence[tuple[str, str]]
) -> list[dict[str, str]]:
    """Tokens for (title, payload) buttons: only what was minted for a conversation can be pressed in it."""
    minted = [(world.tokens.new(TOKEN_LENGTH), title, payload) for title, payload in buttons]
    work.buttons.mint(conversation_id, minted, world.clock.now() + BUTTON_LIFETIME)
    return [{"title": title, "token": token} for token, title, _ in minted]


def transcript(world: World, conversation_id: str, after: int, limit: int = TRANSCRIPT_LIMIT) -> list[Message]:
    """What the customer may see after that number, oldest first."""
    with world.read() as work:
        return work.messages.after(conversation_id, after, limit)


def _dedupe_key(conversation_id: str, client_id: str) -> str:
    return f"{conversation_id}:{client_id}"


def _known(work: UnitOfWork, conversation_id: str, said: Said) -> Message | None:
    if said.client_id is None:
        return None
    return work.messages.by_dedupe_key(_dedupe_key(conversation_id, said.client_id))


def _incoming(work: UnitOfWork, conversation_id: str, said: Said, now: datetime) -> NewMessage:
    payload: dict[str, Any] = {"client_id": said.client_id} if said.client_id else {}
    text = said.text
    if said.evidence:
        payload |= {
            "image": said.evidence[-1],
            "evidence": list(said.evidence),
            "repeated": list(said.repeated),
        }
    if said.button is not None:
        found = work.buttons.redeem(conversation_id, said.button, now)
        if found is None:
            raise ButtonNotFound(said.button)
        text, payload["pressed"] = found
    elif said.command is not None:
        payload["pressed"] = said.command
    key = _dedupe_key(conversation_id, said.client_id) if said.client_id else None
    return NewMessage(author=Author.CUSTOMER, text=text, payload=payload, dedupe_key=key)


def _store(work: UnitOfWork, conversation: Conversation, said: Said, now: datetime) -> Message | None:
    """Several photos of one message are a row each; the last row carries the words and is the one to be
    answered. None for a repeat: of words the row itself tells, before a button or photos it is asked.
    """
    if (said.button is not None or said.evidence) and _known(work, conversation.id, said):
        return None
    new = _incoming(work, conversation.id, said, now)
    for photo in said.evidence[:-1]:
        row = work.messages.add(
            conversation, NewMessage(Author.CUSTOMER, "", {"image": photo}), now, delivery=Delivery.RECEIVED
        )
        if row is not None:
            work.messages.mark_answered(row.id)
    return work.messages.add(conversation, new, now, delivery=Delivery.RECEIVED)
