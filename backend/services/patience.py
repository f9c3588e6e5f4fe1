"""Asks a customer for patience whose message has not been answered for some seconds, as in a rush."""

from datetime import timedelta

from backend.domain.ownership import WITH_PEOPLE
from backend.ports import World
from backend.services.conversations import Notice, say

TEMPLATE = "please_wait"
EVERY = timedelta(minutes=1)
"""No more often is a customer asked."""
COUNTED = frozenset({"wechat", "wecom"})
"""Channels whose platform lets us say only so much for each message of the customer's: none of it is spent on this."""


def ask_patience(world: World, conversation_id: str) -> bool:
    """Say that the message has come and takes longer; False where nothing is unanswered, people have the conversation,
    the channel counts what we say, or it was said within the last minute. Raises ConversationNotFound.
    """
    now = world.clock.now()
    with world.write() as work:
        conversation = work.conversations.lock(conversation_id)
        waiting = work.messages.unanswered_of(conversation_id)
        asked = work.talk.last_told(conversation_id, (TEMPLATE,))
        lately = asked is not None and now - asked.at < EVERY
        if not waiting or lately or conversation.mode in WITH_PEOPLE or conversation.channel in COUNTED:
            return False
        told = say(world, work, conversation, Notice(TEMPLATE, dedupe_key=f"{TEMPLATE}:{waiting[0].id}"))
        work.commit()
    return told
