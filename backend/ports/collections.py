"""Money that customers are asked for: what the services need of its table, and of whoever takes the payment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from backend.domain.collection import CollectedPayment, Collection, CollectionState


class Collections(Protocol):
    """Collections, each with its append-only log."""

    def add(self, collection: Collection, *, by: str) -> Collection:
        """Insert with a line in the log. Raises Conflict where the case has one for that purpose that waits."""

    def save(self, changed: Collection, *, by: str, at: datetime, detail: Mapping[str, Any]) -> Collection:
        """Write as the next version, with a line in the log. Raises Conflict unless the stored version is its own."""

    def put_off(self, collection: Collection) -> None:
        """Write only when it is asked about next, and how often it was: that is no change worth a line in the log."""

    def keep_payment(self, collection: Collection, order_no: str) -> None:
        """Enter what was paid beside the order's payments, so that a refund leg can give it back.

        Raises Conflict (subject `payment`) where that payment has paid for something before.
        """

    def by_number(self, collection_no: str) -> Collection | None: ...

    def live_of(self, case_id: int) -> Collection | None:
        """The one that is open, or paid and not used yet."""

    def of_case(self, case_id: int) -> list[Collection]:
        """In the order they were opened."""

    def find(self, *, state: CollectionState | None, limit: int) -> list[Collection]:
        """Newest first."""

    def due(self, now: datetime, limit: int) -> list[str]:
        """The numbers of those that a worker has to ask about, the longest due first."""

    def of_collector(self, collector: str, since: datetime, until: datetime) -> list[Collection]:
        """Opened from `since` to before `until`."""

    def log(self, collection_id: int) -> list[tuple[datetime, str, CollectionState, dict[str, Any]]]:
        """Every change as (time, who, state, detail), oldest first."""


@dataclass(frozen=True)
class PaymentNotice:
    """A provider's callback whose signature was right, about one payment."""

    id: str
    payment: CollectedPayment


class PaymentCollector(Protocol):
    """Takes payments of customers, under our own collection numbers; what it took, a gateway of its name gives back.

    Every call raises GatewayUnreachable when there is no answer, or none that can be trusted.
    """

    name: str

    def link(self, collection: Collection) -> str | None:
        """Where the customer pays, until it expires; None where they pay outside. Calls nobody."""

    def query(self, collection_no: str) -> CollectedPayment | None:
        """What was paid for it; None when nothing was."""

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentNotice:
        """A callback's content. Raises NotificationRefused when it is forged, older than five minutes or unreadable."""

    def ledger(self, since: datetime, until: datetime) -> list[CollectedPayment] | None:
        """The provider's own books of payments from `since` to before `until`; None where it keeps none for us."""
