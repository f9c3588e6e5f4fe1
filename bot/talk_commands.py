"""What customers ask for concerning people, by a button or in words: to rate a talk, to have the same agent again,
where people stay whom they wait for.
"""

import re

from backend.domain.conversation import Message, Mode
from backend.ports import World
from backend.services import handoff, progress, returning, talk_ratings
from backend.services.conversations import change_of, get_conversation
from bot import wording
from bot.nlu.normalizer import normalize
from bot.queue_wishes import LONGEST_PHRASE
from bot.utterances import short_words

_RATES = "talk:rate:"
_WORDS = "talk:words:"
_AGAIN = "talk:again"
_DIGITS = str.maketrans("一二三四五", "12345")
_MARKS = re.compile(r"[\s,，。.!！?？~～…]+")
_CALLS = re.compile(
    r"(?:喂|哎|请问|那|所以|到底|你好)*(?:"
    r"(?:人工|客服|人)+都?(?:呢|在哪[里儿]?|[去跑]哪[里儿]?了?|(?:还)?在不?在?|(?:什么|啥)时候(?:来|到|在|回复?)"
    r"|(?:怎么|咋)?(?:还|一直)?[不没](?:见|有)?(?:来|在|到|接|上线|回复?|答复|人))"
    r"|(?:现在|还)?(?:有没有人|有人(?:在|没有?|(?=[吗么])))"
    r"|(?:怎么|咋|还|一直)+没有?人(?:在|来)?"
    r"|(?:你们|客服|人工)?(?:怎么|为什么|为啥|咋|还|这么久|半天|一直|都)+(?:没有?人|[不没]有?)(?:来)?(?:回复?|理|答复|应|搭理)"
    r"(?:我|一下|消息|信息|话)*"
    r"|没有?人(?:来)?(?:回复?|理|管|答复|应|搭理)(?:我|一下|消息|信息)*"
    r"|(?:多久|几点|何时|(?:什么|啥)时候)(?:才)?(?:能|会)?(?:有人|有客服|来人|回复?|答复)(?:我|来|在|理|回复?)*"
    r")[吗么了啊呀呢嘛吧]*"
)
"""Where people stay, asked in so many words and no others."""
_SCORE = re.compile(r"(?:打|给|评)?([1-5])(分|星)?[吧啊呀哦呢。!！~]*")


def obey(world: World, message: Message, words_of: int | None) -> bool:
    """Do what a message asks for concerning people; False where it asks for nothing of that kind.

    `words_of` is the episode of which they were asked what was not good, just before.
    """
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
    if pressed:
        return False
    return _typed_score(world, message) or _typed_words(world, message, words_of) or _calls(world, message)


def _typed_score(world: World, message: Message) -> bool:
    """A number alone is a score right after it was asked for; one called points is as long as nothing else is rated."""
    said = _SCORE.fullmatch(short_words(message.text).replace(" ", "").translate(_DIGITS))
    asked = talk_ratings.invited(world, message) if said else None
    if said is None or asked is None:
        return False
    episode, just_now = asked
    if not just_now and not said[2]:
        return False
    talk_ratings.rate_talk(world, message.conversation_id, episode, int(said[1]))
    return True


def _typed_words(world: World, message: Message, episode: int | None) -> bool:
    """What is said right after words were asked for is what they think of the talk."""
    if episode is None or not message.text.strip():
        return False
    return talk_ratings.add_words(world, message.conversation_id, episode, message.text)


def _calls(world: World, message: Message) -> bool:
    """Who waits for people, in the queue or with a ticket, and asks where they stay is told how that stands.

    How long it takes may be asked of a case as well, where there is one: the bot knows.
    """
    said = _MARKS.sub("", normalize(message.text)) if len(message.text) <= LONGEST_PHRASE else ""
    calls = _CALLS.fullmatch(said) is not None
    if not calls and said not in wording.phrases()["position"]:
        return False
    conversation_id = message.conversation_id
    mode = get_conversation(world, conversation_id).mode
    waits = mode is Mode.QUEUED or (
        mode is Mode.TICKET and (calls or not progress.of_conversation(world, conversation_id))
    )
    if waits:
        handoff.tell_position(world, conversation_id)
    return waits


def _find_again(world: World, message: Message) -> None:
    conversation_id = message.conversation_id
    mode = get_conversation(world, conversation_id).mode
    if mode in handoff.BOT_OWNED:
        returning.ask_again(world, conversation_id, by=change_of(message))
    elif mode in (Mode.QUEUED, Mode.TICKET):
        handoff.tell_position(world, conversation_id)
