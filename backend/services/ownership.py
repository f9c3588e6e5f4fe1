"""Conversations and the people who own them: claiming, transferring, taking over, giving back, ending.

Every change of owner is one conditional UPDATE under a new epoch, so of two who try only one succeeds and a reply of
the bot that is still on its way is superseded. What the customer is told and the log go into the same transaction.
"""

import logging
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from backend.domain.access import Permission, may
from backend.domain.case import Role
from backend.domain.conversation import Conversation, Mode, ranked_at
from backend.domain.ownership import (
    CLAIMABLE,
    ENDINGS,
    OFFER_LASTS,
    WITH_PEOPLE,
    Episode,
    Note,
    Outcome,
    PresenceState,
)
from backend.domain.work import Staff
from backend.errors import NotOwner, StaffNotFound, TalkRefused
from backend.logs import once_committed
from backend.ports import UnitOfWork, World
from backend.services import handbacks, talk_alerts
from backend.services.conversations import Notice, say
from backend.services.handoff import BOT_OWNED
from backend.services.handoff_card import keep_snapshot

log = logging.getLogger(__name__)

TAKEN_OVER = "taken_over"
"""The reason of an episode that a supervisor began unasked."""


def claim(world: World, conversation_id: str, member: Staff) -> Conversation:
    """A conversation out of the queue, or a ticket.

    Raises NotOwner, with whoever was first; TalkRefused for a role that does not talk, and for whoever is offline.
    """
    _require(member, Permission.TALK)
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        if conversation.owner == member.name and conversation.mode in WITH_PEOPLE:
            return conversation
        _give(world, work, conversation, member.name, of=CLAIMABLE, owned_by=None, by=member)
        _claimed(world, work, conversation, member)
        work.commit()
    keep_snapshot(world, conversation_id, member.role)
    return _read(world, conversation_id)


def take_over(world: World, conversation_id: str, member: Staff) -> Conversation:
    """By a supervisor, from whoever has it, the bot included. Raises NotOwner when it changes hands that moment."""
    _require(member, Permission.TAKE_OVER_TALK)
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        if conversation.owner == member.name:
            return conversation
        if conversation.mode in BOT_OWNED:
            _begin_unasked(world, work, conversation)
        of = (*BOT_OWNED, *CLAIMABLE, *WITH_PEOPLE)
        _give(world, work, conversation, member.name, of=of, owned_by=conversation.owner, by=member)
        _claimed(world, work, conversation, member)
        work.commit()
    keep_snapshot(world, conversation_id, member.role)
    return _read(world, conversation_id)


def offer_transfer(world: World, conversation_id: str, member: Staff, to: str, note: str) -> None:
    """Offer one's conversation to a colleague, who has a minute to accept; a note is a must.

    Raises NotOwner, StaffNotFound for somebody who does not talk, TalkRefused without a note.
    """
    if not note.strip():
        raise TalkRefused("note_missing")
    with world.write() as work:
        conversation, episode = _owned(work, conversation_id, member)
        colleague = work.staff.get(to)
        if colleague is None or not colleague.active or not may(colleague.role, Permission.TALK) or to == member.name:
            raise StaffNotFound(to)
        until = world.clock.now() + OFFER_LASTS
        work.episodes.change(episode.id, offered_to=to, offered_until=until)
        _note(world, work, conversation, member.name, note)
        say(world, work, conversation, Notice("talk_transferring", dedupe_key=f"transfer:{episode.id}:{until}"))
        _log(world, work, conversation, episode, member.name, conversation.mode, conversation.epoch)
        work.commit()


def accept_transfer(world: World, conversation_id: str, member: Staff) -> Conversation:
    """What a colleague offered, while the offer stands. Raises NotOwner when it does not."""
    now = world.clock.now()
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        episode = work.episodes.current(conversation_id)
        if episode is None or not episode.offered(member.name, now):
            raise NotOwner(conversation.owner)
        _give(world, work, conversation, member.name, of=WITH_PEOPLE, owned_by=conversation.owner, by=member)
        _claimed(world, work, conversation, member)
        work.commit()
    return _read(world, conversation_id)


