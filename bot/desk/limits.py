"""What a browser may send: no more than fits the disk, and no text that a database does not take."""

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import ImmutableMultiDict as MultiDict
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 200 * 1024 * 1024
"""Bytes of one request of somebody who is logged in: a film and photos of an inspection, or a year of orders."""
LARGEST_LOG_IN = 64 * 1024
"""... and of a stranger's."""


def require_storable(*given: Mapping[str, Any]) -> None:
    """Raises HTTPException (422) for a text with a NUL: no page sends one, and PostgreSQL takes none."""
    pairs = (pair for each in given for pair in (each.multi_items() if isinstance(each, MultiDict) else each.items()))
    if any("\0" in text for pair in pairs for text in pair if isinstance(text, str)):
        raise HTTPException(422)


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
