"""What there is to know of a customer's message before it is answered; a command of theirs is done with that."""

from dataclasses import dataclass

from backend.domain.conversation import Conversation, Message
from backend.ports import UnitOfWork, World
from backend.services import conversations, talk_ratings
from backend.services.conversations import Shown
from bot import account_commands, talk_commands
from bot.utterances import has_words


@dataclass(frozen=True)
class Seen:
    """What can be read of it: `words_of` is the episode that its words may be about."""

    conversation: Conversation
    words_of: int | None
    shown: Shown
    """What stands above it, if its words may mean something of that."""


@dataclass(frozen=True)
class Look:
    """The same, and whether it was a command about people or about the account, which has been done."""

    conversation: Conversation
    obeyed: bool
    shown: Shown


def unanswered(world: World, conversation_id: str) -> tuple[list[Message], Seen | None]:
    """The customer's messages that are still to be answered, in order, and what is seen of the first."""
    with world.read() as work:
        messages = work.messages.unanswered_of(conversation_id)
        return messages, _see(world, work, messages[0]) if messages else None


def look_at(world: World, message: Message, seen: Seen | None) -> Look:
    """Look at a message, which may have been seen just now, and do what it commands."""
    if seen is None:
        with world.read() as work:
            seen = _see(world, work, message)
    obeyed = talk_commands.obey(world, message, seen.words_of) or account_commands.obey(world, message)
    return Look(seen.conversation, obeyed, seen.shown)


def is_typed(message: Message) -> bool:
    """Whether it has words, and is no button."""
    return "pressed" not in message.payload and has_words(message.text)


def _see(world: World, work: UnitOfWork, message: Message) -> Seen:
    conversation = conversations.required(work, message.conversation_id)
    if not is_typed(message):
        return Seen(conversation, None, Shown([]))
    words_of = talk_ratings.words_wanted(work, conversation, message)
    return Seen(conversation, words_of, conversations.shown_before(work, message, world.clock.now()))
