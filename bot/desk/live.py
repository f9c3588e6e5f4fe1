"""Tells open pages that something has changed, by server-sent events; they then fetch what they show anew.

Event names: `gone` (whoever looks on is let in no more: their page goes to the log-in), `queue` (the queue or
somebody's own list), `talk-ID` (a conversation), `case-NUMBER` (a case), `beat` (nothing: give a sign of life). What
any process writes is found by asking for the newest numbers, only while a page is open: several times a second, or
with Redis whenever some process has written.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from anyio import Event, move_on_after
from sse_starlette import EventSourceResponse

from backend.ports import World
from backend.services.changes import Changes, changes_since
from bot.bell import Bell, ClockBell

POLL_SECONDS = 0.15
WELCOME_SECONDS = 1
"""How often an open page is asked whether whoever has it may still look on."""
GONE = "gone"
PING_SECONDS = 20
BEAT_SECONDS = 15
"""How often pages hear `beat`: what reaches them wakes them also in the background, where browsers slow timers down."""

log = logging.getLogger(__name__)


class DeskLive:
    """The open pages of this process."""

    def __init__(self, world: World, bell: Bell | None = None) -> None:
        self._world = world
        self._bell = bell or ClockBell(POLL_SECONDS)
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._polling: asyncio.Task[None] | None = None

    async def listen(self, welcome: Callable[[], bool], stops: Event) -> AsyncIterator[str]:
        """Names of what has changed, as it changes; `gone` and the end once whoever listens is welcome no more.

        Once the server `stops` they end without a word: the page comes back to the next one by itself.
        """
        news: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners.add(news)
        watching = asyncio.create_task(_watch(news, welcome, stops))
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())
        try:
            while (name := await news.get()) is not None:
                yield name
        finally:
            watching.cancel()
            self._listeners.discard(news)

    async def close(self) -> None:
        """Send all pages home and stop asking."""
        for listener in self._listeners:
            listener.put_nowait(None)
        if self._polling is not None:
            self._polling.cancel()
            with suppress(asyncio.CancelledError):
                await self._polling
        await self._bell.close()

    async def _poll(self) -> None:
        seen: Changes | None = None
        beat = time.monotonic()
        while self._listeners:
            if time.monotonic() - beat >= BEAT_SECONDS:
                beat = time.monotonic()
                self._tell("beat")
            try:
                seen = await asyncio.to_thread(changes_since, self._world, seen)
                for name in sorted(seen.names):
                    self._tell(name)
            except Exception:  # the database may be away for a while: pages stay open and hear of it afterwards
                log.exception("cannot look for changes")
                await asyncio.sleep(1)
            await self._bell.wait()

    def _tell(self, name: str) -> None:
        for listener in self._listeners:
            listener.put_nowait(name)


async def _watch(news: "asyncio.Queue[str | None]", welcome: Callable[[], bool], stops: Event) -> None:
    still = True
    while still and not stops.is_set():
        with move_on_after(WELCOME_SECONDS):
            await stops.wait()
        still = stops.is_set() or await asyncio.to_thread(welcome)
    if not still:
        news.put_nowait(GONE)
    news.put_nowait(None)


def events(live: DeskLive, welcome: Callable[[], bool]) -> EventSourceResponse:
    """The stream that a page's `sse-connect` reads; it ends when its session does, or the server stops."""
    stops = Event()

    async def stream() -> AsyncIterator[dict[str, str]]:
        async for name in live.listen(welcome, stops):
            yield {"event": name, "data": name}

    return EventSourceResponse(stream(), ping=PING_SECONDS, shutdown_event=stops, shutdown_grace_period=WELCOME_SECONDS)
