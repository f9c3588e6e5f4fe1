"""The outbox's way out: leases a row, renders it, gives it to the channel's sender, records how it ended.

A row is leased by one conditional UPDATE that also drops bot rows of an older epoch and keeps the order of a
conversation, so two processes never send the same row, nor one before another. What a sender cannot tell (no answer
from the platform) is `unknown` and is not sent again by itself, except where sending twice does no harm. Knows nothing
of Rasa.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from itertools import chain
from typing import Protocol

from backend import logs
from backend.calling import call_service
from backend.domain.conversation import Conversation, Delivery, Ended, Message
from backend.errors import ConversationNotFound
from backend.ports import UnitOfWork, World
from backend.services.conversations import mint_buttons
from bot import metrics, script, wording
from bot.wording import Button, Words

LEASE = timedelta(seconds=30)
"""How long one sending may take before the row counts as left behind."""

BATCH = 100

AT_ONCE = 8
"""To so many conversations something is sent at the same time, for each call of `deliver`."""

_NO_WORDS = "cannot be worded"
_NOT_ARRIVED = (Delivery.HELD, Delivery.FAILED)

log = logging.getLogger(__name__)


class Refused(Exception):
    """The platform said no: this message will not arrive, now or later."""


class Unclear(Exception):
    """The platform gave no clear answer: the message may have arrived."""


class Held(Exception):
    """The platform takes nothing for this customer before they write next: the message waits for that."""


class Busy(Exception):
    """The platform wants nothing for so many seconds: the message goes out afterwards, and what follows it too."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the platform asks to wait {seconds} s")
        self.seconds = seconds


class Sender(Protocol):
    """Brings messages to the customers of one channel.

    It has a time limit of its own, well below `LEASE`, and threads of its own where it blocks: a platform that hangs
    holds up nobody but its own customers.
    """

    repeatable: bool
    """Whether sending the same row twice does no harm."""

    async def send(self, message: Message, conversation: Conversation) -> None:
        """Send it. Raises Refused, Unclear, Held or Busy."""

    async def close(self) -> None:
        """Let go of connections."""


class ReadFromTranscript:
    """The way out of a channel whose customers read the transcript itself: what is marked as sent has arrived."""

    repeatable = True

    async def close(self) -> None:
        """Nothing to let go of."""


Senders = Mapping[str, Sender | ReadFromTranscript]
"""By channel name."""

_Waiting = tuple[Conversation, list[Message]]


async def deliver(
    world: World,
    senders: Senders,
    conversation_id: str | None = None,
    *,
    channel: str | None = None,
    older_than: timedelta = timedelta(0),
) -> int:
    """Send what waits in the outbox: of one conversation, else of one channel, or of all; how many rows went out.

    Rows younger than `older_than` are left to the process that wrote them. A channel without a sender keeps
    its rows.
    """
    waiting = await call_service(_waiting, world, conversation_id, channel, older_than)
    turns = asyncio.Semaphore(AT_ONCE)
    return sum(await asyncio.gather(*(_in_order(world, senders, each, turns) for each in waiting)))


def warm_up() -> None:
    """Load what would otherwise be loaded by the first customer's message."""
    script.load()
    wording.render("welcome", {})


async def take_back_lapsed(world: World, senders: Senders) -> int:
    """Settle rows whose sender died on them: again where that does no harm, else unknown. Returns how many."""
    return await call_service(_take_back_lapsed, world, senders)


async def _in_order(world: World, senders: Senders, waiting: _Waiting, turns: asyncio.Semaphore) -> int:
    conversation, rows = waiting
    async with turns:
        try:
            match senders.get(conversation.channel):
                case None:
                    return 0
                case ReadFromTranscript():
                    return await call_service(_show, world, conversation, rows)
                case sender:
                    return sum([await _deliver(world, sender, row) for row in rows])
        except ConversationNotFound:  # its buyer was erased meanwhile, and what waited for them with it
            return 0


async def _deliver(world: World, sender: Sender, message: Message) -> bool:
    conversation, leased = await call_service(_lease, world, message)
    if leased is None:
        return False
    with logs.about(conversation=conversation.id, message=message.id):
        try:
            outcome, error = await _send(sender, leased, conversation)
        except Busy as busy:
            await call_service(_put_back, world, message, leased, busy)
            return False
        await call_service(_settle, world, message, leased, outcome, error)
    _tell_outcome(conversation, message, outcome)
    return outcome is Delivery.SENT


