"""Who of the staff is there, and what becomes of conversations whose owner or customer is not: the worker's sweep."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from backend.domain.case import Role
from backend.domain.conversation import Conversation, Mode
from backend.domain.ownership import (
    FIRST_ANSWER_LIMIT,
    FIRST_ANSWER_WARN,
    Episode,
    Outcome,
    Presence,
    PresenceState,
)
from backend.domain.work import Staff
from backend.ports import UnitOfWork, World
from backend.services.conversations import Notice, say
from backend.services.ownership import close_talk, put_back
from backend.services.talk_alerts import alert_talk


def hear(world: World, member: Staff) -> Presence:
    """Their page is open: whoever had no presence, or was offline, is online now."""
    now = world.clock.now()
    with world.write() as work:
        known = work.presences.get(member.name)
        if known is None or not known.there(now):
            known = replace(known or Presence(member.name, PresenceState.ONLINE, now), state=PresenceState.ONLINE)
        heard = replace(known, heard_at=now)
        work.presences.put(heard)
        work.commit()
    return heard


def say_presence(world: World, member: Staff, state: PresenceState) -> Presence:
    """What a member of staff says of themselves."""
    now = world.clock.now()
    with world.write() as work:
        known = work.presences.get(member.name) or Presence(member.name, state, now)
        said = replace(known, state=state, heard_at=now)
        work.presences.put(said)
        work.commit()
    return said


def look_after_talks(world: World) -> int:
    """Do what is due on conversations with people; how many were changed."""
    with world.read() as work:
        owned = work.ownership.owned()
        presences = {presence.name: presence for presence in work.presences.all()}
    return sum(_look_after(world, conversation, presences.get(conversation.owner or "")) for conversation in owned)


def _look_after(world: World, seen: Conversation, presence: Presence | None) -> bool:
    now = world.clock.now()
    with world.write() as work:
        conversation = work.conversations.lock(seen.id)
        episode = work.episodes.current(seen.id)
        if conversation.epoch != seen.epoch or episode is None:
            return False  # it changed hands in the meantime
        due = _due(world, conversation, episode, presence, now)
        changed = due is not None and due(world, work, conversation, episode)
        work.commit()
    return changed


Due = Callable[[World, UnitOfWork, Conversation, Episode], bool]


def _due(
    world: World, conversation: Conversation, episode: Episode, presence: Presence | None, now: datetime
) -> Due | None:
    """What has to be done about it: an absent or silent owner first, then an idle customer."""
    if presence is None or not presence.there(now):
        return _owner_lost
    waits = conversation.mode is Mode.HUMAN and episode.first_answer_at is None
    silent = now - (episode.claimed_at or now) if waits else timedelta(0)
    if silent >= FIRST_ANSWER_WARN:
        return _owner_silent if silent >= FIRST_ANSWER_LIMIT else _warn_owner
    return _idle(world, conversation, now)


def _owner_lost(world: World, work: UnitOfWork, conversation: Conversation, episode: Episode) -> bool:
    return put_back(world, work, conversation, episode, by="timer:heartbeat")


def _owner_silent(world: World, work: UnitOfWork, conversation: Conversation, episode: Episode) -> bool:
    return put_back(world, work, conversation, episode, by="timer:first_answer")


def _warn_owner(world: World, work: UnitOfWork, conversation: Conversation, episode: Episode) -> bool:
    """The owner and the supervisors, once for each time somebody took it."""
    now, about = world.clock.now(), f"first_answer:{conversation.epoch}"
    owner = work.staff.get(conversation.owner or "")
    role = owner.role if owner is not None else Role.AGENT
    warned = alert_talk(work, episode, "warning", role, now, about=about, staff_name=conversation.owner)
    return alert_talk(work, episode, "warning", Role.SUPERVISOR, now, about=about, owner=conversation.owner) or warned


def _idle(world: World, conversation: Conversation, now: datetime) -> Due | None:
    """The customer was answered and has been silent: a nudge, later the end; not while a follow-up is set."""
    answered = conversation.last_agent_at
    waits = answered is not None and answered >= (conversation.last_customer_at or answered)
    if not waits or answered is None or (conversation.follow_up_at is not None and now < conversation.follow_up_at):
        return None
    limits = world.rule_book(now).rules_for().handoff.idle_minutes
    idle = (now - answered).total_seconds() / 60
    if idle >= limits.close:
        return _close_idle
    return _nudge_idle if idle >= limits.nudge else None


def _close_idle(world: World, work: UnitOfWork, conversation: Conversation, episode: Episode) -> bool:
    owner = work.staff.get(conversation.owner or "") or Staff(conversation.owner or "", Role.AGENT)
    close_talk(world, work, conversation, episode, owner, Outcome.CUSTOMER_IDLE)
    return True


def _nudge_idle(world: World, work: UnitOfWork, conversation: Conversation, episode: Episode) -> bool:
    key = f"talk_idle:{episode.id}:{conversation.last_agent_at}"
    if work.messages.by_dedupe_key(key) is not None:
        return False
    say(world, work, conversation, Notice("talk_idle", dedupe_key=key))
    return True
