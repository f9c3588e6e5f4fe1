"""A clock that stands still until a test moves it."""

from datetime import datetime, timedelta, timezone

START = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)
"""A Sunday at 10:00 in the merchant's zone, in a year whose holidays are known."""


class FakeClock:
    """Keeps `backend.ports.Clock`."""

    def __init__(self, now: datetime = START) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, **step: float) -> datetime:
        """Move on by `days=`, `hours=`, `minutes=`, `seconds=` …, as for timedelta; gives the new time."""
        self._now += timedelta(**step)
        return self._now