def _tell_outcome(conversation: Conversation, message: Message, outcome: Delivery) -> None:
    with logs.about(conversation=conversation.id, message=message.id):
        log.info("delivered on %s: %s", conversation.channel, outcome.value)
    metrics.DELIVERED.labels(conversation.channel, outcome.value).inc()


async def _send(sender: Sender, message: Message, conversation: Conversation) -> tuple[Delivery, str]:
    try:
        await sender.send(message, conversation)
    except Refused as exc:
        log.warning("message %s was refused: %s", message.id, exc)
        return Delivery.FAILED, str(exc)
    except Held as exc:
        log.info("message %s waits for the customer: %s", message.id, exc)
        return Delivery.HELD, str(exc)
    except Unclear as exc:
        log.warning("message %s may not have arrived: %s", message.id, exc)
        return Delivery.UNKNOWN, str(exc)
    except Busy:
        raise
    except Exception as exc:  # a mistake of the sender's: it may have come to it before or afterwards
        log.exception("message %s may not have arrived", message.id)
        return Delivery.UNKNOWN, repr(exc)
    return Delivery.SENT, ""


def _waiting(world: World, conversation_id: str | None, channel: str | None, older_than: timedelta) -> list[_Waiting]:
    now = world.clock.now()
    by_conversation: dict[str, list[Message]] = {}
    with world.read() as work:
        for row in work.messages.queued(conversation_id, BATCH, channel, now=now):
            if abs(now - row.at) >= older_than:  # in the future: the clock was set back
                by_conversation.setdefault(row.conversation_id, []).append(row)
        owners = [(work.conversations.get(owner), rows) for owner, rows in by_conversation.items()]
    return [(owner, rows) for owner, rows in owners if owner is not None]


@dataclass(frozen=True)
class ShownAtOnce:
    """Keeps `services.conversations.Showing`; `said` is what the customer said last."""

    world: World
    work: UnitOfWork
    conversation: Conversation
    said: Message

    @cached_property
    def _traditional(self) -> bool:
        return _reads_traditional(self.work, self.said, self.said)

    def read_as(self, reply: Message) -> Message | None:
        return _as_read(self.world, self.work, reply, traditional=self._traditional)

    def shown(self, reply: Message) -> None:
        self.work.once_committed(partial(_tell_outcome, self.conversation, reply, Delivery.SENT))

    def show_rest(self) -> None:
        rows = self.work.messages.queued(self.conversation.id, BATCH, now=self.world.clock.now())
        if rows:
            _show_rows(self.world, self.work, self.conversation, rows, traditional=self._traditional)


def _show(world: World, conversation: Conversation, rows: Sequence[Message]) -> int:
    """Let customers who read the transcript read these rows; returns how many they may read now."""
    with world.write() as work:
        locked, traditional = work.conversations.lock(conversation.id), _reads_traditional(work, rows[0])
        shown = _show_rows(world, work, locked, rows, traditional=traditional)
        work.commit()
    return shown


def _show_rows(
    world: World, work: UnitOfWork, conversation: Conversation, rows: Sequence[Message], *, traditional: bool
) -> int:
    shown = [worded for row in rows if (worded := _shown(world, work, row, traditional=traditional)) is not None]
    for message in shown:
        work.once_committed(partial(_tell_outcome, conversation, message, Delivery.SENT))
    return len(shown)


def _shown(world: World, work: UnitOfWork, message: Message, *, traditional: bool) -> Message | None:
    """The row as the customer may read it from now on; None when it was overtaken, or cannot be worded."""
    worded = _as_read(world, work, message, traditional=traditional)
    now = world.clock.now()
    if worded is None:
        work.messages.end(message.id, Ended(Delivery.FAILED, now, error=_NO_WORDS))
    elif work.messages.end(message.id, Ended(Delivery.SENT, now, text=worded.text, payload=worded.payload)):
        return worded
    else:
        work.buttons.forget(_minted_for(message, worded))
    return None


def _lease(world: World, message: Message) -> tuple[Conversation, Message | None]:
    with world.write() as work:
        conversation = work.conversations.lock(message.conversation_id)
        leased = _leased(world, work, message, traditional=_reads_traditional(work, message))
        work.commit()
    return conversation, leased


