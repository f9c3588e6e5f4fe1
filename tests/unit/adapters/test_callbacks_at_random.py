"""A provider's callback is believed, or refused with a reason, whatever it holds, signed or not."""

import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.adapters.alipay import Alipay
from backend.adapters.sandbox_pay import SandboxPay
from backend.adapters.wechat_pay import WeChatPay
from backend.errors import NotificationRefused
from backend.ports.payments import Notification, PaymentGateway
from tests.doubles import alipay, wechat_pay

Gateways = dict[str, PaymentGateway]
FIELDS = st.sampled_from(["amount", "refund_status", "out_refund_no", "mchid", "refund_id"])
KEY = b"the sandbox's key"
HEADER = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(["9" * 5000, "-1", "٣"])
NAMES = ("Timestamp", "Nonce", "Signature", "Serial", "Signature-Type")
HEADERS = st.dictionaries(
    st.sampled_from([f"{whose}-{name}" for whose in ("Wechatpay", "Sandbox") for name in NAMES]), HEADER
)
VALUES = (
    st.none() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["SUCCESS", "1e999999", "-0", ""])
)
JSON = st.recursive(VALUES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner))


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Gateways:
    keys: Path = tmp_path_factory.mktemp("keys")
    return {
        "wechat_pay": WeChatPay(wechat_pay.settings(keys)),
        "alipay": Alipay(alipay.settings(keys)),
        "sandbox": SandboxPay("http://127.0.0.1:9", KEY),
    }


def read(gateway: PaymentGateway, headers: dict[str, str], body: bytes) -> Notification | None:
    """What a callback tells; None for one that is refused. Any other error fails the test."""
    try:
        return gateway.read_notification(headers, body, datetime.now(timezone.utc))
    except NotificationRefused as refused:
        assert refused.reason in ("forged", "stale", "unreadable")
        return None


@given(HEADERS, st.binary() | JSON.map(lambda told: json.dumps(told).encode()))
def test_what_nobody_signed_is_refused(gateways: Gateways, headers: dict[str, str], body: bytes) -> None:
    assert [read(gateway, headers, body) for gateway in gateways.values()] == [None, None, None]


@settings(max_examples=40)
@given(
    JSON | st.dictionaries(st.sampled_from(["amount", "refund_status", "out_refund_no", "mchid", "refund_id"]), JSON)
)
def test_what_wechat_pay_signed_is_read_or_refused(gateways: Gateways, content: Any) -> None:
    for body in (wechat_pay.envelope(json.dumps(content).encode(), "EV-1"), json.dumps(content).encode()):
        read(gateways["wechat_pay"], wechat_pay.signed(body), body)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["refund_fee", "out_biz_no", "gmt_refund", "notify_time", "notify_id"]), HEADER))
def test_what_alipay_signed_is_read_or_refused(gateways: Gateways, changes: dict[str, str]) -> None:
    fields = {**alipay.notification("RC1-1"), **changes}
    told = read(gateways["alipay"], {}, alipay.posted(fields))
    assert told is None or told.answer.amount_fen < 2**63


@pytest.mark.parametrize("amount", ["1e999999", "1e15", "-5.00", "NaN", "Infinity", "5.001", "٣.00", "9" * 400, ""])
def test_an_amount_that_is_none_is_refused(gateways: Gateways, amount: str) -> None:
    fields = {**alipay.notification("RC1-1"), "refund_fee": amount}
    assert read(gateways["alipay"], {}, alipay.posted(fields)) is None
