"""One at a time for each key: within this process, or with Redis among all of them."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.lock import Lock

LEASE_SECONDS = 15.0
"""A lock whose process died is free after so long; whoever lives renews it three times as often."""
LOOK_SECONDS = 0.02

log = logging.getLogger(__name__)


class Locks(Protocol):
    """A lock for each key."""

    def hold(self, key: str) -> AbstractAsyncContextManager[None]:
        """Wait for the key's turn and keep it for the block."""


class KeyedLocks:
    """A fair lock for each key, within this process; a key that nobody holds or waits for costs nothing."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Wait for the key's turn, in the order asked, and keep it for the block."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._users[key] = self._users.get(key, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._locks[key]

    def __len__(self) -> int:
        return len(self._locks)


class RedisLocks:
    """A lock for each key among all processes: fair within each, by redis-py's own lock between them.

    While Redis is away only those of the process hold. That loses and doubles nothing: what two processes write about
    one conversation, the database's constraints keep apart; one of them gives way.
    """

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=1)
        self._here = KeyedLocks()

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Wait for the key's turn and keep it for the block."""
        async with self._here.hold(key):
            lock = await self._take(key)
            renewing = asyncio.create_task(_renew(lock)) if lock is not None else None
            try:
                yield
            finally:
                if lock is not None and renewing is not None:
                    renewing.cancel()
                    with contextlib.suppress(RedisError, OSError):
                        await lock.release()

    async def _take(self, key: str) -> Lock | None:
        lock = self._redis.lock(f"anxin:turn:{key}", timeout=LEASE_SECONDS, sleep=LOOK_SECONDS)
        try:
            await lock.acquire()
        except (RedisError, OSError) as exc:
            log.warning("Redis is away, only this process keeps turns: %s", exc)
            return None
        return lock


async def _renew(lock: Lock) -> None:
    while True:
        await asyncio.sleep(LEASE_SECONDS / 3)
        with contextlib.suppress(RedisError, OSError):
            await lock.reacquire()


def open_locks(redis_url: str | None) -> Locks:
    """Locks by the settings: among all processes with Redis, within this one without."""
    return KeyedLocks() if redis_url is None else RedisLocks(redis_url)
