"""Giving a conversation to people: asking for one, leaving the queue, and tickets for those who waited too
long.

Every change of ownership is one conditional UPDATE, so of two processes that try only one succeeds, and only
that one writes the log and tells the customer. Numbers: hand-off page, section 6; hours and promises from the
rule book.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from backend.domain.conversation import Conversation, Message, Mode, ranked_at
from backend.logs import once_committed
from backend.ports import UnitOfWork, World
from backend.services import talk_alerts
from backend.services.conversations import Notice, change_of, get_conversation, say
from backend.services.escalation import standing_triggers, triggers
from backend.services.replies import Reply, Show, Turn, add_replies
from backend.services.working_hours import agent_hours

log = logging.getLogger(__name__)

QUEUE_LIMIT = timedelta(minutes=10)
"""After so long in the queue a conversation becomes a ticket."""

BOT_OWNED = (Mode.BOT, Mode.CLOSED)
"""Modes from which a conversation can be given to people."""

SERVED_BY_BOT = (*BOT_OWNED, Mode.TICKET)
"""Modes in which Rasa answers."""

BOT_ERROR = "bot_error"
"""The hand-off reason when a turn has failed."""


@dataclass(frozen=True)
class HandoffView:
    """Where a conversation stands: its place in the queue, or by when people will answer its ticket."""

    mode: Mode
    position: int | None = None
    promised_at: datetime | None = None


def request_human(
    world: World,
    conversation_id: str,
    *,
    reason: str,
    by: str,
    summary: Mapping[str, Any] | None = None,
    in_turn: bool = False,
) -> HandoffView:
    """Put the conversation into the queue and tell the customer their place, unless people have it already.

    When nobody works it is a ticket at once, and the customer is told when people do and by when they answer.

    `reason` is one of `escalation.triggers`, which gives skill and priority; what stands about the customer may raise
    that. `by` names who does it as `epoch_by` does: `message:ID` for the bot while it answers that message; `in_turn`
    then leaves the notice to `write_turn`, so that it follows what the bot says. A ticket stays a ticket. Raises
    ConversationNotFound, and KeyError for an unknown reason.
    """
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        view = _hand_over(world, work, conversation, reason=reason, by=by, summary=summary or {})
        if not in_turn:
            _say_joined(world, work, replace(conversation, mode=view.mode))
        work.commit()
    return view


def write_turn(
    world: World, message: Message, turn: Turn, *, epoch: int, run: int, last: bool, show: Show | None = None
) -> None:
    """Store the outcome of a message's dialogue run number `run` (from 0); `last` marks the message answered.

    `epoch` is the conversation's when the run began. A customer who waits for people now is told so below the replies.
    `show` lets the customer read at once what is written. Raises Conflict when another process has run it too.
    """
    with world.write() as work:
        conversation = work.conversations.lock(message.conversation_id)
        work.dialogue.append(conversation.id, turn.position, turn.events)
        showing = show(world, work, conversation, message) if show is not None else None
        add_replies(world, work, conversation, message, turn.replies, epoch=epoch, run=run, showing=showing)
        _say_joined(world, work, conversation)
        if last:
            work.messages.mark_answered(message.id)
        if showing is not None:
            showing.show_rest()
        work.commit()


def give_up_turn(world: World, message: Message, replies: Sequence[Reply], *, epoch: int, run: int) -> None:
    """A turn has failed: store what it had said, apologise, and hand over, all or nothing."""
    with world.write() as work:
        conversation = work.conversations.lock(message.conversation_id)
        gives_away = conversation.mode in BOT_OWNED and conversation.epoch == epoch
        add_replies(world, work, conversation, message, replies, epoch=epoch + gives_away, run=run)
        work.messages.mark_answered(message.id)
        say(world, work, conversation, Notice("turn_failed", dedupe_key=f"failed:{message.id}"))
        view = _hand_over(
            world,
            work,
            conversation,
            reason=BOT_ERROR,
            by=change_of(message),
            summary={"message_id": message.id},
        )
        _say_joined(world, work, replace(conversation, mode=view.mode))
        work.commit()


def cancel_queue(world: World, conversation_id: str, *, by: str) -> bool:
    """The customer no longer wants to wait: back to the bot. False when they were not waiting."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        if not _change_mode(world, work, conversation, of=(Mode.QUEUED,), to=Mode.BOT, by=by):
            return False
        handoff_id = work.handoffs.current(conversation_id)
        if handoff_id is not None:
            work.handoffs.close(handoff_id, at=world.clock.now(), outcome="cancelled")
        say(world, work, conversation, Notice("queue_cancelled"))
        work.commit()
    return True


