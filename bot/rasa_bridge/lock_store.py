"""One turn at a time for each conversation.

Rasa 3.6.21's in-memory store looks only once a second whether it is its turn (`core/lock_store.py`,
`_acquire_lock`).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore

from bot.locks import KeyedLocks


class AsyncioLockStore(LockStore):
    """A fair `asyncio.Lock` for each conversation, within one process."""

    def __init__(self, endpoint_config: Any = None) -> None:
        self._locks = KeyedLocks()

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: Any, **__: Any) -> AsyncIterator[TicketLock]:
        async with self._locks.hold(conversation_id):
            yield TicketLock(conversation_id)
