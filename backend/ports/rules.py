"""Versions of the rule book and the merchant's own days: what the services need of their tables."""

from datetime import date, datetime
from typing import Protocol


class RuleBooks(Protocol):
    """Versions of the rule book, each a row for good."""

    def add(self, *, text: str, sha256: str, author: str, effective_from: datetime, note: str) -> int:
        """Store a version; the number of the existing one when this text is stored already."""

    def version_of(self, sha256: str) -> int | None:
        """The version with this text, if it is stored."""

    def current_version(self, at: datetime) -> int | None:
        """The version in force at that time."""

    def get(self, version: int) -> str | None: ...


class WorkDays(Protocol):
    """The merchant's own exceptions to the calendar."""

    def overrides(self) -> dict[date, bool]: ...

    def put(self, day: date, is_workday: bool, note: str) -> None: ...