def tell_position(world: World, conversation_id: str) -> None:
    """Answer how long it will still take: the place in the queue, or that they are not in it."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        say(world, work, conversation, position_notice(world, work, conversation))
        work.commit()


def acknowledge_waiting(world: World, conversation_id: str) -> None:
    """Tell somebody who writes while waiting that it will be read, once for each time in the queue."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        handoff_id = work.handoffs.current(conversation_id)
        _say_joined(world, work, conversation)  # where the turn that put them there has died before it told them
        say(world, work, conversation, Notice("queue_ack", dedupe_key=f"queue_ack:{handoff_id}"))
        work.commit()


def _say_joined(world: World, work: UnitOfWork, conversation: Conversation) -> None:
    """Tell a customer who is in the queue now that they are, or that nobody works now, once for each time."""
    if conversation.mode not in (Mode.QUEUED, Mode.TICKET):
        return
    handoff_id = work.handoffs.current(conversation.id)
    if conversation.mode is Mode.QUEUED:
        joined = position_notice(world, work, conversation, template="queue_joined")
    elif handoff_id is not None and not _at_work(world):
        joined = _after_hours_notice(world, work.handoffs.promised(handoff_id))
    else:
        return
    say(world, work, conversation, replace(joined, dedupe_key=f"queue_joined:{handoff_id}"))


def view_handoff(world: World, conversation_id: str) -> HandoffView:
    """Where the conversation stands. Raises ConversationNotFound."""
    conversation = get_conversation(world, conversation_id)
    with world.read() as work:
        return _view(work, conversation)


def turn_into_tickets(world: World, limit: int = 100) -> int:
    """Make tickets of the conversations that have waited too long, each with a promised time; returns how
    many.
    """
    now = world.clock.now()
    with world.read() as work:
        waiting = work.conversations.queued_before(now - QUEUE_LIMIT, limit)
    return sum(make_ticket(world, conversation.id, by="timer:queue") for conversation in waiting)


def make_ticket(world: World, conversation_id: str, *, by: str) -> bool:
    """A ticket with a promised time instead of a place in the queue. False when they were not waiting."""
    now = world.clock.now()
    promised_at = _promised_at(world, now)
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        if not _change_mode(world, work, conversation, of=(Mode.QUEUED,), to=Mode.TICKET, by=by):
            return False
        handoff_id = work.handoffs.current(conversation_id)
        if handoff_id is not None:
            work.handoffs.promise(handoff_id, promised_at)
            talk_alerts.ask_answer(work, conversation_id, promised_at, now)
        say(world, work, conversation, _ticket_notice("ticket_opened", promised_at))
        work.commit()
    return True


def _hand_over(
    world: World,
    work: UnitOfWork,
    conversation: Conversation,
    *,
    reason: str,
    by: str,
    summary: Mapping[str, Any],
) -> HandoffView:
    if conversation.mode not in BOT_OWNED:
        view = _view(work, conversation)
        if view.mode is Mode.TICKET:
            say(world, work, conversation, _standing_notice(world, view.promised_at))
        return view
    now = world.clock.now()
    trigger = triggers()[reason]
    told = {**summary, "skill": trigger.skill}
    standing = standing_triggers(world, work, conversation.id)
    priority = max(each.priority for each in (trigger, *standing))
    handoff_id = work.handoffs.open(
        conversation.id,
        reason=reason,
        summary={**told, "standing": [each.reason for each in standing]},
        priority=priority,
        at=now,
        ranked_at=ranked_at(now, priority),
    )
    mode = Mode.QUEUED if _at_work(world) else Mode.TICKET
    if mode is Mode.TICKET:
        work.handoffs.promise(handoff_id, _promised_at(world, now))
    _change_mode(world, work, conversation, of=BOT_OWNED, to=mode, by=by)
    talk_alerts.ask_people(work, conversation.id, now)
    return _view(work, replace(conversation, mode=mode))


