"""How fast we send: what Telegram asks bots to keep, about one message a second to a chat and thirty to all together.

Each process keeps it for itself: where several send at once, Telegram's 429 tells them, and that is kept too.
"""

import time
from collections.abc import Callable

from bot.delivery import Busy

LONGEST_WAIT = 5.0
"""Seconds that a message waits for its turn in hand; one that would wait longer goes back into the outbox."""
_KEPT = 10_000
"""Chats; beyond, those that are free again are forgotten, which changes nothing for them."""


class Flow:
    """`burst` calls at once, then one every `interval` seconds, for each key."""

    def __init__(self, interval: float, burst: int) -> None:
        self._interval, self._slack = interval, interval * burst
        self._until: dict[int, float] = {}

    def wait(self, key: int, calls: int, now: float) -> float:
        """Seconds until so many calls may go out."""
        return max(0.0, self._after(key, calls, now) - self._slack - now)

    def take(self, key: int, calls: int, now: float) -> None:
        """They go out, now or after `wait`."""
        self._until[key] = self._after(key, calls, now)
        if len(self._until) > _KEPT:
            self._until = {each: until for each, until in self._until.items() if until > now}

    def _after(self, key: int, calls: int, now: float) -> float:
        return max(now, self._until.get(key, now)) + calls * self._interval


class Pace:
    """Turns for sending, given out in the order asked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._chats = Flow(interval=1.0, burst=3)
        self._everybody = Flow(interval=1 / 28, burst=2)  # never above thirty within any second
        self._resting: dict[int, float] = {}

    def reserve(self, chat_id: int, calls: int) -> float:
        """Take turns for so many calls to a chat; seconds to wait before the first. Raises Busy when it is too long."""
        now = self._clock()
        turns = max(self._chats.wait(chat_id, calls, now), self._everybody.wait(0, calls, now))
        wait = max(turns, self._rests(chat_id, now))
        if wait > max(LONGEST_WAIT, calls):
            raise Busy(wait)
        self._chats.take(chat_id, calls, now)
        self._everybody.take(0, calls, now)
        return wait

    def rest(self, chat_id: int, seconds: float) -> None:
        """Telegram wants nothing for so long: for this chat, and for all when another chat was told so too."""
        now = self._clock()
        self._resting = {chat: until for chat, until in self._resting.items() if until > now}
        self._resting[chat_id] = max(now + seconds, self._resting.get(chat_id, now))

    def _rests(self, chat_id: int, now: float) -> float:
        resting = sorted(until - now for until in self._resting.values() if until > now)
        own = self._resting.get(chat_id, now) - now
        return max(own, resting[-2]) if len(resting) > 1 else max(own, 0.0)
