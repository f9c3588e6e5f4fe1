"""Orders, cases with their logs, and evidence: what the services need of their tables."""

from datetime import date, datetime
from typing import Protocol

from backend.domain.case import Case, CaseEvent
from backend.domain.evidence import Evidence, EvidenceKind
from backend.domain.order import Order


class Orders(Protocol):
    """Orders by number."""

    def get(self, order_no: str) -> Order | None: ...

    def spelled_like(self, order_no: str) -> list[str]:
        """The numbers that differ from this one only in case and separators, itself included, in order."""

    def customer_of(self, order_no: str) -> int | None:
        """The buyer's customer id."""

    def of_customer(self, customer_id: int, limit: int) -> list[Order]:
        """The customer's orders, newest first."""

    def put(self, *orders: Order) -> int:
        """Insert, or bring status, times and the buyer's tier of known orders up to date; how many were new.

        Raises Conflict, its subject the order's number, when goods or money of a known one differ: they are frozen.
        """

    def count(self) -> int: ...

    def claim_pieces(self, order_no: str, line_no: int, quantity: int) -> None:
        """Put pieces under a case. Raises Conflict when fewer are free: one open case per unit."""

    def free_pieces(self, order_no: str, line_no: int, quantity: int) -> None:
        """Give pieces back when their case ended without taking them."""

    def claimed_pieces(self, order_no: str) -> dict[int, int]:
        """Pieces under cases, by line."""


class Cases(Protocol):
    """Cases and drafts with their lines and logs."""

    def add(self, case: Case) -> Case:
        """Insert; the returned case carries its id. Raises Conflict on a second draft of a conversation."""

    def save(self, case: Case, *, expected_version: int) -> None:
        """Write all fields and lines. Raises Conflict unless the stored version is the expected one."""

    def get(self, case_id: int) -> Case | None: ...

    def by_number(self, case_no: str) -> Case | None: ...

    def draft_of(self, conversation_id: str) -> Case | None: ...

    def expired_draft(self, conversation_id: str, order_no: str, since: datetime) -> Case | None:
        """The newest draft of a conversation about an order that expired unfinished since then."""

    def of_order(self, order_no: str) -> list[Case]:
        """Filed cases of an order, newest first."""

    def of_buyer(self, customer_id: int, orders: int) -> list[Case]:
        """Filed cases of a buyer's newest orders, newest first."""

    def of_conversation(self, conversation_id: str) -> list[Case]:
        """Filed cases opened in a conversation, newest first."""

    def find(self, *, state: str | None, limit: int, after: str | None = None) -> list[Case]:
        """Filed cases by number, newest first."""

    def newest_id(self) -> int:
        """The highest id of a case or draft; 0 before there is one."""

    def under_other_rules(self, version: int, *, after: int, limit: int) -> list[int]:
        """Ids above that one of open filed cases that keep another version of the rule book, lowest first."""

    def next_number(self, day: date) -> str:
        """The next free case number of that day: RC, the date, six digits."""

    def append(self, case_id: int, event: CaseEvent) -> None: ...

    def events(self, case_id: int) -> list[CaseEvent]: ...

    def last_move(self, case_id: int) -> CaseEvent | None:
        """The event that led to the present state; later ones that kept it are passed over."""


class EvidenceRecords(Protocol):
    """What evidence there is; the bytes are in the EvidenceStore."""

    def add(self, evidence: Evidence) -> Evidence: ...

    def get(self, evidence_id: str) -> Evidence | None: ...

    def same_in_conversation(self, conversation_id: str, sha256: str) -> Evidence | None: ...

    def of_case(self, case_id: int) -> list[Evidence]: ...

    def loose(self, conversation_id: str) -> list[Evidence]:
        """Evidence of a conversation that belongs to no case yet, oldest first."""

    def count_unfiled_of_customer(self, conversation_id: str, since: datetime) -> int:
        """Pieces that the customer has sent since then and no filed case has taken."""

    def assign(self, evidence_id: str, case_id: int, kind: EvidenceKind) -> None: ...

    def outlived(self, before: datetime, limit: int) -> list[Evidence]:
        """Pieces that are still kept, of cases closed before then, or of none and sent before then; oldest first."""

    def mark_removed(self, evidence_id: str, at: datetime) -> None: ...

    def renew(self, piece: Evidence) -> None:
        """Write all fields of a known one, whose file was removed and is here again."""
