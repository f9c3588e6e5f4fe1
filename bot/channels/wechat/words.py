"""What a customer reads in WeChat: cards in words, buttons as numbered lines, as much as one text holds."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from backend.domain.conversation import Author, Message
from backend.domain.wechat import LONGEST_TEXT, AnswerPart
from bot import wording

_BORDERS = "\n。！？；"
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def part_of(message: Message, *, numbered: bool) -> AnswerPart:
    """A row of the outbox in words; `numbered` where its buttons may be chosen by their place."""
    said = f"{message.name}：{message.text}" if _by_a_person(message) else message.text
    card = message.payload.get("card")
    text = "\n".join(words for words in (said, wording.card_text(card) if card else "") if words)
    options = tuple(button["title"] for button in message.payload.get("buttons") or ())
    return AnswerPart(_NO_XML.sub("", text), options, numbered, message.id)


def without_picture(part: AnswerPart) -> AnswerPart:
    """Words instead of a picture, for accounts that cannot send one."""
    return replace(part, text="\n".join(filter(None, (part.text, said("no_picture")))))


def answer_of(parts: Sequence[AnswerPart], *, more: bool, settled: bool) -> tuple[str, list[AnswerPart]]:
    """One text out of parts, and what it has no room for; `more`: there is something that waits for the next answer.

    Where nothing was said yet (not `settled`), the text asks for patience, if there is `more`.
    """
    if not parts:
        return (said("working") if more and not settled else said("more") if more else ""), []
    taken = _fitting(parts)
    rest = list(parts[len(taken) :])
    if not taken:
        first, left = _cut(parts[0], room())
        taken, rest = [first], [left, *parts[1:]]
    text = _joined(taken)
    return (f"{text}\n\n{said('more')}" if more or rest else text), rest


def left_of(parts: Sequence[AnswerPart]) -> list[AnswerPart]:
    """What the answer made of these parts has no room for."""
    return answer_of(parts, more=False, settled=True)[1]


def fits(parts: Sequence[AnswerPart]) -> bool:
    """Whether all of it goes into one answer."""
    return _size(_joined(parts)) <= room()


def room() -> int:
    """Bytes that an answer has for what is to be said."""
    return LONGEST_TEXT - _size(said("more")) - 2


def pieces_of(text: str, longest: int = LONGEST_TEXT) -> Iterator[str]:
    """A text in pieces of so many bytes at most, cut where a sentence ends."""
    while _size(text) > longest:
        place = _border(text, longest)
        yield text[:place].rstrip()
        text = text[place:].lstrip()
    if text:
        yield text


def said(name: str, **params: object) -> str:
    """Words of `bot/wording/templates/wechat`."""
    return wording.channel_words("wechat", name, **params)


def _by_a_person(message: Message) -> bool:
    return message.author is Author.AGENT and bool(message.name and message.text)


def _joined(parts: Sequence[AnswerPart]) -> str:
    """A number names a button of the newest list, so only that one is numbered."""
    newest = max((place for place, part in enumerate(parts) if part.options), default=-1)
    shown = [_shown(part, numbered=part.numbered and place == newest) for place, part in enumerate(parts)]
    return "\n\n".join(words for words in shown if words)


def _shown(part: AnswerPart, *, numbered: bool) -> str:
    options = said("options", options=part.options, numbered=numbered) if part.options else ""
    return "\n".join(words for words in (part.text, options) if words)


def _fitting(parts: Sequence[AnswerPart]) -> list[AnswerPart]:
    most = next((most for most in range(len(parts), 0, -1) if fits(parts[:most])), 0)
    return list(parts[:most])


def _cut(part: AnswerPart, longest: int) -> tuple[AnswerPart, AnswerPart]:
    place = _border(part.text, longest)
    return AnswerPart(part.text[:place].rstrip(), row=part.row), replace(part, text=part.text[place:].lstrip())


def _border(text: str, longest: int) -> int:
    """How many characters the first piece has: up to the last border of its second half, or all that fit."""
    head = text.encode()[:longest].decode(errors="ignore")
    place = max(head.rfind(border) + 1 for border in _BORDERS)
    return place if place > len(head) // 2 else len(head)


def _size(text: str) -> int:
    return len(text.encode())
