"""The queue while customers wait in it: their place when it changes, a way out when it takes long.

Numbers: hand-off page, section 6. What happens at the end of the wait is `handoff.turn_into_tickets`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.domain.case import Role
from backend.domain.conversation import Conversation, Message, Mode
from backend.domain.ownership import SOFT_LIMIT, Episode
from backend.ports import UnitOfWork, World
from backend.services.conversations import say
from backend.services.handoff import position_notice
from backend.services.talk_alerts import alert_talk

MOST = 500
"""Customers at the head of the queue that are looked after; those behind are when they have moved up."""

_TOLD = ("queue_joined", "queue_position", "queue_long")
"""Notices that tell a place."""


@dataclass(frozen=True)
class _Due:
    """A notice for a customer as they stood in the queue; said once for its key."""

    conversation: Conversation
    template: str
    key: str


def look_after_queue(world: World) -> int:
    """Tell waiting customers what is due; returns how many were told. The place is told when it has changed, and
    no more often than the rules say; after three minutes they may leave a ticket or go back to the bot, and supervisors
    know.
    """
    now = world.clock.now()
    every = timedelta(seconds=world.rule_book(now).rules.handoff.queue_ack_seconds)
    with world.read() as work:
        queue = [each for each in work.ownership.waiting(MOST) if each[0].mode is Mode.QUEUED]
        due = [_due(work, now, every, place, *each) for place, each in enumerate(queue, 1)]
    return sum(_tell(world, each) for each in due if each is not None)


def _due(
    work: UnitOfWork, now: datetime, every: timedelta, place: int, conversation: Conversation, episode: Episode
) -> _Due | None:
    long = f"queue_long:{episode.id}:{conversation.epoch}"
    waited = now - (conversation.waiting_since or now)
    if waited >= SOFT_LIMIT and work.messages.by_dedupe_key(long) is None:
        return _Due(conversation, "queue_long", long)
    told = work.talk.last_told(conversation.id, _TOLD)
    if told is None or _place_told(told) == place or now - told.at < every:
        return None
    return _Due(conversation, "queue_position", f"queue_moved:{episode.id}:{told.id}")


def _place_told(told: Message) -> int:
    return int(told.payload["params"]["position"])


def _tell(world: World, due: _Due) -> bool:
    with world.write() as work:
        conversation = work.conversations.lock(due.conversation.id)
        episode = work.episodes.current(conversation.id)
        if conversation.epoch != due.conversation.epoch or episode is None:
            return False  # somebody took it, or the customer left
        notice = position_notice(world, work, conversation, template=due.template)
        if not say(world, work, conversation, replace(notice, dedupe_key=due.key)):
            return False  # another worker was first
        if due.template == "queue_long":
            about = f"waits_long:{conversation.epoch}"
            alert_talk(work, episode, "warning", Role.SUPERVISOR, world.clock.now(), about=about)
        work.commit()
    return True
