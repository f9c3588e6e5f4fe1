"""The payment sandbox as a taker of payments: a signed link to its page, its callbacks and its books.

The link carries all that the page needs, so none has to be ordered first. It ends with the collection's link.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from backend.adapters.sandbox_calls import NAME, NOT_KNOWN, SandboxCalls
from backend.domain.collection import CollectedPayment, Collection
from backend.domain.order import PaymentMethod
from backend.errors import GatewayUnreachable, NotificationRefused
from backend.ports.collections import PaymentNotice


class SandboxCollect:
    """Keeps `ports.PaymentCollector`. One instance serves many threads."""

    name = NAME

    def __init__(self, url: str, key: bytes) -> None:
        self._calls = SandboxCalls(url, key)

    def link(self, collection: Collection) -> str | None:
        end = str(int(collection.expires_at.timestamp()))
        amount = str(collection.amount_fen)
        signed = self._calls.signature("pay", collection.collection_no, amount, end, collection.token).decode()
        query = {"no": collection.collection_no, "amount_fen": amount, "until": end, "sign": signed}
        return f"{self._calls.url}/pay/{collection.token}?{urlencode(query)}"

    def query(self, collection_no: str) -> CollectedPayment | None:
        status, found = self._calls.call("GET", f"/payments/{collection_no}", collection_no)
        if status == NOT_KNOWN:
            return None
        if status != 200:
            raise GatewayUnreachable(self.name, collection_no, f"answered {status}")
        payment = self._readable(found, collection_no)
        if payment.collection_no != collection_no:
            raise GatewayUnreachable(self.name, collection_no, f"the answer is about {payment.collection_no}")
        return payment

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentNotice:
        self._calls.verify_callback("paid", headers, body, now)
        try:
            content = json.loads(body)
            return PaymentNotice(str(content["id"]), _payment(content["payment"]))
        except (ValueError, KeyError, TypeError) as exc:
            raise NotificationRefused("unreadable") from exc

    def ledger(self, since: datetime, until: datetime) -> list[CollectedPayment] | None:
        path = f"/payments?since={since.timestamp():.6f}&until={until.timestamp():.6f}"
        status, found = self._calls.call("GET", path, "payments")
        if status != 200:
            raise GatewayUnreachable(self.name, "payments", f"answered {status}")
        return [self._readable(each, "payments") for each in found["payments"]]

    def _readable(self, found: Any, about: str) -> CollectedPayment:
        try:
            return _payment(found)
        except (ValueError, KeyError, TypeError) as exc:
            raise GatewayUnreachable(self.name, about, "the answer cannot be read") from exc


def _payment(content: Any) -> CollectedPayment:
    """Raises KeyError, TypeError or ValueError for anything but a payment as the sandbox tells it."""
    amount = content["amount_fen"]
    if type(amount) is not int:
        raise TypeError("amount_fen")
    method, number = PaymentMethod(content["method"]), str(content["provider_no"])
    if not number:
        raise ValueError("provider_no")
    return CollectedPayment(str(content["collection_no"]), amount, method, number)
