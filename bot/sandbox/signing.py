"""The provider's side of the signatures: what is signed stands in `backend.adapters.sandbox_calls`."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping

OLDEST_SECONDS = 300
PREFIX = "Sandbox-"


def signature(key: bytes, *parts: str | bytes) -> str:
    text = b"\n".join(part if isinstance(part, bytes) else part.encode() for part in parts)
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def is_genuine(key: bytes, method: str, path: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a call was signed with our key within the last five minutes."""
    at, nonce = headers.get(f"{PREFIX}Timestamp", ""), headers.get(f"{PREFIX}Nonce", "")
    expected = signature(key, method, path, at, nonce, body)
    if not nonce or not hmac.compare_digest(expected.encode(), headers.get(f"{PREFIX}Signature", "").encode()):
        return False
    return abs(time.time() - int(at)) <= OLDEST_SECONDS


def answer_headers(key: bytes, status: int, nonce: str, body: bytes) -> dict[str, str]:
    at = str(int(time.time()))
    return {f"{PREFIX}Timestamp": at, f"{PREFIX}Signature": signature(key, str(status), nonce, at, body)}


def is_our_link(key: bytes, token: str, query: Mapping[str, str]) -> bool:
    """Whether the link to the page of a payment was signed with our key; it may have ended."""
    parts = (query.get("no", ""), query.get("amount_fen", ""), query.get("until", ""), token)
    return hmac.compare_digest(signature(key, "pay", *parts).encode(), query.get("sign", "").encode())


def callback_headers(key: bytes, body: bytes, *, kind: str = "notify", age_seconds: int = 0) -> dict[str, str]:
    """`kind` is `notify` for a refund, `paid` for a payment."""
    at, nonce = str(int(time.time()) - age_seconds), secrets.token_hex(16)
    signed = signature(key, kind, at, nonce, body)
    return {f"{PREFIX}Timestamp": at, f"{PREFIX}Nonce": nonce, f"{PREFIX}Signature": signed}
