"""A router over a real database, with a dialogue that does as it is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from backend.domain.conversation import Conversation, Message
from backend.ports import World
from backend.services import conversations
from bot.channels.messages import IncomingMessage
from bot.channels.webchat.sender import CHANNEL
from bot.delivery import ReadFromTranscript, deliver
from bot.live import Live
from bot.router import Router
from tests.unit.bot.dialogues import ScriptedDialogue


@dataclass
class Chat:
    """One customer's web chat, as a test plays it."""

    world: World
    router: Router
    dialogue: ScriptedDialogue
    conversation: Conversation

    async def say(self, text: str = "", **more: object) -> Message:
        """Send a message and wait until it is answered."""
        message = await self.send(text, **more)
        await self.router.drain()
        return message

    async def send(self, text: str = "", **more: object) -> Message:
        """Send a message and leave it to the router."""
        return await self.router.receive(IncomingMessage(self.conversation.id, text, **more))  # type: ignore[arg-type]

    async def press(self, title: str) -> Message:
        """Press the newest button of that title."""
        buttons = [each for row in self.rows() for each in row.payload.get("buttons", [])]
        token = next(each["token"] for each in reversed(buttons) if each["title"] == title)
        return await self.say(button=token)

    def rows(self, after: int = 0) -> list[Message]:
        return conversations.transcript(self.world, self.conversation.id, after)

    def said(self) -> list[tuple[str, str]]:
        """(author, text) of all rows, without the welcome."""
        return [(row.author.value, row.text) for row in self.rows()[1:]]

    def templates(self) -> list[str]:
        """The notices among the rows, without the welcome."""
        return [row.template for row in self.rows()[1:] if row.template]

    def mode(self) -> str:
        return conversations.get_conversation(self.world, self.conversation.id).mode.value


@pytest.fixture
def dialogue() -> ScriptedDialogue:
    return ScriptedDialogue()


@pytest.fixture
async def chat(world: World, dialogue: ScriptedDialogue) -> AsyncIterator[Chat]:
    senders = {CHANNEL: ReadFromTranscript()}
    live = Live(world, lambda conversation_id: deliver(world, senders, conversation_id))
    router = Router(world, dialogue, live, senders)
    conversation = conversations.open_conversation(world, CHANNEL, "visitor")
    await router.send(conversation.id)
    yield Chat(world, router, dialogue, conversation)
    await router.drain()
    await live.close()
