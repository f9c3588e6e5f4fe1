"""Who really calls the chat server: proxies that the operator trusts are believed, nobody else.

The desk's server, uvicorn, has this built in; the same code is used here, so that both understand the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sanic.request import Request
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_SAID = ("x-forwarded-for", "x-forwarded-proto")


@dataclass(frozen=True)
class Caller:
    """The address of who calls, and whether they speak TLS with the first proxy."""

    address: str
    secure: bool


async def caller_of(request: Request, trusted: Sequence[str]) -> Caller:
    """Who calls; `trusted` are addresses and networks (`Settings.trusted_proxies`)."""
    said = [(name, text) for name, text in request.headers.items() if name in _SAID]
    scope: dict[str, Any] = {
        "type": "http",
        "scheme": request.scheme,
        "client": (request.ip, request.port),
        "headers": [(name.encode(), text.encode(errors="replace")) for name, text in said],
    }
    unused: Any = None
    await ProxyHeadersMiddleware(_nothing, list(trusted))(scope, unused, unused)  # type: ignore[arg-type]
    return Caller(scope["client"][0], scope["scheme"] == "https")


async def _nothing(*_: Any) -> None:
    """The application behind the middleware: what it was told is in the scope."""
