"""What photos and videos really are. Photos are decoded in a child process that may crash without harm."""

import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING

import filetype

from backend.adapters.video import is_whole_film
from backend.domain.evidence import Picture
from backend.errors import EvidenceRefused

if TYPE_CHECKING:
    from backend.adapters.picture import Refusal

SECONDS = 30
"""A photo that takes longer than this to decode is not worth it: honest ones take one or two."""

PHOTOS_PER_CHILD = 100

PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp", "image/heic")


class MediaReader:
    """Keeps `ports.Media`. The child starts with the first photo and is replaced after a hundred."""

    def __init__(self, *, seconds: float = SECONDS, photos_per_child: int = PHOTOS_PER_CHILD) -> None:
        self.seconds, self.photos_per_child = seconds, photos_per_child
        self._one_at_a_time = threading.Lock()
        self._child: ProcessPoolExecutor | None = None
        self._developed = 0

    def type_of(self, data: bytes) -> str | None:
        found: str | None = filetype.guess_mime(data)
        return found

    def develop(self, data: bytes) -> Picture:
        with self._one_at_a_time:
            found = self._ask_child(data)
        if isinstance(found, Picture):
            return found
        reason, limit = found
        broken = reason == "not_an_image" and self.type_of(data) in PHOTO_TYPES
        raise EvidenceRefused("unreadable" if broken else reason, limit=limit)

    def is_whole_film(self, data: bytes) -> bool:
        return is_whole_film(data)

    def close(self) -> None:
        """End the child; the next photo would start another."""
        if self._child is not None:
            self._child.shutdown(wait=False)
            self._child = None

    def _ask_child(self, data: bytes) -> "Picture | Refusal":
        began = time.monotonic()
        try:
            found = self._submitted(data)
            if found is None and time.monotonic() - began < self.seconds:
                found = self._submitted(data)  # the child may have been ended before: not this photo's fault
            return found or ("unreadable", None)
        finally:
            self._developed += 1
            if self._developed >= self.photos_per_child:
                self.close()

    def _submitted(self, data: bytes) -> "Picture | Refusal | None":
        """What the child found; None when it ended over it."""
        try:
            return self._running().submit(_develop, data, self.seconds).result()
        except BrokenProcessPool:
            self.close()
            return None

    def _running(self) -> ProcessPoolExecutor:
        if self._child is None:
            # Spawned, not forked: a copy of a server with its threads and its memory is neither safe nor small.
            self._child = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_prepare_child)
            self._developed = 0
        return self._child


def _prepare_child() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt at the terminal is the parent's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        signal.raise_signal(signal.SIGKILL)


def _develop(data: bytes, seconds: float) -> "Picture | Refusal":
    from backend.adapters.picture import develop  # only here: the parent never loads what decodes

    signal.setitimer(signal.ITIMER_REAL, seconds)  # nobody handles the alarm, so it ends this process
    try:
        return develop(data)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
