"""Ports for servers of a test's own, on loopback."""

import socket
from contextlib import suppress
from random import SystemRandom

OURS = range(10_240, 32_768)
"""Below those that the system gives by itself to whoever calls: none of them is taken before the server has started."""
TRIES = 100


def free_port() -> int:
    """A port that nothing listened on just now."""
    for _ in range(TRIES):
        port = SystemRandom().choice(OURS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no free port among {TRIES} of {OURS}")
