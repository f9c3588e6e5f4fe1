"""What was written last: what the services need of the tables to keep open pages up to date."""

from collections.abc import Mapping
from typing import Protocol

Newest = tuple[int, ...]
"""The highest number of each table that is watched."""
Row = tuple[str, int]
"""A table's name and a row's number in it."""


class LatestRows(Protocol):
    """The newest rows of messages, hand-off events, case events and notes."""

    def newest(self) -> Newest: ...

    def rows_after(self, numbers: Newest) -> Mapping[Row, frozenset[str]]:
        """Rows above those numbers, with names of what they concern: `queue`, `talk-ID`, `cases`, `case-NUMBER`."""
