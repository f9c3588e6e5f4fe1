"""How fast one customer may write: a bucket of permits for each key that fills again with time."""

import time
from collections.abc import Callable

_KEPT = 10_000
"""Keys; beyond, the full buckets are forgotten, which changes nothing for them."""


class RateLimit:
    """`burst` at once and `burst` in `seconds` on average, for each key, in this process."""

    def __init__(self, burst: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._rate = burst / seconds
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def seconds_to_wait(self, key: str) -> float:
        """Take a permit: 0 when there was one, else how long until there is one."""
        now = self._clock()
        permits = self._permits(key, now)
        if permits < 1:
            return (1 - permits) / self._rate
        self._buckets[key] = (permits - 1, now)
        if len(self._buckets) > _KEPT:
            self._forget_full(now)
        return 0.0

    def _permits(self, key: str, now: float) -> float:
        left, at = self._buckets.get(key, (float(self._burst), now))
        return min(self._burst, left + (now - at) * self._rate)

    def _forget_full(self, now: float) -> None:
        self._buckets = {key: kept for key, kept in self._buckets.items() if self._permits(key, now) < self._burst}
