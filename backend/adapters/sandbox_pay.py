"""The payment sandbox's client: signed HTTP calls to `bot.sandbox`, and the answers and callbacks it signs.

What is signed, by HMAC-SHA256 under the key both sides share, joined by line ends:
a call (method, path with query, timestamp, nonce, body), an answer (status, the call's nonce, timestamp, body),
a callback ("notify", timestamp, nonce, body). Timestamps are Unix seconds.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests

from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.errors import GatewayRefused, GatewayUnreachable, NotificationRefused
from backend.ports.payments import Notification

OLDEST = timedelta(minutes=5)
TIMEOUT_SECONDS = (2, 5)
NOT_KNOWN = 404
REFUSED = 409
PREFIX = "Sandbox-"


class SandboxPay:
    """Keeps `ports.PaymentGateway`. One instance serves many threads."""

    name = "sandbox"
    whole_ledger = True

    def __init__(self, url: str, key: bytes) -> None:
        self._url, self._key = url, key

    def refund(self, leg: RefundLeg) -> RefundAnswer:
        body = {
            "refund_no": leg.refund_no,
            "payment_no": leg.payment_no,
            "method": leg.method.value,
            "amount_fen": leg.amount_fen,
            "total_fen": leg.paid_fen,
        }
        return self._expected(leg, *self._call("POST", "/refunds", leg.refund_no, body))

    def query(self, leg: RefundLeg) -> RefundAnswer | None:
        status, found = self._call("GET", f"/refunds/{leg.refund_no}", leg.refund_no)
        return None if status == NOT_KNOWN else self._expected(leg, status, found)

    def finish(self, leg: RefundLeg) -> RefundAnswer:
        return self._expected(leg, *self._call("POST", f"/refunds/{leg.refund_no}/finish", leg.refund_no, {}))

    def read_notification(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notification:
        at, nonce = headers.get(f"{PREFIX}Timestamp", ""), headers.get(f"{PREFIX}Nonce", "")
        signed = self._signature("notify", at, nonce, body)
        if not hmac.compare_digest(signed, headers.get(f"{PREFIX}Signature", "").encode()):
            raise NotificationRefused("forged")
        if abs(now.timestamp() - int(at)) > OLDEST.total_seconds():
            raise NotificationRefused("stale")
        try:
            content = json.loads(body)
            return Notification(str(content["id"]), _answer(content["refund"]))
        except (ValueError, KeyError, TypeError) as exc:
            raise NotificationRefused("unreadable") from exc

    def ledger(self, since: datetime, until: datetime) -> list[RefundAnswer] | None:
        path = f"/ledger?since={since.timestamp():.6f}&until={until.timestamp():.6f}"
        status, found = self._call("GET", path, "ledger")
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

    def _call(
        self, method: str, path: str, refund_no: str, content: Mapping[str, Any] | None = None
    ) -> tuple[int, Any]:
        """Status and content of a call's answer, once its signature was found right."""
        body = b"" if content is None else json.dumps(content).encode()
        at, nonce = str(int(time.time())), secrets.token_hex(16)
        headers = {
            "Content-Type": "application/json",
            f"{PREFIX}Timestamp": at,
            f"{PREFIX}Nonce": nonce,
            f"{PREFIX}Signature": self._signature(method, path, at, nonce, body).decode(),
        }
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy of the environment has no business with our own machine
                answer = session.request(method, self._url + path, data=body, headers=headers, timeout=TIMEOUT_SECONDS)
                self._verify(answer, nonce)
                return answer.status_code, answer.json()
        except (requests.RequestException, ValueError) as exc:
            raise GatewayUnreachable(self.name, refund_no, str(exc)) from exc

    def _verify(self, answer: requests.Response, nonce: str) -> None:
        at = answer.headers.get(f"{PREFIX}Timestamp", "")
        signed = self._signature(str(answer.status_code), nonce, at, answer.content)
        if not hmac.compare_digest(signed, answer.headers.get(f"{PREFIX}Signature", "").encode()):
            raise ValueError("the answer's signature is wrong")

    def _signature(self, *parts: str | bytes) -> bytes:
        text = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in parts)
        return hmac.new(self._key, text, hashlib.sha256).hexdigest().encode()


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
