"""Alerts as members of staff are shown them."""

from datetime import datetime
from typing import Protocol

from backend.domain.alert_list import AlertLine, Reader


class AlertLists(Protocol):
    """What is not dealt with; tasks that a queue shows anyhow are left out."""

    def open_of(self, reader: Reader, limit: int) -> list[AlertLine]:
        """Newest first, without comments."""

    def count(self, reader: Reader) -> int: ...

    def settle(self, reader: Reader, alert_ids: list[int], by: str, at: datetime) -> int:
        """Mark those of them that are theirs and still open as dealt with; how many were."""

    def settle_moot(self, by: str, at: datetime, limit: int) -> int:
        """Mark what nobody is shown (any more) as dealt with, the oldest first; how many were."""
