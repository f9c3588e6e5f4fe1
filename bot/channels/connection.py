"""A connection to the chat's port, on which a call has to come in within its time (`bot.arrival`)."""

from time import monotonic

from sanic.exceptions import RequestTimeout
from sanic.http import Http, Stage
from sanic.server import HttpProtocol

from bot.arrival import slowest


class Connection(HttpProtocol):
    """Sanic's, whose clock goes on while a call comes in."""

    def data_received(self, data: bytes) -> None:
        began = self._time if self._arriving() else None
        super().data_received(data)
        if began is not None:
            self._time = began

    def check_timeouts(self) -> None:
        """Hang up on who does not get on with a body; all else is Sanic's."""
        if self._arriving() and self._is_late():
            self._http.exception = RequestTimeout("the body does not come in")
            self.close()  # who still sends reads no answer
        else:
            super().check_timeouts()

    def _arriving(self) -> bool:
        http: Http | None = getattr(self, "_http", None)  # neither is there before the first call
        return http is not None and (http.stage is Stage.REQUEST or bool(getattr(http, "request_body", None)))

    def _is_late(self) -> bool:
        http = self._http
        size = None if http.request_body == "chunked" else http.request_bytes
        return bool(http.stage is Stage.HANDLER and monotonic() - self._time > slowest(size, self.request_timeout))
