"""The payment sandbox as a gateway for refunds; how calls are signed stands in `sandbox_calls`."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.adapters.sandbox_calls import NAME, NOT_KNOWN, REFUSED, SandboxCalls
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.errors import GatewayRefused, GatewayUnreachable, NotificationRefused
from backend.ports.payments import Notification


class SandboxPay:
    """Keeps `ports.PaymentGateway`. One instance serves many threads."""

    name = NAME
    whole_ledger = True

    def __init__(self, url: str, key: bytes) -> None:
        self._calls = SandboxCalls(url, key)

    def refund(self, leg: RefundLeg) -> RefundAnswer:
        body = {
            "refund_no": leg.refund_no,
            "payment_no": leg.payment_no,
            "method": leg.method.value,
            "amount_fen": leg.amount_fen,
            "total_fen": leg.paid_fen,
        }
        return self._expected(leg, *self._calls.call("POST", "/refunds", leg.refund_no, body))

    def query(self, leg: RefundLeg) -> RefundAnswer | None:
        status, found = self._calls.call("GET", f"/refunds/{leg.refund_no}", leg.refund_no)
        return None if status == NOT_KNOWN else self._expected(leg, status, found)

    def finish(self, leg: RefundLeg) -> RefundAnswer:
        return self._expected(leg, *self._calls.call("POST", f"/refunds/{leg.refund_no}/finish", leg.refund_no, {}))

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        self._calls.verify_callback("notify", headers, body, now)
        try:
            content = json.loads(body)
            return Notification(str(content["id"]), _answer(content["refund"]))
        except (ValueError, KeyError, TypeError) as exc:
            raise NotificationRefused("unreadable") from exc

    def ledger(self, since: datetime, until: datetime) -> list[RefundAnswer] | None:
        path = f"/ledger?since={since.timestamp():.6f}&until={until.timestamp():.6f}"
        status, found = self._calls.call("GET", path, "ledger")
        if status != 200:
            raise GatewayUnreachable(self.name, "ledger", f"answered {status}")
        return [_answer(refund) for refund in found["refunds"]]

    def _expected(self, leg: RefundLeg, status: int, found: Any) -> RefundAnswer:
        """The refund in an answer. Raises GatewayRefused for a refusal, GatewayUnreachable for anything else."""
        if status == REFUSED:
            raise GatewayRefused(self.name, leg.refund_no, str(found["code"]))
        if status != 200:
            raise GatewayUnreachable(self.name, leg.refund_no, f"answered {status}")
        try:
            answer = _answer(found)
        except (ValueError, KeyError, TypeError) as exc:
            raise GatewayUnreachable(self.name, leg.refund_no, "the answer cannot be read") from exc
        if answer.refund_no != leg.refund_no:
            raise GatewayUnreachable(self.name, leg.refund_no, f"the answer is about {answer.refund_no}")
        return answer


def _answer(content: Any) -> RefundAnswer:
    """Raises KeyError, TypeError or ValueError for anything but a refund as the sandbox tells it."""
    amount = content["amount_fen"]
    if type(amount) is not int:
        raise TypeError("amount_fen")
    return RefundAnswer(
        refund_no=str(content["refund_no"]),
        state=LegState(content["state"]),
        amount_fen=amount,
        provider_no=str(content["provider_no"]),
        account=str(content["account"]),
        code=str(content["code"]),
    )
