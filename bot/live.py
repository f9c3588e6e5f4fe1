"""Wakes whoever listens to a conversation when something new may be read in it.

What this process writes is told at once. What others write is found by asking for the highest message number, only
while somebody listens: every 100 ms, or with Redis whenever some process has written.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from backend.calling import call_service
from backend.ports import World
from backend.services import agent_talk
from bot.bell import Bell, ClockBell

POLL_SECONDS = 0.1
SIGNS_SECONDS = 0.5
"""Whether an agent types need not be known as soon as what they wrote."""
LOOK_BACK = 50
"""Numbers are given out before their rows can be seen, so a little of the past is always looked at again."""
BREATH_SECONDS = 0.05
"""How long what is no answer waits for one: both then go to the page at once, and are asked for once."""

ECHOES = 2
"""In how many polls a change wakes its listeners: another process may still be sending the row at first."""

log = logging.getLogger(__name__)
Arrived = Callable[[str], Awaitable[object]]


@dataclass(eq=False)
class Listener:
    """Somebody who watches one conversation: `typing` and `read` say what the other side is doing.

    `shown` is the number of the last row that they have passed on or are about to: up to there nothing is news to them.
    """

    typing: bool = False
    read: int = 0
    shown: int = 0
    closed: bool = False
    _news: bool = False
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _breath: asyncio.TimerHandle | None = None

    def wake(self, *, news: bool = False) -> None:
        self._news |= news
        self._woken.set()

    def wake_soon(self, *, news: bool = False) -> None:
        """Wake after a breath, unless something wakes them sooner."""
        self._news |= news
        if self._breath is None and not self._woken.is_set():
            self._breath = asyncio.get_running_loop().call_later(BREATH_SECONDS, self._woken.set)

    def heard(self) -> bool:
        """Whether something new may be read since this was asked before; a sign of the other side is no news."""
        news, self._news = self._news, False
        return news

    async def wait(self, seconds: float) -> bool:
        """Until something may be new; False when the time is up."""
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        self._woken.clear()
        if self._breath is not None:
            self._breath.cancel()
            self._breath = None
        return True


class Live:
    """The listeners of this process. `arrived` is called for a conversation in which another process has
    written.
    """

    def __init__(self, world: World, arrived: Arrived, bell: Bell | None = None) -> None:
        self._world = world
        self._arrived = arrived
        self._bell = bell or ClockBell(POLL_SECONDS)
        self._listeners: dict[str, set[Listener]] = {}
        self._polling: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def listen(self, conversation_id: str) -> AsyncIterator[Listener]:
        """Watch a conversation for the block."""
        listener = Listener(closed=self._closed)
        self._listeners.setdefault(conversation_id, set()).add(listener)
        if self._polling is None or self._polling.done():
            self._polling = asyncio.create_task(self._poll())
        try:
            yield listener
        finally:
            self._listeners[conversation_id].discard(listener)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

    def notify(self, conversation_id: str) -> None:
        """Something new may be read."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.wake(news=True)

    def notify_soon(self, conversation_id: str, number: int) -> None:
        """The customer's own message with this number may be read; an answer that comes soon takes it along."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.shown = max(listener.shown, number)
            listener.wake_soon(news=True)

    def show(self, conversation_id: str, *, typing: bool, read: int | None = None) -> None:
        """Show whether an answer is being written, and up to which number the customer has been read."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.typing = typing
            listener.read = max(listener.read, read or 0)
            listener.wake_soon()

    async def close(self) -> None:
        """Send all listeners home and stop polling."""
        self._closed = True
        for listener in [each for group in self._listeners.values() for each in group]:
            listener.closed = True
            listener.wake()
        if self._polling is not None:
            self._polling.cancel()
            with suppress(asyncio.CancelledError):
                await self._polling
        await self._bell.close()

    async def _poll(self) -> None:
        # What was written while the page opened is news to it too: nobody else will tell it.
        news = _News(max(0, await call_service(_newest, self._world) - LOOK_BACK))
        signs_at = 0.0
        while self._listeners:
            await (self._bell.wait() if news.settled else asyncio.sleep(POLL_SECONDS))
            try:
                await self._look(news)
                if time.monotonic() >= signs_at:
                    signs_at = time.monotonic() + SIGNS_SECONDS
                    await self._look_for_signs()
            except Exception:  # the database may be away for a while; listeners stay and are served afterwards
                log.exception("cannot look for new messages")
                await asyncio.sleep(1)

    async def _look(self, news: "_News") -> None:
        newest = await call_service(_newest, self._world)
        if newest > news.newest:
            news.add(newest, await call_service(_since, self._world, news.newest - LOOK_BACK))
        for conversation_id, number in news.take().items():
            if any(listener.shown < number for listener in self._listeners.get(conversation_id, ())):
                await self._arrived(conversation_id)
                self.notify(conversation_id)

    async def _look_for_signs(self) -> None:
        """Show what agents in other processes are doing: they write it down."""
        signs = await call_service(agent_talk.recent_signs, self._world)
        now = self._world.clock.now()
        for sign in signs:
            typing = sign.typing(now)
            for listener in self._listeners.get(sign.conversation_id, ()):
                if sign.read_seq > listener.read or typing != listener.typing:
                    listener.typing, listener.read = typing, max(listener.read, sign.read_seq)
                    listener.wake()


def _newest(world: World) -> int:
    with world.read() as work:
        return work.messages.newest_id()


def _since(world: World, message_id: int) -> dict[int, tuple[str, int]]:
    with world.read() as work:
        return work.messages.since(message_id)


class _News:
    """How far conversations have grown: every message counts in the next `ECHOES` polls, and never again."""

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self._known: set[int] = set()
        self._waves: deque[dict[str, int]] = deque([{} for _ in range(ECHOES)], maxlen=ECHOES)

    def add(self, newest: int, messages: Mapping[int, tuple[str, int]]) -> None:
        """What there is now; of each message its conversation, and its number there."""
        fresh = [place for message_id, place in messages.items() if message_id not in self._known]
        self.newest, self._known = newest, set(messages)
        self._waves[-1] |= dict(sorted(fresh))

    @property
    def settled(self) -> bool:
        """Whether nothing is to be told again."""
        return not any(self._waves)

    def take(self) -> dict[str, int]:
        """What is to be looked at in this poll: conversations, and the highest number of a message that is new."""
        changed = {owner: number for wave in self._waves for owner, number in wave.items()}
        self._waves.append({})
        return changed
