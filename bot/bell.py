"""When to ask the database for news: by the clock, or as soon as some process has written something."""

import asyncio
import contextlib
import logging
from typing import Protocol

from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from backend.ports.bell import WRITTEN

SHORTEST_SECONDS = 0.02
"""Rings in so short a time are one."""
WITHOUT_A_RING = 2.0
"""Seconds after which one asks even though nobody rang: a ring may be lost."""

log = logging.getLogger(__name__)


class Bell(Protocol):
    """Waits for news."""

    async def wait(self) -> None:
        """Until it is time to ask."""

    async def close(self) -> None:
        """Let go of connections."""


class ClockBell:
    """Every so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def wait(self) -> None:
        await asyncio.sleep(self._seconds)

    async def close(self) -> None:
        """Nothing to let go of."""


class RedisBell:
    """As soon as `backend.adapters.bell` rings in any process; by the clock while Redis is away."""

    def __init__(self, url: str, seconds: float) -> None:
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=1)
        self._heard: PubSub | None = None
        self._by_clock = ClockBell(seconds)

    async def wait(self) -> None:
        try:
            await self._listen()
        except (RedisError, OSError) as exc:
            log.warning("Redis is away, the database is asked by the clock: %s", exc)
            await self.close()
            await self._by_clock.wait()

    async def close(self) -> None:
        if self._heard is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._heard.close()
            self._heard = None

    async def _listen(self) -> None:
        if self._heard is None:
            self._heard = self._redis.pubsub(ignore_subscribe_messages=True)
            await self._heard.subscribe(WRITTEN)
        await self._heard.get_message(timeout=WITHOUT_A_RING)
        await asyncio.sleep(SHORTEST_SECONDS)
        while await self._heard.get_message(timeout=0) is not None:
            continue


def open_bell(redis_url: str | None, seconds: float) -> Bell:
    """A bell by the settings; without Redis it rings every so many seconds."""
    return ClockBell(seconds) if redis_url is None else RedisBell(redis_url, seconds)
