"""Tells other processes through Redis that something was written: a ring without content, and losing one does no harm.

Whoever listens then asks the database. Without Redis nobody rings, and everybody asks the clock.
"""

import logging
import time

import redis

from backend.ports.bell import WRITTEN

PATIENCE_SECONDS = 0.5
REST_SECONDS = 5.0
"""A Redis that does not answer is left alone for so long: a write must not wait for it again and again."""

log = logging.getLogger(__name__)


class RedisBell:
    """Rings after every transaction that wrote."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        )
        self._rests_until = 0.0

    def ring(self) -> None:
        """Never fails: Redis being away is noted in the log."""
        if time.monotonic() < self._rests_until:
            return
        try:
            self._redis.publish(WRITTEN, "")
        except redis.RedisError as exc:
            self._rests_until = time.monotonic() + REST_SECONDS
            log.warning("cannot tell other processes of what was written: %s", exc)

    def close(self) -> None:
        self._redis.close()
