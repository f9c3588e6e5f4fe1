"""Waits for what other processes bring about, and fails when it does not come."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_SECONDS = 120.0
"""Far more than it takes: a busy machine is no mistake."""


def until(look: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What a look gives as soon as it gives something true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"it did not come in {seconds} s"
        time.sleep(0.05)
    return found
