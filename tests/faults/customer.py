"""A customer who files a case over HTTP and never gives up: what got no answer is sent again under the same name."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.channels.chat_server import CALLS
from tests.waiting import PATIENCE_SECONDS

PAUSE_SECONDS = 0.3
AWAY = (502, 503)

Row = dict[str, Any]


@dataclass
class Customer:
    """One conversation as its page sees it: `read` are the rows in the order they came, `refusals` honest ones."""

    conversation_id: str
    http: httpx.AsyncClient
    confirmed: Callable[[], None] = lambda: None
    """Called after each message that the server has taken."""
    read: list[Row] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """The page's own names of the messages that were taken."""
    refusals: set[str] = field(default_factory=set)

    async def files(self, order_no: str, tail: str, photos: Sequence[bytes]) -> str:
        """Have a broken article's case filed, whatever is asked: its number, or "" where people were called to help."""
        left = list(photos)
        await self.hears(lambda told: told)
        await self.say(text=f"订单{order_no}收到是碎的，退款")
        while True:
            step = await self.hears(lambda told: self._step(told, left))
            if step == "tail":
                await self.say(text=tail)
            elif step == "photo":
                await self.send_photo(left.pop(0))
            elif step.startswith("press:"):
                await self.say(button=step.removeprefix("press:"))
            else:
                return step.removeprefix("filed:").removeprefix("people")

    def _step(self, told: Sequence[Row], photos: Sequence[bytes]) -> str:
        """What the newest answers ask for; "" as long as nothing can be done yet."""
        words = "\n".join(row["text"] for row in told)
        buttons = {each["title"]: each["token"] for row in told for each in row["buttons"]}
        numbers = [row["card"]["case_no"] for row in told if row["card"] and "已提交" in row["text"]]
        if numbers:
            return f"filed:{numbers[-1]}"
        if "人工" in words and "后四位" not in words and not buttons:
            return "people"
        if "确认提交" in buttons:
            return f"press:{buttons['确认提交']}"
        if "后四位" in words:
            return "tail"
        return "photo" if "照片" in words and photos else ""

    async def say(self, **body: str) -> None:
        """Send words or press a button until the server has taken it."""
        name = self._next_name()
        await self._until_taken(lambda: self.http.post(f"{CALLS}/messages", json={**body, "client_id": name}))

    async def send_photo(self, photo: bytes) -> None:
        name = self._next_name()
        files = {"photo": ("photo.jpg", photo)}
        await self._until_taken(lambda: self.http.post(f"{CALLS}/messages", files=files, data={"client_id": name}))

    async def hears(self, understood: Callable[[Sequence[Row]], Any]) -> Any:
        """Read on until what was said after one's own newest message is understood: then what is made of it."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            own = [row["seq"] for row in self.read if row["from"] == "customer"]
            told = [row for row in self.read if row["from"] != "customer" and row["seq"] > max(own, default=0)]
            found = understood(told) if len(own) == len(self.said) and told else None
            if found:
                return found
            assert asyncio.get_running_loop().time() < deadline, (self.conversation_id, self.said, self.read[-3:])
            await self.look()

    def _next_name(self) -> str:
        self.said.append(f"c{len(self.said)}")
        return self.said[-1]

    async def look(self) -> None:
        """Fetch what is new, if the server is there."""
        after = self.read[-1]["seq"] if self.read else 0
        try:
            found = await self.http.get(f"{CALLS}/messages", params={"after": after, "wait": 3})
        except httpx.TransportError:
            await asyncio.sleep(PAUSE_SECONDS)
            return
        if found.is_success:
            self.read += found.json()
        else:
            await self._refused(found)

    async def _until_taken(self, call: Callable[[], Any]) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while asyncio.get_running_loop().time() < deadline:
            try:
                answer = await call()
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if answer.status_code == 202:
                self.confirmed()
                return
            await self._refused(answer)
        raise AssertionError("it was never taken")

    async def _refused(self, answer: httpx.Response) -> None:
        """A refusal is honest when it says in words what is wrong and is one that passes."""
        told = json.loads(answer.content)
        assert answer.status_code in (*AWAY, 429) and told["message"], (answer.status_code, answer.text)
        self.refusals.add(told["error"])
        await asyncio.sleep(float(answer.headers.get("Retry-After", PAUSE_SECONDS)))
