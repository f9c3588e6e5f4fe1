"""The neutral message: what every channel makes of what its platform sends, and why one may be refused."""

from dataclasses import dataclass
from typing import Any

from backend import errors as backend

LONGEST_TEXT = 5000
"""Characters; a longer message is refused."""


@dataclass(frozen=True)
class IncomingMessage:
    """What a customer sent: words, photos and videos as bytes, or the token of a button.

    `client_id` is the platform's own name for the message: the same one twice is one message. `command` is what a
    command or menu of the platform stands for, a payload such as `/request_human`, with what was typed as its text:
    a channel takes it from a table of its own, never from what somebody typed.
    """

    conversation_id: str
    text: str = ""
    photos: tuple[bytes, ...] = ()
    button: str | None = None
    command: str | None = None
    client_id: str | None = None


class MessageRefused(Exception):
    """A message that cannot be taken; nothing of it was stored.

    `code` names the template in `bot/wording/templates/errors` that tells the customer, `params` fill it.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(f"{code} {params or ''}".strip())
        self.code, self.params = code, params


def refusal_of(error: Exception) -> tuple[str, dict[str, Any]] | None:
    """Code and parameters of the words (`templates/errors`) for a message that was not taken; None for any other."""
    match error:
        case MessageRefused():
            return error.code, error.params
        case backend.EvidenceRefused():
            return f"photo_{error.reason}", {"limit": error.limit}
        case backend.StorageFull():
            return "storage_full", {}
        case backend.ButtonNotFound():
            return "button_expired", {}
    return None
