"""Ratings of cases: what the services need of their table."""

from typing import Protocol

from backend.domain.rating import Rating


class Ratings(Protocol):
    """One for each case."""

    def add(self, rating: Rating) -> bool:
        """False when the case was rated before: that rating stays."""

    def add_words(self, case_id: int, words: str) -> bool:
        """Give a rating that has none its words; False where there is none, or it has some."""

    def of_case(self, case_id: int) -> Rating | None: ...
