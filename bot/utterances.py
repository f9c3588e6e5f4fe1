"""What the dialogue is told: of a message its payload, photos and words, none of which hide a payload of ours."""

import json
import unicodedata
from dataclasses import dataclass, replace
from typing import Any

from backend.domain.conversation import Conversation, Message
from bot.nlu.normalizer import normalize

LONGEST_UTTERANCE = 1000
"""Characters of a message that the dialogue reads; the transcript keeps them all."""

LONGEST_ORDER = 200
"""Characters: who says more presses no button by its title and gives no score, and to read it takes long."""

NEW_VISIT = "/session_start"
CONTINUE = "/continue_filing"


@dataclass(frozen=True)
class Utterance:
    """One thing said to the dialogue. `facts` are small and travel with it to the actions."""

    conversation_id: str
    channel: str
    text: str
    name: str
    facts: dict[str, Any]


def utterances(message: Message) -> list[str]:
    """What the dialogue is told of a message: its photos, and then its words or the payload of a button or command."""
    payload = message.payload
    told = []
    if payload.get("evidence"):
        told.append("/provide_evidence" + json.dumps({"evidence": ",".join(payload["evidence"])}))
    if "pressed" in payload:
        told.append(payload["pressed"])
    elif has_words(message.text) or not told:
        told.append(defused(message.text))
    return told


def defused(text: str) -> str:
    """Words that cannot be taken for a payload of ours: whatever stands before them and is, or hides, a slash
    is gone.

    Never empty: words of nothing but slashes become a question mark.
    """
    start = next((place for place, char in enumerate(text) if not _hides_a_slash(char)), len(text))
    said = text[start : start + LONGEST_UTTERANCE]
    plain = unicodedata.normalize("NFKC", said)  # one character may stand for eighteen
    return (said if len(plain) <= LONGEST_UTTERANCE else plain[:LONGEST_UTTERANCE]).rstrip() or "?"


def short_words(text: str) -> str:
    """A message in the one spelling, where it may be a command, a title or a score; else nothing."""
    return normalize(text) if len(text) <= LONGEST_ORDER else ""


def has_words(text: str) -> bool:
    """Whether there is anything to be seen in a text."""
    return any(not _invisible(char) for char in text)


def resumption_of(message: Message, conversation: Conversation, name: str) -> Utterance:
    """Asking the form's open question again, in the place of the customer's last message and without its photos."""
    bare = replace(message, payload={})
    return replace(utterance_of(bare, conversation, CONTINUE, 0, last=True), name=name)


def utterance_of(message: Message, conversation: Conversation, text: str, run: int, *, last: bool) -> Utterance:
    """One run of a message; `last` where nothing of it is left to be said."""
    return Utterance(
        conversation_id=conversation.id,
        channel=conversation.channel,
        text=text,
        name=f"{message.id}.{run}",
        facts={
            "message_id": message.id,
            "conversation_id": conversation.id,
            "channel": conversation.channel,
            "at": message.at.isoformat(),
            "attachments": message.payload.get("evidence", []),
            "repeated": message.payload.get("repeated", []),
            "more": not last,
        },
    )


def _hides_a_slash(char: str) -> bool:
    return _invisible(char) or unicodedata.normalize("NFKC", char) == "/"


def _invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cc", "Cf", "Mn", "Me", "Cn", "Co"}
