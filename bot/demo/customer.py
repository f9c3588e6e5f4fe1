"""The demo's customer: talks over HTTP like the page, and shows the conversation in the terminal."""

import http.client
import json
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any

from bot.demo.stage import Stage

CALLS = "/webhooks/webchat"
PATIENCE_SECONDS = 30
POLL_SECONDS = 5

Row = dict[str, Any]
Wish = Callable[[Row], bool]


class NotHeard(Exception):
    """Something that should have been said was not."""


class Customer:
    """One visitor with a session of their own."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._seen = 0
        self._token = ""
        self._buttons: dict[str, str] = {}
        self._token = self._call("POST", "/sessions")["token"]
        self.hear("问候 / a welcome", lambda row: row["from"] == "bot")

    def say(self, text: str) -> None:
        self._post({"text": text})

    def press(self, title: str) -> None:
        """Press the newest button of that title. Raises NotHeard when there was none."""
        if title not in self._buttons:
            raise NotHeard(f"按钮“{title}” / a button “{title}”")
        self._post({"button": self._buttons[title]})

    def send_photo(self, photo: bytes) -> None:
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="photo.jpg"\r\n\r\n'
        body = head.encode() + photo + f"\r\n--{boundary}--\r\n".encode()
        self._call("POST", "/messages", body, f"multipart/form-data; boundary={boundary}")

    def offered(self, title: str) -> bool:
        """Whether there has been a button of that title."""
        return title in self._buttons

    def hear_out(self, what: str) -> None:
        """Listen until the bot has answered and says no more. Raises NotHeard as `hear` does."""
        self.hear(what, lambda row: row["from"] == "bot")
        while self._read(seconds=1):
            continue

    def hear(self, what: str, wanted: Wish) -> Row:
        """Listen until a row is as wanted, showing every row. Raises NotHeard, naming `what`, after a while."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            rows = self._read(POLL_SECONDS)
            found = next((row for row in rows if row["from"] != "customer" and wanted(row)), None)
            if found is not None:
                return found
        raise NotHeard(what)

    def _read(self, seconds: int) -> list[Row]:
        """Show what is new, waiting so long for it."""
        rows: list[Row] = self._call("GET", f"/messages?after={self._seen}&wait={seconds}")
        for row in rows:
            self._seen = row["seq"]
            self._buttons |= {button["title"]: button["token"] for button in row["buttons"]}
            show(row)
        return rows

    def _post(self, message: dict[str, str]) -> None:
        self._call("POST", "/messages", json.dumps(message).encode(), "application/json")

    def _call(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> Any:
        connection = http.client.HTTPConnection(self._stage.host, self._stage.port, timeout=60)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        connection.request(method, CALLS + path, body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status >= 400:
            raise NotHeard(answer["message"])
        return answer


_SPEAKERS = {"customer": ("顾客", 32), "bot": ("安心", 36), "system": ("系统", 90), "agent": ("客服", 33)}


def show(row: Row) -> None:
    """Print one row of the transcript, with colours where there is a terminal to show them."""
    name, colour = _SPEAKERS[row["from"]]
    speaker = f"\033[{colour}m{name}\033[0m" if sys.stdout.isatty() else name
    lines = row["text"].splitlines() if row["text"] else []
    if row["image_url"]:
        lines.append("[照片]")
    if row["card"]:
        lines += _card_lines(row["card"])
    if row["buttons"]:
        lines.append("  ".join(f"[{button['title']}]" for button in row["buttons"]))
    for number, line in enumerate(lines):
        print(f"{speaker if number == 0 else '    '}  {line}", flush=True)


def _card_lines(card: dict[str, Any]) -> list[str]:
    if card["kind"] == "order":
        goods = [f"│ {item['title']} ×{item['quantity']}  {item['amount']}" for item in card["items"]]
        return [f"┌ 订单 {card['order_no']} · {card['status']}", *goods, f"└ {card['amount']}"]
    steps, current = card["progress"]["steps"], card["progress"]["current"]
    dots = " ─ ".join(f"{'●' if number <= current else '○'} {step}" for number, step in enumerate(steps))
    facts = [f"│ {line['label']}：{line['value']}" for line in card["lines"]]
    return [f"┌ {card['title']} {card['case_no']} · {card['state']}", *facts, f"└ {dots}"]
