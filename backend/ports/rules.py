"""Versions of the rule book and the merchant's own days: what the services need of their tables."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

FILE, DESK = "file", "desk"
"""Where a rule book's text came from."""


@dataclass(frozen=True)
class RuleBookPeriod:
    """A time in which a version is in force; customers of cases up to the id `told_to` have heard of it."""

    id: int
    version: int
    told_to: int


class RuleBooks(Protocol):
    """Versions of the rule book, each a row for good."""

    def add(
        self,
        *,
        text: str,
        sha256: str,
        author: str,
        effective_from: datetime,
        note: str,
        source: str = FILE,
        follows: int | None = None,
    ) -> int:
        """Let a text hold from a time on, and give its version: a known text keeps its number.

        `source` is FILE or DESK. `follows` is the `newest_period` that whoever adds has seen: where it is no longer the
        newest, nothing comes into force.
        """

    def newest_period(self) -> int:
        """The id of what was last put in force; 0 before anything was."""

    def newest_of_files(self) -> str | None:
        """The SHA-256 of the text that the rule files had when they last changed."""

    def current_version(self, at: datetime) -> int | None:
        """The version in force at that time: of those whose time has come, what was added last."""

    def period_at(self, at: datetime) -> RuleBookPeriod | None:
        """The same with what has been told of it."""

    def mark_told(self, period_id: int, case_id: int) -> None: ...

    def get(self, version: int) -> str | None: ...


class WorkDays(Protocol):
    """The merchant's own exceptions to the calendar."""

    def overrides(self) -> dict[date, bool]: ...

    def put(self, day: date, is_workday: bool, note: str) -> None: ...
