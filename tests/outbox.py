"""Rows of the outbox as tests put them there and find them again."""

from typing import Any

from backend.domain.conversation import Author, Conversation, Delivery, Message, NewMessage
from backend.ports import World


def put_in_outbox(
    world: World,
    conversation: Conversation | str,
    text: str = "在的",
    *,
    author: Author = Author.BOT,
    delivery: Delivery = Delivery.QUEUED,
    **payload: Any,
) -> Message:
    """Something that was said to the customer of a conversation, given itself or by its id."""
    with world.write() as work:
        talk_id = conversation if isinstance(conversation, str) else conversation.id
        owner = work.conversations.lock(talk_id)
        row = work.messages.add(owner, NewMessage(author, text, payload), world.clock.now(), delivery=delivery)
        work.commit()
    assert row is not None
    return row


def delivery_of(world: World, message_id: int) -> Delivery:
    """What has become of it."""
    return stored_message(world, message_id).delivery


def stored_message(world: World, message_id: int) -> Message:
    """The message as it stands now."""
    with world.read() as work:
        found = work.talk.message(message_id)
    assert found is not None
    return found
