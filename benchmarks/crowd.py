"""Very many customers on the web chat at once, each with a page open as a browser has it, who read and think."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.customers import CALLS, rows_of, shut

SPREAD = 0.6
"""Of the logarithm of the time to think: one customer in twenty takes three times as long as most."""
PATIENCE_SECONDS = 300.0
"""After so long without an answer a customer has lost theirs."""


@dataclass
class Tally:
    """What a crowd has lived through."""

    sent: int = 0
    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    """Calls that came to nothing, and streams that ended, by the kind of error."""
    twice: int = 0
    """Rows that came to a page that had them already."""
    lost: int = 0
    """Messages without an answer after `PATIENCE_SECONDS`."""


@dataclass
class Visitor:
    """One customer with an open page."""

    http: aiohttp.ClientSession
    url: str
    token: str
    tally: Tally
    said: list[str] = field(default_factory=list)
    _seen: int = 0
    _asked: str = ""
    _asked_at: int | None = None
    _answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def visit(self, lines: Iterator[str], thoughts: Iterator[float], until: float) -> None:
        """Think and say the next line, read the answer, and so on until that time of the clock that only goes on."""
        page = asyncio.create_task(self._read())
        try:
            while time.monotonic() + (thought := next(thoughts)) < until:
                await asyncio.sleep(thought)
                await self._ask(next(lines))
        finally:
            await shut(page)

    async def _ask(self, text: str) -> None:
        self._asked, self._asked_at = f"m-{len(self.said)}", None
        self._answered.clear()
        began = time.perf_counter()
        if not await self._post({"text": text, "client_id": self._asked}):
            return
        self.said.append(text)
        self.tally.sent += 1
        try:
            await asyncio.wait_for(self._answered.wait(), PATIENCE_SECONDS)
            self.tally.seconds.append(time.perf_counter() - began)
        except asyncio.TimeoutError:
            self.tally.lost += 1

    async def _post(self, body: dict[str, str]) -> bool:
        """Whether the message was taken. One that meets an error is sent again under its name, as the page does."""
        for _ in range(5):
            try:
                async with self.http.post(f"{self.url}{CALLS}/messages", headers=self._proof(), json=body) as answer:
                    self.tally.statuses[answer.status] += 1
                    if answer.status == 202:
                        return True
                    await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))
            except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                self.tally.broken[type(error).__name__] += 1
                await asyncio.sleep(1)
        return False

    async def _read(self) -> None:
        while True:
            try:
                async for row in rows_of(self.http, f"{self.url}{CALLS}", self._proof(), self._seen):
                    self._note(row)
            except (aiohttp.ClientError, asyncio.TimeoutError) as error:
                self.tally.broken[type(error).__name__] += 1
                await asyncio.sleep(1)

    def _note(self, row: dict[str, Any]) -> None:
        self.tally.twice += row["seq"] <= self._seen
        self._seen = max(self._seen, row["seq"])
        if row["from"] == "customer" and row["client_id"] == self._asked:
            self._asked_at = row["seq"]
        elif row["from"] == "bot" and self._asked_at is not None:
            self._answered.set()

    def _proof(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def thoughts(chance: random.Random, mean: float) -> Iterator[float]:
    """Seconds between reading an answer and having written the next message; the first customers are under way."""
    yield chance.random() * mean
    while True:
        yield chance.lognormvariate(0, SPREAD) * mean / _MEAN_OF_SPREAD


_MEAN_OF_SPREAD = 2.718281828459045 ** (SPREAD**2 / 2)


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the longest, in milliseconds."""
    ordered = sorted(seconds)
    at = {f"p{percent}_ms": ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] for percent in (50, 95, 99)}
    return {name: value * 1000 for name, value in {**at, "max_ms": ordered[-1]}.items()}
