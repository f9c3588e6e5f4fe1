"""How the stand-ins of WeChat and WeCom misbehave: a call goes wrong as it was ordered for its path.

`POST /sandbox/faults` `{"path": "message/custom/send", "fault": "hang", "times": 1}`; `GET` tells how many have still
to happen.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

from aiohttp import web

FAULTS = frozenset({"hang", "busy", "lost", "error", "never"})
"""No answer; `-1` without doing it; done, but the answer is lost; done, but 500; cut before it is done."""
HANG_SECONDS = 60.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiFaults:
    """Those of one stand-in."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[str]] = defaultdict(deque)

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/sandbox/faults", self.order), web.get("/sandbox/faults", self.show)]

    @web.middleware
    async def misbehave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer the call, or do what was ordered instead."""
        waiting = self._waiting[request.path.removeprefix("/cgi-bin/")]
        fault = waiting.popleft() if waiting else ""
        if fault in ("hang", "never"):
            return await _lose(request, HANG_SECONDS if fault == "hang" else 0)
        if fault == "busy":
            return web.json_response({"errcode": -1, "errmsg": "system error"})
        answer = await handler(request)
        if fault == "lost":
            return await _lose(request, 0)
        return web.Response(status=500) if fault == "error" else answer

    async def order(self, request: web.Request) -> web.StreamResponse:
        order = await request.json()
        if order["fault"] not in FAULTS:
            raise web.HTTPBadRequest(text=f"there is no fault {order['fault']!r}, only {', '.join(sorted(FAULTS))}")
        self._waiting[order["path"]].extend([order["fault"]] * int(order.get("times", 1)))
        return web.json_response({})

    async def show(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"waiting": sum(map(len, self._waiting.values()))})


async def _lose(request: web.Request, seconds: float) -> web.StreamResponse:
    await asyncio.sleep(seconds)
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
