"""Ratings of cases: what the services need of their table."""

from typing import Protocol

from backend.domain.rating import Rating


class Ratings(Protocol):
    """One for each case."""

    def add(self, rating: Rating) -> bool:
        """False when the case was rated before: that rating stays."""

    def of_case(self, case_id: int) -> Rating | None: ...
