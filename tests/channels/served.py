"""A Sanic application of the test's own, served in this process over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sanic import Sanic

from tests.ports import free_port


@asynccontextmanager
async def served(app: Sanic, **how: Any) -> AsyncIterator[str]:
    """Its address for the block, unless `how` has a socket.

    Sanic rewrites its own methods when it starts: in test mode it can do so again.
    """
    Sanic.test_mode = True
    port = None if "sock" in how else free_port()
    listening = await app.create_server(port=port, return_asyncio_server=True, **how)
    assert listening is not None
    await listening.startup()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        listening.close()
        Sanic.test_mode = False
