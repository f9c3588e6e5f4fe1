"""What the services need to move money back: refund legs in the database, and a gateway for each provider.

`UnitOfWork` and `World` carry them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg


class RefundLegs(Protocol):
    """Refund legs, the reservations they hold on payments, and the callbacks that were taken."""

    def reserved(self, order_no: str) -> dict[tuple[PaymentMethod, str], int]:
        """What is reserved on each payment of an order, by method and payment number."""

    def add(self, leg: RefundLeg, *, by: str) -> RefundLeg:
        """Insert with its reservation. Raises Conflict for a number in use, or `above_cap` beyond what was paid."""

    def save(self, leg: RefundLeg, *, was: RefundLeg, at: datetime, by: str) -> None:
        """Write, with a line in the log; one that has FAILED now gives its reservation back.

        Raises Conflict unless the stored version is that of `was`, the leg as it was read.
        """

    def by_number(self, refund_no: str) -> RefundLeg | None: ...

    def of_case(self, case_id: int) -> list[RefundLeg]:
        """Those of the case's own payout, by part and attempt."""

    def of_collection(self, case_id: int, number: int) -> list[RefundLeg]:
        """Those that give one of the case's collections back, by attempt."""

    def due(self, now: datetime, limit: int) -> list[RefundLeg]:
        """Legs that a worker has to look at, the longest due first."""

    def paid_but_refunding(self, before: datetime, limit: int) -> list[str]:
        """Cases, by number, that went back to REFUNDING before then though nothing is left to be paid."""

    def find(self, *, state: LegState | None, limit: int) -> list[RefundLeg]:
        """Newest first."""

    def unsettled(self, gateway: str, limit: int) -> list[RefundLeg]:
        """Those that are neither paid nor given up, oldest first."""

    def of_gateway(self, gateway: str, since: datetime, until: datetime) -> list[RefundLeg]:
        """Planned from `since` to before `until`."""

    def log(self, leg_id: int) -> list[tuple[datetime, str, LegState, str]]:
        """Every change as (time, who, state, code), oldest first."""

    def take_notification(self, gateway: str, notification_id: str, at: datetime) -> bool:
        """Remember a callback; False when it was taken before."""


@dataclass(frozen=True)
class Notification:
    """A provider's callback whose signature was right, about one refund."""

    id: str
    answer: RefundAnswer


class PaymentGateway(Protocol):
    """A payment provider, called with our own refund number and no transaction open.

    Every call raises GatewayUnreachable when there is no answer, or none that can be trusted.
    """

    name: str
    whole_ledger: bool
    """Whether `ledger` shows everything as it is at this moment."""

    def refund(self, leg: RefundLeg) -> RefundAnswer:
        """Ask for it; the same number any number of times pays once. Raises GatewayRefused."""

    def query(self, leg: RefundLeg) -> RefundAnswer | None:
        """What became of it; None when the provider has never heard of its number."""

    def finish(self, leg: RefundLeg) -> RefundAnswer:
        """Bring an ABNORMAL one to its end under the same number; how another one stands. Raises GatewayRefused."""

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        """A callback's content. Raises NotificationRefused when it is forged, older than five minutes or unreadable."""

    def ledger(self, since: datetime, until: datetime) -> list[RefundAnswer] | None:
        """The provider's own books of refunds from `since` to before `until`; None where it keeps none for us.

        Without `whole_ledger` they lag behind, or show less than all: a refund of ours that they do not show, or show
        differently, is asked about.
        """
