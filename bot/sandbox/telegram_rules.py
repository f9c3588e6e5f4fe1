"""What the Bot API refuses, in its own words: lengths, buttons, files, chats, and how fast a bot may send."""

import json
import re
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024
"""UTF-16 units."""
LARGEST_PHOTO, LARGEST_FILE, LARGEST_FETCHED = 10 * 2**20, 50 * 2**20, 20 * 2**20
BUTTON_BYTES = 64
MOST_BUTTONS = 100
CHAT_BURST = 5
"""Messages to one chat at once; then one a second."""
ALL_A_SECOND = 30
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


class Refusal(Exception):
    """The answer to a call that is not done."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def answer(self) -> dict[str, Any]:
        said = {"ok": False, "error_code": self.code, "description": self.description}
        return {**said, "parameters": self.parameters} if self.parameters else said


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


def check_text(text: str) -> str:
    """Raises Refusal for an empty or too long one."""
    if not text.strip():
        raise bad("message text is empty")
    if _units(text) > LONGEST_TEXT:
        raise bad("message is too long")
    return text


def check_caption(text: str) -> str:
    if _units(text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    return text


def check_upload(kind: str, file: Any) -> bytes:
    """The file of a photo or video. Raises Refusal."""
    if not isinstance(file, bytes) or not file:
        raise bad("file must be non-empty")
    if len(file) > (LARGEST_PHOTO if kind == "photo" else LARGEST_FILE):
        raise Refusal(413, "Request Entity Too Large")
    return file


def check_markup(given: str | None) -> dict[str, Any] | None:
    """An inline keyboard. Raises Refusal for one that Telegram would not show."""
    if not given:
        return None
    markup: dict[str, Any] = json.loads(given)
    buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
    if len(buttons) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    for button in buttons:
        if not button.get("text", "").strip():
            raise bad("can't parse inline keyboard button: Text must be non-empty")
        if not 1 <= len(button.get("callback_data", "").encode()) <= BUTTON_BYTES:
            raise bad("BUTTON_DATA_INVALID")
    return markup if buttons else None


def check_webhook(params: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be called from now on. Raises Refusal."""
    url = str(params.get("url", ""))
    if not url.startswith("https://"):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = str(params.get("secret_token", ""))
    if secret and not _SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    return {"url": url, "secret": secret, "allowed": json.loads(params.get("allowed_updates") or "[]")}


def check_commands(given: str) -> list[dict[str, str]]:
    """The menu. Raises Refusal."""
    menu: list[dict[str, str]] = json.loads(given)
    for each in menu:
        if not _COMMAND.fullmatch(each["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(each["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return menu


class Floods:
    """Counts what was sent, and asks to wait."""

    def __init__(self, chat_burst: int = CHAT_BURST, all_a_second: int = ALL_A_SECOND) -> None:
        self._chat_burst, self._all_a_second = chat_burst, all_a_second
        self._chats: dict[int, float] = {}
        self._all: deque[float] = deque()

    def count(self, chat_id: int) -> None:
        """One more message. Raises Refusal (429) when it is too many."""
        now = time.monotonic()
        while self._all and self._all[0] <= now - 1:
            self._all.popleft()
        busy_until = max(now, self._chats.get(chat_id, now)) + 1
        if len(self._all) >= self._all_a_second or busy_until - now > self._chat_burst:
            raise Refusal(429, "Too Many Requests: retry after 1", retry_after=1)
        self._all.append(now)
        self._chats[chat_id] = busy_until


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
