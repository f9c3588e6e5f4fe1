"""What goes out for one message: texts that Telegram takes, buttons under the last, a photo with its words."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import wording

LONGEST_TEXT = 4096
"""UTF-16 units, as Telegram counts."""
LONGEST_CAPTION = 1024
WIDEST_ROW = 26
"""Columns of Latin letters that a row of buttons holds on a telephone; a Chinese character takes two."""
MOST_IN_ROW = 5
_BORDERS = (("\n\n",), ("\n",), tuple("。！？；!?;…"), tuple("，、,："), (" ",))
"""Where a text is cut, the best border first."""
_WIDE = "WF"
_JOINER = "\u200d"

Keyboard = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of (title, token)."""


@dataclass(frozen=True)
class Bubble:
    """One call: words, or with `photo` a picture or film with words below."""

    text: str
    keyboard: Keyboard = ()
    photo: bytes | None = None
    media_type: str = ""


def bubbles_of(name: str, text: str, payload: Mapping[str, Any], photo: tuple[bytes, str] | None) -> list[Bubble]:
    """The calls for a message of a person (`name`) or of the bot. Empty when there is nothing to be said."""
    words = _words(name, text, payload.get("card"))
    keyboard = keyboard_of(payload.get("buttons") or ())
    if photo is None:
        texts = list(parts_of(words))
        return [Bubble(each, keyboard if place == len(texts) - 1 else ()) for place, each in enumerate(texts)]
    data, media_type = photo
    if units(words) <= LONGEST_CAPTION:
        return [Bubble(words, keyboard, data, media_type)]
    return [*(Bubble(each) for each in parts_of(words)), Bubble("", keyboard, data, media_type)]


def parts_of(text: str, longest: int = LONGEST_TEXT) -> Iterator[str]:
    """A text in parts that are taken, cut between paragraphs, lines, sentences or words, never within a character."""
    rest = text.strip()
    while units(rest) > longest:
        cut = _cut(rest, longest)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def units(text: str) -> int:
    """Length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2


def keyboard_of(buttons: Sequence[Mapping[str, str]]) -> Keyboard:
    """Buttons in rows: as many side by side as can be read."""
    rows: list[list[tuple[str, str]]] = []
    room = 0
    for button in buttons:
        width = _columns(button["title"]) + 4
        if not rows or width > room or len(rows[-1]) == MOST_IN_ROW:
            rows.append([])
            room = WIDEST_ROW
        rows[-1].append((button["title"], button["token"]))
        room -= width
    return tuple(tuple(row) for row in rows)


def _words(name: str, text: str, card: Mapping[str, Any] | None) -> str:
    said = f"{name}: {text}" if name and text else text
    return "\n\n".join(part for part in (said, wording.card_text(card) if card else "") if part)


def _cut(text: str, longest: int) -> int:
    """How many characters the next part has: up to the last good border of its second half, else as many as fit."""
    most = _fitting(text, longest)
    for borders in _BORDERS:
        found = max(text.rfind(border, 0, most) + len(border) for border in borders)
        if found > most // 2:
            return min(found, most)
    while most > 1 and _belongs_before(text, most):
        most -= 1
    return most


def _fitting(text: str, longest: int) -> int:
    room = longest
    for place, char in enumerate(text):
        room -= 2 if ord(char) > 0xFFFF else 1
        if room < 0:
            return place
    return len(text)


def _belongs_before(text: str, place: int) -> bool:
    """Whether a cut there would tear something seen as one character: marks, emoji joined by invisible ones."""
    char, before = text[place], text[place - 1]
    return char == _JOINER or before == _JOINER or unicodedata.category(char) in ("Mn", "Me") or _tones(char)


def _tones(char: str) -> bool:
    return 0x1F3FB <= ord(char) <= 0x1F3FF


def _columns(title: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in _WIDE else 1 for char in title)
