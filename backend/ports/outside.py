"""What the services need of the world beside the database: calendar, files, pictures, time, chance."""

from datetime import date, datetime
from typing import Protocol

from backend.domain.evidence import Picture


class WorkCalendar(Protocol):
    """Which days are working days, 调休 included."""

    def is_workday(self, day: date) -> bool: ...

    def covers(self, year: int) -> bool: ...


class EvidenceStore(Protocol):
    """Where the bytes of evidence lie, by key."""

    def put(self, key: str, data: bytes) -> None:
        """Store under a new key, whole or not at all. Raises Conflict for a key in use, StorageFull without room."""

    def get(self, key: str) -> bytes:
        """Raises EvidenceNotFound for an unknown key."""

    def delete(self, key: str) -> None:
        """Remove it if it is there."""

    def keys(self, folder: str) -> list[str]:
        """What lies below a folder, which ends with `/`."""


class Media(Protocol):
    """What photos and videos from outside really are."""

    def type_of(self, data: bytes) -> str | None:
        """The media type told by the first bytes, never by a name; None where they tell nothing."""

    def develop(self, data: bytes) -> Picture:
        """A safe picture of a photo. Raises EvidenceRefused: `not_an_image`, `unreadable` or `too_many_pixels`."""

    def is_whole_film(self, data: bytes) -> bool:
        """Whether an MP4 file has all its parts, to its very end."""


class Clock(Protocol):
    """The time now, aware UTC."""

    def now(self) -> datetime: ...


class Tokens(Protocol):
    """Unguessable names."""

    def new(self, size: int) -> str:
        """`size` characters of lower-case letters and digits."""
