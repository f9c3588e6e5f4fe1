"""How much a browser may send: what is larger is refused before it fills the disk."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 200 * 1024 * 1024
"""Bytes of one request of somebody who is logged in: a film and photos of an inspection, or a year of orders."""
LARGEST_LOG_IN = 64 * 1024
"""... and of a stranger's."""


class BodyLimit:
    """Answers 413 once a request has sent more than it may."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        most = LARGEST_LOG_IN if scope.get("path") == "/login" else LARGEST_BODY
        taken = 0

        async def receive_limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413)
            return message

        await self._app(scope, receive_limited if scope["type"] == "http" else receive, send)
