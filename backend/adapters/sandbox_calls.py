"""Signed HTTP calls to the payment sandbox (`bot.sandbox`), and the answers, callbacks and links it signs.

What is signed, by HMAC-SHA256 under the key both sides share, joined by line ends: a call (method, path with query,
timestamp, nonce, body), an answer (status, the call's nonce, timestamp, body), a callback (its kind, timestamp, nonce,
body), a link ("pay", number, amount in fen, end, token). Timestamps are Unix seconds.
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

from backend.errors import GatewayUnreachable, NotificationRefused

NAME = "sandbox"
OLDEST = timedelta(minutes=5)
TIMEOUT_SECONDS = (2, 5)
NOT_KNOWN = 404
REFUSED = 409
PREFIX = "Sandbox-"


class SandboxCalls:
    """Calls the sandbox at an address. One instance serves many threads."""

    def __init__(self, url: str, key: bytes) -> None:
        self.url, self._key = url, key

    def call(self, method: str, path: str, about: str, content: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status and content of a call's answer, once its signature was found right. Raises GatewayUnreachable."""
        body = b"" if content is None else json.dumps(content).encode()
        at, nonce = str(int(time.time())), secrets.token_hex(16)
        headers = {
            "Content-Type": "application/json",
            f"{PREFIX}Timestamp": at,
            f"{PREFIX}Nonce": nonce,
            f"{PREFIX}Signature": self.signature(method, path, at, nonce, body).decode(),
        }
        try:
            with requests.Session() as session:
                session.trust_env = False  # a proxy of the environment has no business with our own machine
                answer = session.request(method, self.url + path, data=body, headers=headers, timeout=TIMEOUT_SECONDS)
                self._verify(answer, nonce)
                return answer.status_code, answer.json()
        except (requests.RequestException, ValueError) as exc:
            raise GatewayUnreachable(NAME, about, str(exc)) from exc

    def verify_callback(self, kind: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Raises NotificationRefused for a callback that is not signed by our key, or older than five minutes."""
        at, nonce = headers.get(f"{PREFIX}Timestamp", ""), headers.get(f"{PREFIX}Nonce", "")
        signed = self.signature(kind, at, nonce, body)
        if not hmac.compare_digest(signed, headers.get(f"{PREFIX}Signature", "").encode()):
            raise NotificationRefused("forged")
        if abs(now.timestamp() - int(at)) > OLDEST.total_seconds():
            raise NotificationRefused("stale")

    def signature(self, *parts: str | bytes) -> bytes:
        text = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in parts)
        return hmac.new(self._key, text, hashlib.sha256).hexdigest().encode()

    def _verify(self, answer: requests.Response, nonce: str) -> None:
        at = answer.headers.get(f"{PREFIX}Timestamp", "")
        signed = self.signature(str(answer.status_code), nonce, at, answer.content)
        if not hmac.compare_digest(signed, answer.headers.get(f"{PREFIX}Signature", "").encode()):
            raise ValueError("the answer's signature is wrong")
