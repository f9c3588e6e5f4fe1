"""`python -m tests.torture.fast_worker TIME`: the real worker, whose time begins there and runs faster than ours."""

import logging
import sys
import time
from datetime import datetime, timedelta

from backend.bootstrap import open_backend
from backend.settings import read_settings
from bot.worker import serve
from tests.torture.clock import SCALE


class ClockFrom:
    """Keeps `backend.ports.Clock`; begins at an aware time."""

    def __init__(self, begin: datetime) -> None:
        self._begin, self._started = begin, time.monotonic()

    def now(self) -> datetime:
        return self._begin + timedelta(seconds=(time.monotonic() - self._started) * SCALE)


def main() -> None:
    logging.disable(logging.ERROR)
    settings = read_settings()
    backend = open_backend(settings, clock=ClockFrom(datetime.fromisoformat(sys.argv[1])))
    serve(backend, settings)
    backend.close()


if __name__ == "__main__":
    main()
