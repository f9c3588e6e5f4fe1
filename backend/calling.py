"""How an event loop calls a service.

A service waits for the database. Where that is a server, it runs in a thread. Where it is a file beside us, there is
nothing to wait for but the write lock, and threads that take the interpreter from each other at every statement cost as
much as the work itself: the service runs in the loop; only if the lock is taken it waits for it in a thread.
"""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Concatenate, ParamSpec, TypeVar

from backend.ports import World

P = ParamSpec("P")
T = TypeVar("T")

_hurried: ContextVar[bool] = ContextVar("hurried", default=False)


class WriteLockTaken(Exception):
    """Another transaction holds SQLite's write lock, for which this call, having written nothing yet, may not wait."""


async def call_service(
    service: Callable[Concatenate[World, P], T], world: World, *args: P.args, **kwargs: P.kwargs
) -> T:
    """The result of a service; what it raises is raised here."""
    if world.at_hand:
        hurried = _hurried.set(True)
        try:
            return service(world, *args, **kwargs)
        except WriteLockTaken:
            pass
        finally:
            _hurried.reset(hurried)
    return await asyncio.to_thread(service, world, *args, **kwargs)


def may_wait() -> bool:
    """Whether a transaction that begins now may wait for the write lock: all may but the first of a call in a loop."""
    hurried = _hurried.get()
    _hurried.set(False)
    return not hurried
