"""The lines of a conversation as staff read them: messages in words, delivered or not, and notes between them."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from backend.domain.conversation import Author, Delivery, Message
from backend.domain.evidence import Evidence
from backend.domain.ownership import Note
from backend.domain.request import Reason, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.workdays import MERCHANT_ZONE
from backend.services.talks_view import TalkView
from bot import wording

log = logging.getLogger(__name__)
_WORDED = (Delivery.SENT, Delivery.FAILED, Delivery.UNKNOWN, Delivery.HELD)
_STUCK = (Delivery.FAILED, Delivery.UNKNOWN, Delivery.HELD)


@dataclass(frozen=True)
class Line:
    """`kind` is an author's code or `note`; `state` a delivery's code, empty for what came in; `at` is aware UTC.

    `why` is what the channel said of what did not arrive, `stuck` the id of a message that can be sent again.
    """

    kind: str
    who: str
    at: datetime
    text: str
    seq: int = 0
    state: str = ""
    picture: Evidence | None = None
    pressed: bool = False
    buttons: tuple[str, ...] = ()
    card: Mapping[str, Any] | None = None
    why: str = ""
    stuck: int | None = None

    @property
    def day(self) -> str:
        return self.at.astimezone(MERCHANT_ZONE).strftime("%Y-%m-%d")

    @property
    def clock(self) -> str:
        return self.at.astimezone(MERCHANT_ZONE).strftime("%H:%M:%S")


def lines_of(view: TalkView) -> list[Line]:
    """Messages and notes of a conversation in the order of time."""
    said = [_line(message, view.pictures) for message in view.lines]
    return _merged(said, [_noted(note) for note in view.notes])


def _merged(said: Sequence[Line], notes: Sequence[Line]) -> list[Line]:
    """Messages stay in the order of their numbers; a note stands before the first one that is later."""
    merged, waiting = [], list(notes)
    for line in said:
        while waiting and waiting[0].at < line.at:
            merged.append(waiting.pop(0))
        merged.append(line)
    return [*merged, *waiting]


def _noted(note: Note) -> Line:
    return Line("note", note.author, note.at, note.text)


def _line(message: Message, pictures: Mapping[str, Evidence]) -> Line:
    payload = message.payload
    line = Line(
        kind=message.author.value,
        who=message.name,
        at=message.at,
        text=message.text,
        seq=message.seq,
        state="" if message.author is Author.CUSTOMER else message.delivery.value,
        picture=pictures.get(payload.get("image", "")),
        pressed="pressed" in payload,
        buttons=tuple(each["title"] for each in payload.get("buttons", ())),
        card=payload.get("card"),
        why=message.error,
        stuck=message.id if message.delivery in _STUCK else None,
    )
    return line if message.delivery in _WORDED or message.author is Author.CUSTOMER else _worded(message, line)


def _worded(message: Message, line: Line) -> Line:
    """A row on its way, as it will be worded when it is delivered."""
    try:
        card = wording.render_card(line.card) if line.card else None
        if message.template is None:
            return replace(line, card=card)
        words = wording.render(message.template, message.payload["params"])
    except Exception:  # the delivery will find the same, and mark the row as failed
        log.exception("message %s cannot be worded", message.id)
        return replace(line, card=None)
    return replace(line, text=words.text, buttons=tuple(title for title, _ in words.buttons), card=card)


def words_of_drafts(book: RuleBook) -> Callable[[str, Any], str]:
    """How the value of a field of a draft on the hand-off card is shown, by the field's name."""
    ways: dict[str, Callable[[Any], str]] = {
        "wish": lambda code: book.label(Wish(code)),
        "reason": lambda code: book.label(Reason(code)),
        "intact": lambda intact: "✓" if intact else "✗",
        "goods": lambda lines: " ".join(f"#{line['line_no']} ×{line['quantity'] or '?'}" for line in lines),
    }
    return lambda name, value: ways.get(name, str)(value)
