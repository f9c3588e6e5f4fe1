"""What customers ask for concerning people, by a button or in words: to rate a talk, to have the same agent again."""

import re

from backend.domain.conversation import Message, Mode
from backend.ports import World
from backend.services import handoff, returning, talk_ratings
from backend.services.conversations import change_of, get_conversation
from bot.nlu.normalizer import normalize

_RATES = "talk:rate:"
_WORDS = "talk:words:"
_AGAIN = "talk:again"
_DIGITS = str.maketrans("一二三四五", "12345")
_SCORE = re.compile(r"(?:打|给|评)?([1-5])(分|星)?[吧啊呀哦呢。!！~]*")


def obey(world: World, message: Message) -> bool:
    """Do what a message asks for concerning people; False where it asks for nothing of that kind."""
    pressed = message.payload.get("pressed", "")
    if pressed.startswith(_RATES):
        episode, score = pressed.removeprefix(_RATES).split(":")
        talk_ratings.rate_talk(world, message.conversation_id, int(episode), int(score))
        return True
    if pressed == _AGAIN:
        _find_again(world, message)
        return True
    if pressed.startswith(_WORDS):
        talk_ratings.ask_words(world, message.conversation_id, int(pressed.removeprefix(_WORDS)))
        return True
    return not pressed and (_typed_score(world, message) or _typed_words(world, message))


def _typed_score(world: World, message: Message) -> bool:
    """A number alone is a score right after it was asked for; one called points is as long as nothing else is rated."""
    said = _SCORE.fullmatch(normalize(message.text).replace(" ", "").translate(_DIGITS))
    asked = talk_ratings.invited(world, message) if said else None
    if said is None or asked is None:
        return False
    episode, just_now = asked
    if not just_now and not said[2]:
        return False
    talk_ratings.rate_talk(world, message.conversation_id, episode, int(said[1]))
    return True


def _typed_words(world: World, message: Message) -> bool:
    """What is said right after words were asked for is what they think of the talk."""
    episode = talk_ratings.words_wanted(world, message) if message.text.strip() else None
    if episode is None:
        return False
    return talk_ratings.add_words(world, message.conversation_id, episode, message.text)


def _find_again(world: World, message: Message) -> None:
    conversation_id = message.conversation_id
    mode = get_conversation(world, conversation_id).mode
    if mode in handoff.BOT_OWNED:
        returning.ask_again(world, conversation_id, by=change_of(message))
    elif mode in (Mode.QUEUED, Mode.TICKET):
        handoff.tell_position(world, conversation_id)