def decline_transfer(world: World, conversation_id: str, member: Staff) -> None:
    """The offer is over, which the log keeps; the owner keeps the conversation."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        episode = work.episodes.current(conversation_id)
        if episode is not None and episode.offered_to == member.name:
            work.episodes.change(episode.id, offered_to=None, offered_until=None)
            _log(world, work, conversation, episode, member.name, conversation.mode, conversation.epoch)
        work.commit()


def give_back(
    world: World,
    conversation_id: str,
    member: Staff,
    outcome: Outcome,
    *,
    note: str = "",
    slots: Mapping[str, Any] | None = None,
    resume: bool = True,
    seen: int | None = None,
) -> None:
    """To the bot, which goes on where it was if `resume`; `slots` are what people found out (`handbacks.answers_from`).

    Raises NotOwner, and TalkRefused for slots that the bot does not know and for what the customer wrote after the
    line number `seen`.
    """
    handbacks.answers_from(slots or {})
    with world.write() as work:
        conversation, episode = _owned(work, conversation_id, member)
        _require_read(work, conversation_id, seen)
        _end(world, work, conversation, episode, member, outcome, to=Mode.BOT)
        now = world.clock.now()
        work.handbacks.add(conversation_id, outcome=outcome.value, note=note, slots=slots or {}, resume=resume, at=now)
        say(world, work, conversation, Notice("talk_given_back", dedupe_key=f"given_back:{episode.id}"))
        _invite_rating(world, work, conversation, episode)
        work.commit()


def wait_for_customer(world: World, conversation_id: str, member: Staff, *, follow_up_hours: int = 0) -> None:
    """Nothing to do until the customer writes, or until a time that the agent sets. Raises NotOwner."""
    with world.write() as work:
        conversation, _ = _owned(work, conversation_id, member)
        mine = member.name
        _give(world, work, conversation, mine, of=WITH_PEOPLE, owned_by=mine, by=member, to=Mode.WAIT_CUSTOMER)
        if follow_up_hours:
            work.ownership.follow_up(conversation_id, world.clock.now() + timedelta(hours=follow_up_hours))
        work.commit()


def resolve(world: World, conversation_id: str, member: Staff, outcome: Outcome, *, seen: int | None = None) -> None:
    """The conversation is over; the customer may rate it.

    Raises NotOwner, and TalkRefused for no outcome to choose and for what the customer wrote after the line number
    `seen`, the newest one that its owner was shown: that would stay without an answer.
    """
    if outcome not in ENDINGS:
        raise TalkRefused("outcome")
    with world.write() as work:
        conversation, episode = _owned(work, conversation_id, member)
        _require_read(work, conversation_id, seen)
        close_talk(world, work, conversation, episode, member, outcome)
        work.commit()


def close_talk(
    world: World, work: UnitOfWork, conversation: Conversation, episode: Episode, member: Staff, outcome: Outcome
) -> None:
    """End an episode in this unit of work: closed, told, rating asked for."""
    _end(world, work, conversation, episode, member, outcome, to=Mode.CLOSED)
    template = "talk_closed_idle" if outcome is Outcome.CUSTOMER_IDLE else "talk_closed"
    say(world, work, conversation, Notice(template, dedupe_key=f"closed:{episode.id}"))
    _invite_rating(world, work, conversation, episode)


def put_back(world: World, work: UnitOfWork, conversation: Conversation, episode: Episode, *, by: str) -> bool:
    """Into the queue again, ahead of others of its urgency: its owner is gone. False when it has another by now."""
    now = world.clock.now()
    given = work.ownership.give(
        conversation.id,
        None,
        of=WITH_PEOPLE,
        to=Mode.QUEUED,
        owned_by=conversation.owner,
        by=by,
        waiting_since=now,
    )
    if not given:
        return False
    priority = episode.priority + 1
    waited = conversation.last_customer_at or now
    work.episodes.change(
        episode.id,
        priority=priority,
        ranked_at=ranked_at(min(waited, now), priority),
        claimed_by=None,
        claimed_at=None,
        first_answer_at=None,
        offered_to=None,
        offered_until=None,
    )
    _log(world, work, conversation, episode, by, Mode.QUEUED, conversation.epoch + 1)
    once_committed(work, log, "put back into the queue by %s", by, conversation=conversation.id)
    talk_alerts.ask_people(work, conversation.id, now)
    about = f"requeued:{conversation.epoch}"
    talk_alerts.alert_talk(
        work, episode, "escalation", Role.SUPERVISOR, now, about=about, by=by, owner=conversation.owner
    )
    say(world, work, conversation, Notice("talk_requeued", dedupe_key=f"requeued:{episode.id}:{conversation.epoch}"))
    return True


def _require(member: Staff, permission: Permission) -> None:
    if not may(member.role, permission):
        raise TalkRefused("role")


def _owned(work: UnitOfWork, conversation_id: str, member: Staff) -> tuple[Conversation, Episode]:
    """The conversation, locked, and its episode. Raises NotOwner unless it is theirs."""
    conversation = work.conversations.lock(conversation_id)
    episode = work.episodes.current(conversation_id)
    if conversation.owner != member.name or conversation.mode not in WITH_PEOPLE or episode is None:
        raise NotOwner(conversation.owner)
    return conversation, episode


def _require_read(work: UnitOfWork, conversation_id: str, seen: int | None) -> None:
    newest = work.talk_lists.last_words([conversation_id]).get(conversation_id)
    if seen is not None and newest is not None and newest.seq > seen:
        raise TalkRefused("unread")


def _give(
    world: World,
    work: UnitOfWork,
    conversation: Conversation,
    owner: str | None,
    *,
    of: Collection[Mode],
    owned_by: str | None,
    by: Staff,
    to: Mode = Mode.HUMAN,
) -> None:
    """One conditional UPDATE and its line in the log. Raises NotOwner when somebody was first."""
    given = work.ownership.give(conversation.id, owner, of=of, to=to, owned_by=owned_by, by=f"staff:{by.name}")
    if not given:
        raise NotOwner(conversation.owner)
    facts = {"conversation": conversation.id}
    once_committed(work, log, "given from %s to %s by %s", conversation.mode.value, to.value, by.name, **facts)
    episode = work.episodes.current(conversation.id)
    if episode is not None:
        _log(world, work, conversation, episode, by.name, to, conversation.epoch + 1)


def _claimed(world: World, work: UnitOfWork, conversation: Conversation, member: Staff) -> None:
    episode = work.episodes.current(conversation.id)
    assert episode is not None  # a claim is of an open episode, and a take-over has begun one
    known = work.presences.get(member.name)
    if known is not None and known.state is PresenceState.OFFLINE:
        raise TalkRefused("offline")  # it would be back in the queue at the next sweep
    now = world.clock.now()
    work.episodes.change(
        episode.id, claimed_by=member.name, claimed_at=now, first_answer_at=None, offered_to=None, offered_until=None
    )
    key = f"joined:{episode.id}:{conversation.epoch}"
    say(world, work, conversation, Notice("talk_joined", {"name": member.name}, dedupe_key=key))


def _begin_unasked(world: World, work: UnitOfWork, conversation: Conversation) -> None:
    now = world.clock.now()
    work.handoffs.open(conversation.id, reason=TAKEN_OVER, summary={}, priority=0, at=now, ranked_at=now)


def _end(
    world: World,
    work: UnitOfWork,
    conversation: Conversation,
    episode: Episode,
    member: Staff,
    outcome: Outcome,
    *,
    to: Mode,
) -> None:
    _give(world, work, conversation, None, of=WITH_PEOPLE, owned_by=member.name, by=member, to=to)
    work.handoffs.close(episode.id, at=world.clock.now(), outcome=outcome.value)
    work.notes.keep_draft(member.name, conversation.id, "")


def _invite_rating(world: World, work: UnitOfWork, conversation: Conversation, episode: Episode) -> None:
    """Once for each episode in which somebody answered; who that was, last, is remembered with it."""
    if episode.answered(conversation.last_agent_at):
        params = {"episode": episode.id, "name": conversation.last_agent}
        say(world, work, conversation, Notice("rate_talk", params, dedupe_key=f"rate_talk:{episode.id}"))


def _log(
    world: World, work: UnitOfWork, conversation: Conversation, episode: Episode, actor: str, to: Mode, epoch: int
) -> None:
    now = world.clock.now()
    work.handoffs.log(episode.id, at=now, actor=actor, from_mode=conversation.mode, to_mode=to, epoch=epoch)


def _note(world: World, work: UnitOfWork, conversation: Conversation, author: str, text: str) -> None:
    work.notes.add(Note(conversation.id, author, text.strip(), world.clock.now()))


def _read(world: World, conversation_id: str) -> Conversation:
    with world.read() as work:
        found = work.conversations.get(conversation_id)
    assert found is not None
    return found
