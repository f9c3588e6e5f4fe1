"""What customers who wait for people want of the queue, by a button or in words."""

from backend.domain.conversation import Message
from bot import wording
from bot.nlu.normalizer import normalize
from bot.utterances import short_words

LONGEST_PHRASE = 20
"""Characters: a longer message of a waiting customer is a description, no command."""


def wish_while_waiting(message: Message) -> str | None:
    """What a customer in the queue wants of it: `cancel`, `position`, `wait`, `ticket` or nothing."""
    command = queue_command(message.payload.get("pressed"))
    if command is not None or not 0 < len(message.text) <= LONGEST_PHRASE:
        return command
    text = normalize(message.text).replace(" ", "")
    found = (meaning for meaning, said in wording.phrases().items() if any(phrase in text for phrase in said))
    return next(found, None)


def leaves_no_queue(message: Message) -> bool:
    """Whether a customer who does not wait asks, in so many words and no others, to leave the queue."""
    return short_words(message.text).replace(" ", "") in wording.phrases()["cancel"]


def queue_command(payload: str | None) -> str | None:
    """The command of a button that is for the router, such as `queue:cancel`."""
    prefix, _, command = (payload or "").partition(":")
    return command if prefix == "queue" else None
