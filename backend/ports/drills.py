"""Drills, as the conversations and what became of them tell of them."""

from typing import Protocol

from backend.domain.drill import DrillTalk


class Drills(Protocol):
    """Only looks: a drill is made of conversations, orders and cases like any other."""

    def newest(self) -> str | None:
        """The drill that began last."""

    def talks(self, drill: str) -> list[DrillTalk]:
        """Its conversations in their order; none for a drill that never was."""
