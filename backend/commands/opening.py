"""Opens the backend for one command and closes it again; errors of the operator's own input."""

from collections.abc import Iterator
from contextlib import contextmanager

from backend.bootstrap import open_backend
from backend.errors import BackendError
from backend.ports import World
from backend.settings import Settings


class BadInput(BackendError):
    """Something on the command line that cannot be used; the message says what to give instead."""


@contextmanager
def opened(settings: Settings) -> Iterator[World]:
    """The world of the configured backend. Raises DatabaseNotReady and RuleBookError."""
    backend = open_backend(settings)
    try:
        yield backend.world
    finally:
        backend.close()
