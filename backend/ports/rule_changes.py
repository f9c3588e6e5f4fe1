"""Changing the rule book at the desk: what the services need of its text and of the table of changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from backend.domain.rule_book import RuleBook
from backend.domain.rule_change import ChangeState, RuleBookEdition, RuleChange


class RuleTexts(Protocol):
    """The rule book as text: files of YAML put together to one."""

    def parse(self, text: str) -> RuleBook:
        """Raises RuleBookError naming file, line and parameter of the first mistake."""

    def sha256(self, text: str) -> str:
        """What a text is known by."""

    def files(self, text: str) -> dict[str, str]:
        """The content of each file, by name."""

    def with_file(self, text: str, file: str, content: str) -> str:
        """The text with another content of one file. Raises KeyError for a file it does not have."""

    def with_values(self, text: str, values: Mapping[str, str]) -> str:
        """The text with other single values, by dotted name, written as YAML; comments stay.

        Raises RuleBookError for a name under which no single value stands.
        """


class RuleChanges(Protocol):
    """Changes that wait, and those that were decided."""

    def add(self, change: RuleChange) -> int:
        """Its id."""

    def get(self, change_id: int) -> RuleChange | None: ...

    def newest(self, limit: int) -> list[RuleChange]:
        """Newest first."""

    def decide(self, change_id: int, state: ChangeState, *, by: str, at: datetime, answer: str) -> bool:
        """By one conditional UPDATE; False when it is open no more."""

    def put_in_force(self, change: RuleChange, sha256: str, *, approver: str, effective_from: datetime) -> int | None:
        """Let its text hold from a time on: the version. None when another rule book came into force meanwhile."""

    def editions(self) -> list[RuleBookEdition]:
        """Every time a version came into force, newest first."""
