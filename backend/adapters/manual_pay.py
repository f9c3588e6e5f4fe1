"""Money that finance pays outside the system (card, balance, rerouted refunds): nobody to call, a voucher to wait
for.
"""

from collections.abc import Mapping
from datetime import datetime

from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.errors import NotificationRefused
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
