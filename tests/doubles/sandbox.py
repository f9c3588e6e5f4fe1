"""Callbacks as the payment sandbox signs them."""

import json

from bot.sandbox.signing import callback_headers


def callback_of(
    key: bytes, refund_no: str, *, by: str = "provider", age_seconds: int = 0, body: bytes | None = None
) -> tuple[dict[str, str], bytes]:
    """Headers and body of a callback that a refund of 5.00 is done; `by` somebody else it has another key."""
    refund = {
        "refund_no": refund_no,
        "amount_fen": 500,
        "state": "SUCCESS",
        "provider_no": "P",
        "account": "招商银行信用卡0403",
        "code": "",
    }
    sent = json.dumps({"id": f"n-{refund_no}", "refund": refund}).encode() if body is None else body
    signing = key if by == "provider" else b"somebody else's key"
    return callback_headers(signing, sent, age_seconds=age_seconds), sent
