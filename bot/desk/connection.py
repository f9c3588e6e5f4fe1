"""A connection to the desk's port, on which a call has to come in within its time (`bot.arrival`)."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.arrival import SLOWEST_HEAD, slowest


class Connection(HttpToolsProtocol):
    """Uvicorn's, which by itself waits for good."""

    slowest_head = SLOWEST_HEAD
    _arrives: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(self.slowest_head)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self._wait(self.slowest_head)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        told = next((value for name, value in self.headers if name == b"content-length"), None)
        self._wait(slowest(int(told) if told is not None else None, self.slowest_head))
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._wait_no_more()
        super().on_message_complete()

    def _wait(self, seconds: float) -> None:
        self._wait_no_more()
        self._arrives = self.loop.call_later(seconds, self._hang_up)

    def _wait_no_more(self) -> None:
        if self._arrives is not None:
            self._arrives.cancel()

    def _hang_up(self) -> None:
        self.transport.close()
