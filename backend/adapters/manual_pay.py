"""Money that finance pays or takes outside the system (card, balance, rerouted refunds; price gaps): nobody to call, a
voucher to wait for.
"""

from collections.abc import Mapping
from datetime import datetime

from backend.domain.collection import CollectedPayment, Collection
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.errors import NotificationRefused
from backend.ports.collections import PaymentNotice
from backend.ports.payments import Notification


class ManualPay:
    """Keeps `ports.PaymentGateway`: every refund is processing until `services.refunds.record_voucher`."""

    name = "manual"
    whole_ledger = False

    def refund(self, leg: RefundLeg) -> RefundAnswer:
        return RefundAnswer(leg.refund_no, LegState.PROCESSING, leg.amount_fen)

    def query(self, leg: RefundLeg) -> RefundAnswer | None:
        return self.refund(leg)

    def finish(self, leg: RefundLeg) -> RefundAnswer:
        return self.refund(leg)

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        raise NotificationRefused("forged")

    def ledger(self, since: datetime, until: datetime) -> list[RefundAnswer] | None:
        return None


class ManualCollect:
    """Keeps `ports.PaymentCollector` for a shop that takes such payments outside: the customer is told how, finance
    records the voucher (`services.collections_paid.record_voucher`).
    """

    name = ManualPay.name

    def link(self, collection: Collection) -> str | None:
        return None

    def query(self, collection_no: str) -> CollectedPayment | None:
        return None

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentNotice:
        raise NotificationRefused("forged")

    def ledger(self, since: datetime, until: datetime) -> list[CollectedPayment] | None:
        return None
