"""Who gets an incoming message: stores it first, then lets the bot, the queue or nobody answer it.

Customers are answered one message at a time for each conversation, in the order the messages came. What was
stored but not answered, because a process died over it, is answered later: a run of the dialogue changes
nothing of ours before its outcome is written, and that happens once.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from backend import logs
from backend.calling import call_service
from backend.domain.conversation import Conversation, Message, Mode
from backend.domain.ownership import WITH_PEOPLE, Handback
from backend.errors import Conflict
from backend.ports import World
from backend.services import agent_talk, conversations, handbacks, handoff, patience, returning
from backend.services.conversations import Notice, Said
from backend.services.evidence import keep_evidence
from backend.services.replies import Reply, Show, Turn
from bot import metrics
from bot.channels.messages import LONGEST_TEXT, IncomingMessage, MessageRefused
from bot.choosing import typed_button
from bot.delivery import ReadFromTranscript, Senders, ShownAtOnce, deliver
from bot.live import Live
from bot.locks import KeyedLocks, Locks
from bot.looking import Look, Seen, is_typed, look_at, unanswered
from bot.queue_wishes import leaves_no_queue, queue_command, wish_while_waiting
from bot.utterances import CONTINUE, NEW_VISIT, Utterance, has_words, resumption_of, utterance_of, utterances

TURN_SECONDS = 8.0
"""A run of the dialogue that takes longer has failed (hand-off page, section 4)."""

AT_ONCE = 4
"""So many conversations are answered at a time: with more, all would take long, and fail together in a rush."""

PHOTOS_AT_ONCE = 2
"""Photos looked at at a time: one made to take long would in numbers take all the threads that others wait for."""

PATIENCE_SECONDS = 6.0
"""Own number: whoever waits longer for an answer is told that the message has come (`ANXIN_PATIENCE_SECONDS`)."""

LEFT_BEHIND = timedelta(seconds=15)
"""A message unanswered for so long has lost its process."""

RECOVERY_SECONDS = 5.0
HANDBACK_SECONDS = 1.0

log = logging.getLogger(__name__)


class DialogueFailed(Exception):
    """A run of the dialogue broke; `replies` is what it had said until then."""

    def __init__(self, reason: str, replies: Sequence[Reply] = ()) -> None:
        super().__init__(reason)
        self.replies = tuple(replies)


class Dialogue(Protocol):
    """Whoever thinks of the answers: Rasa."""

    async def run(self, utterance: Utterance) -> Turn:
        """Answer, writing nothing. Raises DialogueFailed."""

    async def parts(self, text: str) -> tuple[str, ...]:
        """What a message says, taken apart where it asks for two things at once."""


class Router:
    """Takes what channels hand over, and sees to it that it is answered."""

    def __init__(
        self,
        world: World,
        dialogue: Dialogue,
        live: Live,
        senders: Senders,
        locks: Locks | None = None,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._world = world
        self._dialogue = dialogue
        self._live = live
        self._senders = senders
        self._locks = locks or KeyedLocks()
        self._serving: dict[asyncio.Task[None], str] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._own_photos = KeyedLocks()
        self._photo_places = asyncio.Semaphore(PHOTOS_AT_ONCE)
        self._patience = patience_seconds

    async def receive(self, incoming: IncomingMessage) -> Message:
        """Store the message and have it answered in the background; the same `client_id` gives the same
        message.

        Raises MessageRefused, EvidenceRefused, StorageFull, ButtonNotFound or ConversationNotFound; nothing
        is stored then.
        """
        _refuse_impossible(incoming)
        known = await self._known(incoming) if incoming.photos else None
        if known is not None:
            return known
        said = await self._keep_photos(incoming)
        received = await call_service(conversations.receive, self._world, incoming.conversation_id, said)
        if not received.repeated:
            with logs.about(conversation=incoming.conversation_id, message=received.message.id):
                log.info("received on %s", received.conversation.channel)
            metrics.RECEIVED.labels(received.conversation.channel).inc()
            self._start(incoming.conversation_id, self._serve(incoming.conversation_id))
        self._live.notify_soon(incoming.conversation_id, received.message.seq)
        return received.message

    async def recover(self, longer_than: timedelta = LEFT_BEHIND) -> int:
        """Begin to answer what was left unanswered for so long; returns in how many conversations."""
        found = await call_service(conversations.left_unanswered, self._world, longer_than)
        return sum(self._take_up(each, partial(self._serve, each)) for each in found)

    async def take_handbacks(self) -> int:
        """Begin to go on where people gave conversations back; returns in how many."""
        found = await call_service(handbacks.waiting, self._world)
        return sum(self._take_up(each.conversation_id, partial(self._go_on, each)) for each in found)

    async def keep_recovering(self) -> None:
        """`recover` and `take_handbacks` again and again, until cancelled. Neither waits for what it begins: a
        conversation whose platform hangs holds up no other.
        """
        await asyncio.gather(
            _again_and_again(self.recover, RECOVERY_SECONDS),
            _again_and_again(self.take_handbacks, HANDBACK_SECONDS),
        )

    async def drain(self) -> None:
        """Let the turns under way come to their end."""
        while self._serving:
            await asyncio.wait(self._serving)

    async def _known(self, incoming: IncomingMessage) -> Message | None:
        """The same message with the same photos, stored before: `receive` looks again, but then they are kept twice."""
        return await call_service(
            conversations.received_before, self._world, incoming.conversation_id, incoming.client_id
        )

    async def _keep_photos(self, incoming: IncomingMessage) -> Said:
        kept = []
        for photo in incoming.photos:
            async with self._own_photos.hold(incoming.conversation_id), self._photo_places:
                kept.append(await asyncio.to_thread(keep_evidence, self._world, incoming.conversation_id, photo))
        return Said(
            text=incoming.text,
            client_id=incoming.client_id,
            evidence=tuple(each.evidence.id for each in kept),
            repeated=tuple(each.evidence.id for each in kept if each.repeated),
            button=incoming.button,
            command=incoming.command,
        )

    def _take_up(self, conversation_id: str, do: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Begin with it, unless the conversation is in hand: what is left then is found again."""
        if conversation_id in self._serving.values():
            return False
        self._start(conversation_id, do())
        return True

    def _start(self, conversation_id: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._serving[task] = conversation_id
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        del self._serving[task]
        if not task.cancelled() and task.exception() is not None:
            log.error("a message stays unanswered for now", exc_info=task.exception())

    async def _serve(self, conversation_id: str) -> None:
        with logs.about(conversation=conversation_id):
            asking = asyncio.get_running_loop().call_later(self._patience, self._ask_patience, conversation_id)
            try:
                await self._answer_all(conversation_id)
            finally:
                asking.cancel()

    def _ask_patience(self, conversation_id: str) -> None:
        """Tell a customer who waits long. Once begun it is not broken off: half a sending would hold up the answer."""
        self._start(conversation_id, self._tell_to_wait(conversation_id))

    async def _tell_to_wait(self, conversation_id: str) -> None:
        try:
            if await call_service(patience.ask_patience, self._world, conversation_id):
                await self.send(conversation_id)
        except Exception:
            log.exception("cannot ask for patience")

    async def _answer_all(self, conversation_id: str) -> None:
        async with self._locks.hold(conversation_id), self._places:
            messages, seen = await call_service(unanswered, self._world, conversation_id)
            for message in messages:
                with logs.about(message=message.id):
                    await self._answer(message, seen)
                seen = None

    async def _answer(self, message: Message, seen: Seen | None) -> None:
        shown = False
        try:
            shown = await self._answer_as(await call_service(look_at, self._world, message, seen), message)
        finally:
            if shown:
                self._live.notify(message.conversation_id)
            else:
                await self._send_aside(message.conversation_id)
            self._live.show(message.conversation_id, typing=False)

    async def _answer_as(self, look: Look, message: Message) -> bool:
        """True when the customer may read all of the answer already."""
        conversation = look.conversation
        if conversation.mode not in WITH_PEOPLE:  # an agent reads when they read
            typing = conversation.mode in handoff.SERVED_BY_BOT
            self._live.show(conversation.id, typing=typing, read=message.seq)
        if look.obeyed:
            await self._close(message)
        elif conversation.mode is Mode.CLOSED:
            await self._welcome_back(message, look)
        elif conversation.mode in handoff.SERVED_BY_BOT:
            return await self._answer_by_bot(message, look)
        elif conversation.mode is Mode.QUEUED:
            await self._answer_waiting(message)
        else:
            await call_service(agent_talk.customer_wrote, self._world, conversation.id)
            await self._close(message)
        return False

    async def _welcome_back(self, message: Message, look: Look) -> None:
        """A customer whose talk with people is over: the bot answers in a new visit, and offers the same agent."""
        await call_service(returning.come_back, self._world, message)
        look = replace(look, conversation=await self._conversation(message))
        await self._answer_by_bot(message, look, before=(NEW_VISIT,))
        await call_service(returning.offer_last_agent, self._world, message.conversation_id)

    async def _answer_by_bot(self, message: Message, look: Look, before: Sequence[str] = ()) -> bool:
        if queue_command(message.payload.get("pressed")) or leaves_no_queue(message):
            await call_service(handoff.tell_position, self._world, message.conversation_id)
            await self._close(message)
            return False
        return await self._run_all(message, look.conversation, [*before, *await self._told(message, look)])

    async def _told(self, message: Message, look: Look) -> list[str]:
        """What the dialogue is told: of typed words the button that they name, or their parts."""
        texts = utterances(message)
        if not is_typed(message):
            return texts
        pressed = typed_button(message.text, look.shown.buttons, look.shown.words)
        try:
            return [*texts[:-1], *([pressed] if pressed else await self._dialogue.parts(texts[-1]))]
        except Exception:
            log.exception("message %s: cannot be taken apart", message.id)
            return texts

    async def _answer_waiting(self, message: Message) -> None:
        conversation_id, by = message.conversation_id, conversations.change_of(message)
        match wish_while_waiting(message):
            case "cancel":
                await call_service(handoff.cancel_queue, self._world, conversation_id, by=by)
                await self._run_all(message, await self._conversation(message), [CONTINUE])
                return
            case "position":
                await call_service(handoff.tell_position, self._world, conversation_id)
            case "wait":
                await call_service(conversations.tell, self._world, conversation_id, Notice("queue_waits"))
            case "ticket":
                await call_service(handoff.make_ticket, self._world, conversation_id, by=by)
            case _:
                await call_service(handoff.acknowledge_waiting, self._world, conversation_id)
        await self._close(message)

    async def _run_all(self, message: Message, conversation: Conversation, texts: Sequence[str]) -> bool:
        """Run the dialogue once for each text, as long as the bot owns the conversation; True as for `_answer_as`."""
        for run, text in enumerate(texts):
            last = run == len(texts) - 1
            try:
                if not await self._run(message, conversation, text, run=run, last=last):
                    return False
            except Conflict:
                log.warning("message %s was answered by another process", message.id)
                return False
            if last:
                break
            await self._send_aside(conversation.id)
            conversation = await self._conversation(message)
            if conversation.mode not in handoff.SERVED_BY_BOT:
                await self._close(message)
                return False
        return self._show(conversation) is not None

    async def _run(self, message: Message, conversation: Conversation, text: str, *, run: int, last: bool) -> bool:
        """One run and what comes of it; False when it failed and people were asked to help."""
        epoch, began = conversation.epoch, time.perf_counter()
        try:
            utterance = utterance_of(message, conversation, text, run, last=last)
            turn = await asyncio.wait_for(self._dialogue.run(utterance), TURN_SECONDS)
        except Exception as exc:
            log.exception("message %s: the turn failed", message.id)
            said = exc.replies if isinstance(exc, DialogueFailed) else ()
            await call_service(handoff.give_up_turn, self._world, message, said, epoch=epoch, run=run)
            metrics.TURN_SECONDS.labels("failed").observe(time.perf_counter() - began)
            return False
        show = self._show(conversation)
        await call_service(handoff.write_turn, self._world, message, turn, epoch=epoch, run=run, last=last, show=show)
        metrics.TURN_SECONDS.labels("answered").observe(time.perf_counter() - began)
        log.info("answered by the bot with %d messages", len(turn.replies))
        return True

    def _show(self, conversation: Conversation) -> Show | None:
        """How its customer is shown what was written in the same transaction: where they read the transcript."""
        return ShownAtOnce if isinstance(self._senders.get(conversation.channel), ReadFromTranscript) else None

    async def _go_on(self, handback: Handback) -> None:
        with logs.about(conversation=handback.conversation_id):
            async with self._locks.hold(handback.conversation_id), self._places:
                await self._take_handback(handback)

    async def _take_handback(self, handback: Handback) -> None:
        """The bot asks on where it was; one that cannot be gone on with waits for the customer's next message."""
        turn, epoch = None, 0
        message = await call_service(handbacks.fill_in, self._world, handback)
        try:
            if message is not None:
                conversation = await self._conversation(message)
                epoch = conversation.epoch
                utterance = resumption_of(message, conversation, f"handback.{handback.id}")
                turn = await asyncio.wait_for(self._dialogue.run(utterance), TURN_SECONDS)
        except Exception:
            log.exception("conversation %s: the bot cannot go on by itself", handback.conversation_id)
        try:
            await call_service(handbacks.settle, self._world, handback, turn, epoch=epoch, message=message)
        except Conflict:
            log.warning("conversation %s has moved on: its hand-back is taken again", handback.conversation_id)
        await self._send_aside(handback.conversation_id)

    async def _conversation(self, message: Message) -> Conversation:
        return await call_service(conversations.get_conversation, self._world, message.conversation_id)

    async def _close(self, message: Message) -> None:
        await call_service(conversations.mark_answered, self._world, message)

    async def _send_aside(self, conversation_id: str) -> None:
        """`send`, with the place left to others meanwhile: what hangs holds up none but its own customers."""
        self._places.release()
        try:
            await self.send(conversation_id)
        finally:
            await self._places.acquire()

    async def send(self, conversation_id: str) -> None:
        """Deliver what waits in the conversation's outbox, and let its listeners know."""
        await deliver(self._world, self._senders, conversation_id)
        self._live.notify(conversation_id)


async def _again_and_again(do: Callable[[], Awaitable[object]], seconds: float) -> None:
    while True:
        try:
            await do()
        except Exception:  # the database may be away for a while
            log.exception("cannot do what was left undone")
        await asyncio.sleep(seconds)


def _refuse_impossible(incoming: IncomingMessage) -> None:
    if len(incoming.text) > LONGEST_TEXT:
        raise MessageRefused("message_too_long", length=len(incoming.text), limit=LONGEST_TEXT)
    if incoming.button is not None and (incoming.text or incoming.photos):
        raise MessageRefused("one_thing_only")
    if incoming.button is None and not incoming.photos and not has_words(incoming.text):
        raise MessageRefused("empty_message")