def _leased(world: World, work: UnitOfWork, message: Message, *, traditional: bool) -> Message | None:
    """The row as the customer will read it, leased; None when somebody else has it or it was overtaken."""
    now = world.clock.now()
    if not work.messages.lease(message.id, now, now + LEASE):
        return None
    worded = _as_read(world, work, message, traditional=traditional)
    if worded is None:
        work.messages.settle(message.id, Ended(Delivery.FAILED, now, error=_NO_WORDS))
    return worded


def _as_read(world: World, work: UnitOfWork, message: Message, *, traditional: bool) -> Message | None:
    """The row as the customer will read it, with buttons of its own.

    None for one that cannot be worded: it is a mistake of ours, and must not hold up what comes after it.
    """
    words = _made(message, lambda: _words_of(message))
    if words is not None and traditional:
        buttons = words.buttons or _buttons_of(world, work, message)
        words = _made(message, partial(_in_traditional, words, buttons))
    return None if words is None else _worded(world, work, message, words)


def _made(message: Message, make: Callable[[], Words]) -> Words | None:
    try:
        return make()
    except Exception:
        log.exception("message %s cannot be worded", message.id)
        return None


def _words_of(message: Message) -> Words:
    words = Words(message.text)
    if message.template is not None:
        words = wording.render(message.template, message.payload["params"])
    card = message.payload.get("card")
    return replace(words, card=wording.render_card(card) if card else None)


def _worded(world: World, work: UnitOfWork, message: Message, words: Words) -> Message:
    payload = {**message.payload, "card": words.card}
    if words.buttons:
        payload["buttons"] = mint_buttons(world, work, message.conversation_id, words.buttons)
    return replace(message, text=words.text, payload=payload)


def _reads_traditional(work: UnitOfWork, message: Message, *said: Message) -> bool:
    """Whether the customer writes that script; what they said last is at hand, or is looked for."""
    earlier = work.messages.before(message.conversation_id, message.seq, script.LOOKED_AT)
    return script.writes_traditional(chain(said, earlier))


def _buttons_of(world: World, work: UnitOfWork, message: Message) -> tuple[Button, ...]:
    """The buttons that a row has already, which get other titles."""
    tokens = _tokens_of(message)
    found = work.buttons.redeem_all(message.conversation_id, tokens, world.clock.now())
    return tuple(found[token] for token in tokens if token in found)


def _in_traditional(words: Words, buttons: Sequence[Button]) -> Words:
    return Words(
        script.in_traditional(words.text),
        tuple((script.in_traditional(title), payload) for title, payload in buttons),
        card=script.card_in_traditional(words.card),
    )


def _settle(world: World, message: Message, leased: Message, outcome: Delivery, error: str) -> None:
    """What did not go out keeps its facts, to be worded anew when it does."""
    payload = leased.payload if outcome is Delivery.SENT else None
    with world.write() as work:
        ended = Ended(outcome, world.clock.now(), text=leased.text, payload=payload, error=error)
        work.messages.settle(leased.id, ended)
        if outcome in _NOT_ARRIVED:
            work.buttons.forget(_minted_for(message, leased))
        work.commit()


def _put_back(world: World, message: Message, leased: Message, busy: Busy) -> None:
    with world.write() as work:
        work.messages.put_back(leased.id, world.clock.now() + timedelta(seconds=busy.seconds), str(busy))
        work.buttons.forget(_minted_for(message, leased))
        work.commit()


def _minted_for(message: Message, leased: Message) -> list[str]:
    """The tokens that were made for this try: nobody has seen them when it came to nothing."""
    kept = _tokens_of(message)
    return [token for token in _tokens_of(leased) if token not in kept]


def _tokens_of(message: Message) -> list[str]:
    return [button["token"] for button in message.payload.get("buttons") or ()]


def _take_back_lapsed(world: World, senders: Senders) -> int:
    now = world.clock.now()
    with world.write() as work:
        lapsed = work.messages.lapsed(now, BATCH, longest=LEASE)
        for message in lapsed:
            owner = work.conversations.get(message.conversation_id)
            sender = senders.get(owner.channel) if owner is not None else None
            again = sender is not None and sender.repeatable
            outcome = Delivery.QUEUED if again else Delivery.UNKNOWN
            work.messages.settle(message.id, Ended(outcome, now, error="its sender died on it"))
        work.commit()
    return len(lapsed)
