"""Who talks to the bots: customers over HTTP, who time how long an answer takes to reach them."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from benchmarks.bots import Bot

CALLS = "/webhooks/webchat"
WAIT_SECONDS = 30
TURN_SECONDS = 120
_ANY_NUMBER = 100


class NotAnswered(Exception):
    """A bot did not say what it should have; says what was asked and what it said."""


@dataclass(frozen=True)
class Answer:
    """What a bot said, and the seconds from sending to having read it."""

    seconds: float
    text: str


class Customer(Protocol):
    """One customer in one conversation."""

    async def says(self, text: str) -> Answer:
        """Say something and wait for the answer. Raises NotAnswered."""

    async def shows(self, photo: Path) -> Answer:
        """Send a photo and wait for the answer. Raises NotAnswered."""


async def rows_of(
    http: aiohttp.ClientSession, url: str, proof: Mapping[str, str], after: int = 0
) -> AsyncIterator[dict[str, Any]]:
    """The rows of a conversation on the web chat as an open page gets them, until the server ends it.

    Raises aiohttp.ClientError where it breaks.
    """
    endless = aiohttp.ClientTimeout(total=None, sock_read=2 * WAIT_SECONDS)
    async with http.get(f"{url}/events", params={"after": after}, headers=proof, timeout=endless) as stream:
        stream.raise_for_status()
        async for line in stream.content:
            if line.startswith(b'data: {"seq"') and b'"from"' in line:
                yield json.loads(line[len(b"data: ") :])


async def shut(page: asyncio.Task[None]) -> None:
    """Stop reading, and have the stream at its end before the loop looks for what is left."""
    page.cancel()
    await asyncio.wait([page])


@dataclass
class WebChatCustomer:
    """A customer with an open page of our web chat, who is told to wait when they write too fast, as everybody is.

    An answer may come in several messages, one after the other. `bubbles` says how many there are to a text; where
    nobody has said it yet, a second of waiting for another tells. An answer's time is that of its last message.
    """

    http: aiohttp.ClientSession
    url: str
    bubbles: dict[str, int]
    headers: dict[str, str] = field(default_factory=dict)
    _rows: asyncio.Queue[tuple[float, dict[str, Any]]] = field(default_factory=asyncio.Queue)
    _page: asyncio.Task[None] | None = None

    async def enters(self) -> None:
        """Open a conversation and read the welcome."""
        while True:
            async with self.http.post(f"{self.url}/sessions") as answer:
                if answer.status == 200:
                    self.headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
                    break
                await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
        self._page = asyncio.create_task(self._read())
        await self._next_row(WAIT_SECONDS)

    async def says(self, text: str) -> Answer:
        return await self._send(text, json={"text": text})

    async def shows(self, photo: Path) -> Answer:
        form, picture = aiohttp.FormData(), await asyncio.to_thread(photo.read_bytes)
        form.add_field("photo", picture, filename="photo.jpg", content_type="image/jpeg")
        return await self._send("a photo", data=form)

    async def leaves(self) -> None:
        """Shut the page."""
        if self._page is not None:
            await shut(self._page)

    async def _read(self) -> None:
        with suppress(aiohttp.ClientError):  # the page is shut, or who waits for a row says that none comes
            async for row in rows_of(self.http, self.url, self.headers):
                self._rows.put_nowait((time.perf_counter(), row))

    async def _send(self, what: str, **body: Any) -> Answer:
        while True:
            began = time.perf_counter()
            async with self.http.post(f"{self.url}/messages", headers=self.headers, **body) as answer:
                if answer.status == 202:
                    break
                if answer.status != 429:
                    raise NotAnswered(f"{what}: {answer.status} {await answer.text()}")
                await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
        return Answer(*await self._heard(began, what))

    async def _heard(self, began: float, what: str) -> tuple[float, str]:
        alike = re.sub(r"\d", "#", what)
        answers: list[str] = []
        took = 0.0
        while len(answers) < self.bubbles.get(alike, _ANY_NUMBER):
            heard = await self._next_row(1 if answers else WAIT_SECONDS)
            if heard is None and answers:
                self.bubbles[alike] = len(answers)
                break
            if heard is None:
                raise NotAnswered(f"{what}: nothing in {WAIT_SECONDS} s")
            at, row = heard
            # What still comes of the message before stands above ours.
            answers = [] if row["from"] == "customer" else [*answers, row["text"]]
            took = at - began
        return took, "\n".join(answers)

    async def _next_row(self, seconds: float) -> tuple[float, dict[str, Any]] | None:
        try:
            return await asyncio.wait_for(self._rows.get(), seconds)
        except asyncio.TimeoutError:
            return None


@dataclass
class RestCustomer:
    """A customer of a bot on Rasa's REST channel, which answers when the turn is over."""

    http: aiohttp.ClientSession
    url: str
    sender: str

    async def says(self, text: str) -> Answer:
        began = time.perf_counter()
        async with self.http.post(self.url, json={"sender": self.sender, "message": text}) as answer:
            rows = await answer.json()
        if answer.status != 200 or not rows:
            raise NotAnswered(f"{text}: {answer.status} {rows}")
        return Answer(time.perf_counter() - began, "\n".join(row.get("text", "") for row in rows))

    async def shows(self, photo: Path) -> Answer:
        return await self.says(f"/provide_evidence{json.dumps({'photo': str(photo)})}")


@dataclass
class Visits:
    """Customers over connections that stay open between turns, as a browser's do."""

    http: aiohttp.ClientSession
    _pages: list[WebChatCustomer] = field(default_factory=list)

    async def customer(self, bot: Bot, name: str) -> Customer:
        """A new customer in a conversation of their own."""
        if bot.name != "ours":
            return RestCustomer(self.http, f"{bot.url}/webhooks/rest/webhook", name)
        customer = WebChatCustomer(self.http, f"{bot.url}{CALLS}", bot.bubbles)
        self._pages.append(customer)
        await customer.enters()
        return customer

    async def end(self) -> None:
        """Shut their pages."""
        await asyncio.gather(*(each.leaves() for each in self._pages))


@asynccontextmanager
async def visits() -> AsyncIterator[Visits]:
    """Who comes to talk, for the block."""
    limits = aiohttp.ClientTimeout(total=TURN_SECONDS + WAIT_SECONDS)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=limits) as http:
        opened = Visits(http)
        try:
            yield opened
        finally:
            await opened.end()
