"""What the stand-in of Telegram remembers: chats and what was sent to them, files, updates to be fetched, faults."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.telegram_rules import Floods, Refusal, bad

FAULTS = frozenset({"hang", "flood", "error", "error_after", "hang_up", "lose_answer"})
"""No answer ever; 429; 5xx before or after doing it; the connection is cut before or after doing it."""


@dataclass
class Fault:
    """It happens to the next `times` calls of a method, of one chat or of any; `seconds` belong to a flood."""

    method: str
    fault: str
    times: int = 1
    seconds: int = 1
    chat_id: int | None = None

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"there is no fault {self.fault!r}, only {', '.join(sorted(FAULTS))}")


@dataclass
class Sent:
    """A message of the bot as the customer sees it."""

    chat_id: int
    message_id: int
    kind: str
    text: str
    buttons: list[dict[str, str]]
    at: float
    size: int = 0


@dataclass
class Books:
    """Everything; `webhook` is None while nobody is to be called."""

    floods: Floods = field(default_factory=Floods)
    chats: dict[int, dict[str, Any]] = field(default_factory=dict)
    blocked: set[int] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    webhook: dict[str, Any] | None = None
    commands: list[dict[str, str]] = field(default_factory=list)
    presses: dict[str, str | None] = field(default_factory=dict)
    """The toast that answered a press, by its id; None while it waits."""
    calls: list[tuple[str, int | None]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    left: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)

    def number(self) -> int:
        return next(self._numbers)

    def chat(self, chat_id: int) -> dict[str, Any]:
        """A chat that somebody began and where the bot may speak. Raises Refusal."""
        if chat_id not in self.chats:
            raise bad("chat not found")
        if chat_id in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if chat_id in self.left:
            raise Refusal(403, "Forbidden: bot is not a member of the group chat")
        return self.chats[chat_id]

    def send(self, chat_id: int, kind: str, text: str, markup: Mapping[str, Any] | None, size: int = 0) -> Sent:
        """Note a message. Raises Refusal for one too many."""
        self.chat(chat_id)
        self.floods.count(chat_id)
        message = Sent(chat_id, self.number(), kind, text, buttons_of(markup), time.time(), size)
        self.sent.append(message)
        return message

    def change_buttons(self, chat_id: int, message_id: int, markup: Mapping[str, Any] | None) -> Sent:
        """Put other buttons under a message. Raises Refusal."""
        self.chat(chat_id)
        for message in self.sent:
            if (message.chat_id, message.message_id) == (chat_id, message_id):
                if message.buttons == buttons_of(markup):
                    raise bad("message is not modified")
                message.buttons = buttons_of(markup)
                return message
        raise bad("message to edit not found")

    def order(self, fault: Fault) -> None:
        self.faults.append(fault)

    def fault_of(self, method: str, chat_id: int | None) -> Fault | None:
        """What goes wrong now."""
        for fault in self.faults:
            if fault.method in (method, "*") and fault.chat_id in (None, chat_id):
                fault.times -= 1
                if not fault.times:
                    self.faults.remove(fault)
                return fault
        return None


def buttons_of(markup: Mapping[str, Any] | None) -> list[dict[str, str]]:
    rows = (markup or {}).get("inline_keyboard", [])
    return [{"title": each["text"], "token": each.get("callback_data", "")} for row in rows for each in row]
