"""What customers ask for concerning their own account: to unbind it from the buyer whom it has proven to be."""

import re

from backend.domain.conversation import Message
from backend.ports import World
from backend.services import bindings
from bot import wording
from bot.utterances import short_words

_PREFIX = "account:"
_MARKS = re.compile(r"[\s,，。.!！?？~～]+")
_DO = {"ask": bindings.ask_to_unbind, "unbind": bindings.unbind_own, "keep": bindings.keep_bound}


def obey(world: World, message: Message) -> bool:
    """Do what a message asks for concerning the account; False where it asks for nothing of that kind."""
    wish = _wish(world, message)
    if wish is None:
        return False
    _DO[wish](world, message.conversation_id)
    return True


def _wish(world: World, message: Message) -> str | None:
    pressed: str | None = message.payload.get("pressed")
    if pressed is not None:
        return pressed.removeprefix(_PREFIX) if pressed.startswith(_PREFIX) else None
    said = _MARKS.sub("", short_words(message.text))
    phrases = wording.account_phrases()
    if said in phrases["unbind"] | phrases["keep"] and bindings.was_asked(world, message):
        return "unbind" if said in phrases["unbind"] else "keep"
    return "ask" if said in phrases["ask"] else None
