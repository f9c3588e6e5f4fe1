"""Conversations for tests of the desk, in the state that a test begins with."""

import asyncio

from backend.domain.conversation import Message
from backend.ports import World
from backend.services import handoff
from backend.services.conversations import Said, open_conversation, receive
from bot.delivery import ReadFromTranscript, deliver


def a_talk(world: World, user: str = "u1", *words: str) -> str:
    """A customer who has written to the bot."""
    conversation = open_conversation(world, "webchat", user)
    for text in words or ("我要人工",):
        receive(world, conversation.id, Said(text))
    send(world, conversation.id)
    return conversation.id


def a_queued_talk(world: World, user: str = "u1", *words: str, reason: str = "asked") -> str:
    """A customer who waits for people."""
    talk = a_talk(world, user, *words)
    handoff.request_human(world, talk, reason=reason, by="message:1")
    send(world, talk)
    return talk


def send(world: World, talk: str) -> None:
    """Deliver what waits in the conversation's outbox."""
    asyncio.run(deliver(world, {"webchat": ReadFromTranscript()}, talk))


def rows(world: World, talk: str) -> list[Message]:
    """All lines of a conversation."""
    with world.read() as work:
        return work.talk_lists.lines(talk, 1, 1000)
