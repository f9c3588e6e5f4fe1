"""The merchant's own canned replies, and what one must be to be kept; what nobody may write to customers."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

VARIABLES = ("customer", "agent", "order_no", "case_no", "amount", "due")
"""What can stand in braces; it is filled in from the conversation."""
LONGEST_TITLE = 40
LONGEST_TEXT = 500
LONGEST_TAG = 20
MOST_TAGS = 10
"""Characters, and how many other words a reply is found by."""

_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class OwnReply:
    """A reply as it is kept. `version` counts its changes; `changed_at` is aware UTC."""

    id: int
    title: str
    text: str
    tags: tuple[str, ...]
    version: int
    changed_by: str
    changed_at: datetime


@dataclass(frozen=True)
class ReplyText:
    """What somebody wants a reply to be."""

    title: str
    text: str
    tags: tuple[str, ...] = ()


def tidy(wanted: ReplyText) -> ReplyText:
    """Without the space around words, and without words that stand twice."""
    tags = tuple(dict.fromkeys(filter(None, (tag.strip() for tag in wanted.tags))))
    return ReplyText(wanted.title.strip(), wanted.text.strip().replace("\r\n", "\n"), tags)


def mistake_in(wanted: ReplyText, banned: Sequence[str]) -> tuple[str, str] | None:
    """The first thing that is wrong with a reply, as a code and the words it is about; None where all is well.

    `banned` are the words that customers are never told (rule book, `tone.banned_words`).
    """
    unknown = [name for name in _VARIABLE.findall(wanted.text) if name not in VARIABLES]
    said = banned_in(wanted.text, banned)
    checks: tuple[tuple[object, str, str], ...] = (
        (not wanted.title or len(wanted.title) > LONGEST_TITLE, "title", ""),
        (not wanted.text or len(wanted.text) > LONGEST_TEXT, "text", ""),
        (_too_many(wanted.tags), "tags", ""),
        (unknown, "variable", "".join(unknown[:1])),
        (_stray(wanted.text), "brace", ""),
        (said, "banned", said),
    )
    return next(((code, what) for wrong, code, what in checks if wrong), None)


def banned_in(text: str, banned: Sequence[str]) -> str:
    """The first of the words that customers are never told which a text has; empty where it has none."""
    return next((word for word in banned if word in text), "")


def _too_many(tags: Collection[str]) -> bool:
    return len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags)


def _stray(text: str) -> bool:
    """Whether a brace stands where there is no variable: the customer would read it."""
    return bool(set("{}") & set(_VARIABLE.sub("", text)))
