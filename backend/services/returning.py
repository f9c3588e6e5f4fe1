"""Customers who write again after a conversation with people has ended: the bot answers, the same agent is offered."""

from datetime import datetime

from backend.domain.conversation import Conversation, Message, Mode
from backend.domain.ownership import STICKY, Episode
from backend.errors import NotOwner
from backend.ports import UnitOfWork, World
from backend.services import handoff, ownership, talk_alerts
from backend.services.conversations import Notice, change_of, say

AGAIN = "again"
"""The hand-off reason of a customer who comes back to whom they talked with."""


def come_back(world: World, message: Message) -> None:
    """A closed conversation whose customer writes is the bot's again."""
    with world.write() as work:
        conversation = work.conversations.lock(message.conversation_id)
        by = change_of(message)
        if not work.ownership.give(conversation.id, None, of=(Mode.CLOSED,), to=Mode.BOT, owned_by=None, by=by):
            return
        for episode in work.episodes.of_conversation(conversation.id)[:1]:
            now, epoch = world.clock.now(), conversation.epoch + 1
            work.handoffs.log(episode.id, at=now, actor=by, from_mode=Mode.CLOSED, to_mode=Mode.BOT, epoch=epoch)
        work.commit()


def offer_last_agent(world: World, conversation_id: str) -> None:
    """Within a day of its end, offer whom they talked with; once for each episode, and only while the bot answers."""
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        episode = _ended_lately(work, conversation, world.clock.now())
        if episode is None or conversation.mode is not Mode.BOT or conversation.last_agent is None:
            return
        name = conversation.last_agent
        say(world, work, conversation, Notice("talk_again", {"name": name}, dedupe_key=f"talk_again:{episode.id}"))
        work.commit()


def ask_again(world: World, conversation_id: str, *, by: str) -> None:
    """Give the conversation to whom the customer talked with if they are there and free, else to the queue's head.

    Once the offer is over it is asking for a person like any other. Raises ConversationNotFound.
    """
    with world.read() as work:
        now = world.clock.now()
        conversation = work.conversations.get(conversation_id)
        lately = conversation is not None and _ended_lately(work, conversation, now) is not None
        free = talk_alerts.free_agents(work, now)
        member = work.staff.get(conversation.last_agent or "") if conversation is not None else None
    there = lately and member is not None and member.active and member.name in free
    reason = AGAIN if lately else "asked"
    view = handoff.request_human(world, conversation_id, reason=reason, by=by, in_turn=there)
    if there and member is not None and view.mode is Mode.QUEUED:
        _claim(world, conversation_id, member.name)


def _claim(world: World, conversation_id: str, name: str) -> None:
    """For the agent who is there; they answer in time, or it goes back to the queue."""
    with world.read() as work:
        member = work.staff.get(name)
    assert member is not None  # it was found a moment ago, and nobody is ever removed
    try:
        ownership.claim(world, conversation_id, member)
    except NotOwner:
        return  # a colleague was quicker
    with world.write() as work:
        episode = work.episodes.current(conversation_id)
        if episode is not None:
            now = world.clock.now()
            talk_alerts.alert_talk(work, episode, "task", member.role, now, about="came_back", staff_name=name)
            work.commit()


def _ended_lately(work: UnitOfWork, conversation: Conversation, now: datetime) -> Episode | None:
    """The newest episode, if somebody answered in it and it was closed less than a day ago."""
    for episode in work.episodes.of_conversation(conversation.id)[:1]:
        closed = [change.at for change in work.episodes.log_of(episode.id) if change.to_mode is Mode.CLOSED]
        if closed and now - closed[-1] < STICKY and episode.answered(conversation.last_agent_at):
            return episode
    return None
