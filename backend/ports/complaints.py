"""Complaints with their cases and logs: what the services need of their tables."""

from datetime import date
from typing import Protocol

from backend.domain.complaint import Cause, Complaint, Entry, Stage


class Complaints(Protocol):
    """One open complaint for each case and cause, or for each conversation and cause where it is about no case."""

    def add(self, complaint: Complaint) -> Complaint:
        """Insert; the returned one carries its id. Raises Conflict when one is open about the same already."""

    def save(self, complaint: Complaint, *, expected_version: int) -> None:
        """Write all fields and cases. Raises Conflict unless the stored version is the expected one."""

    def get(self, complaint_id: int) -> Complaint | None: ...

    def by_number(self, complaint_no: str) -> Complaint | None: ...

    def open_about(self, conversation_id: str, cause: Cause, case_id: int | None) -> Complaint | None:
        """The one that is not closed, about this case, or about none."""

    def of_case(self, case_id: int) -> list[Complaint]:
        """Newest first."""

    def of_conversation(self, conversation_id: str) -> list[Complaint]:
        """Newest first."""

    def open_without_case(self, limit: int) -> list[Complaint]:
        """Those about no case that are not closed, the oldest first: no list of cases shows them."""

    def find(self, *, stage: Stage | None, limit: int) -> list[Complaint]:
        """Newest first."""

    def next_number(self, day: date) -> str:
        """The next free number of that day: CP, the date, six digits."""

    def append(self, complaint_id: int, entry: Entry) -> None: ...

    def log(self, complaint_id: int) -> list[Entry]:
        """Oldest first."""