def _change_mode(
    world: World, work: UnitOfWork, conversation: Conversation, *, of: Iterable[Mode], to: Mode, by: str
) -> bool:
    """Change owners by one conditional UPDATE, and log it in the open episode; False when somebody else was
    first.
    """
    now = world.clock.now()
    waiting_since = {Mode.QUEUED: now, Mode.TICKET: conversation.waiting_since}.get(to)
    if not work.conversations.change_mode(conversation.id, of=of, to=to, by=by, waiting_since=waiting_since):
        return False
    once_committed(work, log, "given from %s to %s", conversation.mode.value, to.value, conversation=conversation.id)
    handoff_id = work.handoffs.current(conversation.id)
    if handoff_id is not None:
        work.handoffs.log(
            handoff_id,
            at=now,
            actor=by,
            from_mode=conversation.mode,
            to_mode=to,
            epoch=conversation.epoch + 1,
        )
    return True


def _view(work: UnitOfWork, conversation: Conversation) -> HandoffView:
    handoff_id = work.handoffs.current(conversation.id)
    waiting = conversation.mode is Mode.QUEUED
    return HandoffView(
        mode=conversation.mode,
        position=work.conversations.queue_position(conversation.id) if waiting else None,
        promised_at=work.handoffs.promised(handoff_id) if handoff_id is not None else None,
    )


def position_notice(
    world: World, work: UnitOfWork, conversation: Conversation, template: str = "queue_position"
) -> Notice:
    """Tells `position, minutes` (the limit of waiting), `open` (people work now) and `opens_at`."""
    if conversation.mode is Mode.TICKET:
        return _standing_notice(world, _view(work, conversation).promised_at)
    if conversation.mode is not Mode.QUEUED:
        return Notice("queue_left")
    now = world.clock.now()
    hours = agent_hours(world, now)
    return Notice(
        template,
        {
            "position": work.conversations.queue_position(conversation.id),
            "minutes": QUEUE_LIMIT // timedelta(minutes=1),
            "open": hours.cover(now),
            "opens_at": hours.next_moment(now).isoformat(),
        },
    )


def _ticket_notice(template: str, promised_at: datetime | None) -> Notice:
    return Notice(template, {"promised_at": promised_at.isoformat() if promised_at else None})


def _standing_notice(world: World, promised_at: datetime | None) -> Notice:
    """By when people answer a ticket, or that they should have by now."""
    late = promised_at is not None and promised_at < world.clock.now()
    return _ticket_notice("ticket_overdue" if late else "ticket_standing", promised_at)


def _after_hours_notice(world: World, promised_at: datetime | None) -> Notice:
    now = world.clock.now()
    opens_at = agent_hours(world, now).next_moment(now).isoformat()
    ticket = _ticket_notice("ticket_after_hours", promised_at)
    return replace(ticket, params={**ticket.params, "opens_at": opens_at})


def _at_work(world: World) -> bool:
    """Whether people are at their desks now."""
    now = world.clock.now()
    return agent_hours(world, now).cover(now)


def _promised_at(world: World, now: datetime) -> datetime:
    """When people must have answered: `sla.first_response_hours` after they are next at their desks."""
    hours = agent_hours(world, now)
    allowed = timedelta(hours=world.rule_book(now).rules_for().sla.first_response_hours)
    return hours.next_moment(hours.next_moment(now) + allowed)
