"""What is peculiar to WeChat Pay: what an answer means, what is signed, callbacks, bills."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from backend.adapters.wechat_pay import RETURNED, WeChatPay
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.errors import GatewayRefused, GatewayUnreachable, NotificationRefused, SettingsError
from tests.doubles import wechat_pay
from tests.doubles.keys import key_files, party
from tests.doubles.wechat_pay import APIV3_KEY, MCH_ID, NOTIFY_URL, WeChatPayDouble, callback, envelope, signed
from tests.money import unique
from tests.unit.domain.test_refund_leg import a_leg

DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture(scope="module")
def double() -> Iterator[WeChatPayDouble]:
    with wechat_pay.running_wechat_pay() as running:
        yield running


@pytest.fixture
def gateway(double: WeChatPayDouble, tmp_path: Path) -> WeChatPay:
    return WeChatPay(wechat_pay.settings(tmp_path, double.url))


@pytest.fixture
def leg() -> RefundLeg:
    number = unique("RC")
    return a_leg(refund_no=f"{number}-1", payment_no=f"WX-{number}")


def test_the_call_names_numbers_and_fen_and_nothing_about_people(
    gateway: WeChatPay, double: WeChatPayDouble, leg: RefundLeg
) -> None:
    gateway.refund(leg)
    assert json.loads(double.calls[-1].body) == {
        "out_trade_no": leg.payment_no,
        "out_refund_no": leg.refund_no,
        "amount": {"refund": 500, "total": 1000, "currency": "CNY"},
        "notify_url": NOTIFY_URL,
    }


def test_a_payment_may_go_by_wechat_pays_own_number(double: WeChatPayDouble, tmp_path: Path, leg: RefundLeg) -> None:
    gateway = WeChatPay(wechat_pay.settings(tmp_path, double.url, payment_no="transaction_id"))
    gateway.refund(leg)
    called = json.loads(double.calls[-1].body)
    assert (called["transaction_id"], "out_trade_no" in called) == (leg.payment_no, False)


@pytest.mark.parametrize("fault", ["tampered", "no_signature", "old_signature"])
def test_an_answer_that_is_not_signed_just_now_is_no_answer(
    gateway: WeChatPay, double: WeChatPayDouble, leg: RefundLeg, fault: str
) -> None:
    double.books.order_fault(leg.refund_no, fault)
    with pytest.raises(GatewayUnreachable, match="not signed"):
        gateway.refund(leg)


@pytest.mark.parametrize("fault", ["bad_signature", "no_signature"])
def test_a_refusal_that_is_not_signed_is_no_refusal(
    gateway: WeChatPay, double: WeChatPayDouble, leg: RefundLeg, fault: str
) -> None:
    gateway.refund(leg)
    double.books.order_fault(leg.refund_no, fault)
    with pytest.raises(GatewayUnreachable):
        gateway.refund(replace(leg, amount_fen=400))


def test_another_merchants_number_is_told_without_signature_so_the_outcome_stays_open(
    double: WeChatPayDouble, tmp_path: Path, leg: RefundLeg
) -> None:
    stranger = WeChatPay(wechat_pay.settings(tmp_path, double.url, mch_id="1900000199"))
    with pytest.raises(GatewayUnreachable, match="401"):
        stranger.refund(leg)


@pytest.mark.parametrize(("status", "code"), [(404, "MCH_NOT_EXISTS"), (403, "NO_AUTH"), (429, "FREQUENCY_LIMITED")])
def test_only_a_number_that_wechat_pay_does_not_know_means_that_there_is_no_refund(
    gateway: WeChatPay, double: WeChatPayDouble, leg: RefundLeg, monkeypatch: pytest.MonkeyPatch, status: int, code: str
) -> None:
    monkeypatch.setattr(double, "_content", lambda *_call: (status, {"code": code}))
    with pytest.raises(GatewayUnreachable, match=code):
        gateway.query(leg)


def test_too_many_calls_in_a_second_are_no_refusal(
    gateway: WeChatPay, double: WeChatPayDouble, leg: RefundLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(double, "_content", lambda *_call: (429, {"code": "FREQUENCY_LIMITED"}))
    with pytest.raises(GatewayUnreachable, match="429"):
        gateway.refund(leg)


def test_an_answer_about_another_refund_is_no_answer(
    gateway: WeChatPay, double: WeChatPayDouble, leg: RefundLeg
) -> None:
    gateway.refund(leg)
    double.books.refunds[leg.refund_no].number = "RC0-1"
    with pytest.raises(GatewayUnreachable, match="about RC0-1"):
        gateway.refund(leg)


def test_money_that_went_back_to_the_merchant_is_not_paid_to_the_customer(
    gateway: WeChatPay, double: WeChatPayDouble, leg: RefundLeg
) -> None:
    double.books.order_fault(leg.refund_no, "abnormal")
    gateway.refund(leg)
    gateway.query(leg)
    gateway.finish(leg)
    answer = gateway.query(leg)
    assert answer is not None
    assert (answer.state, answer.code, answer.account) == (LegState.FAILED, RETURNED, "商户结算银行账户")


def test_finishing_again_what_is_under_way_tells_how_it_stands(
    gateway: WeChatPay, double: WeChatPayDouble, leg: RefundLeg
) -> None:
    gateway.refund(leg)
    assert gateway.finish(leg).state is LegState.SUCCESS
    assert not double.calls[-1].path.endswith("apply-abnormal-refund")


@pytest.mark.parametrize(
    ("status", "state", "code"),
    [
        ("SUCCESS", LegState.SUCCESS, ""),
        ("CLOSED", LegState.FAILED, "CLOSED"),
        ("ABNORMAL", LegState.ABNORMAL, "ABNORMAL"),
    ],
)
def test_a_callback_tells_how_it_ended(gateway: WeChatPay, status: str, state: LegState, code: str) -> None:
    body = callback("RC1-1", status)
    read = gateway.read_notification(signed(body), body, now())
    assert read.id == f"EV-RC1-1-{status}"
    assert read.answer == RefundAnswer("RC1-1", state, 500, "P1", wechat_pay.ACCOUNT, code)


def test_a_callback_about_another_merchant_is_refused(gateway: WeChatPay) -> None:
    body = callback("RC1-1", mchid="1900000199")
    with pytest.raises(NotificationRefused, match="forged"):
        gateway.read_notification(signed(body), body, now())


def test_the_signature_by_which_wechat_pay_tests_merchants_is_refused(gateway: WeChatPay) -> None:
    body = callback("RC1-1")
    headers = {**signed(body), "Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + party("provider").sign(body)}
    with pytest.raises(NotificationRefused, match="forged"):
        gateway.read_notification(headers, body, now())


def test_a_stranger_who_names_another_certificate_makes_us_call_nobody(
    gateway: WeChatPay, double: WeChatPayDouble
) -> None:
    before, body = len(double.calls), callback("RC1-1")
    for serial in ("5F3A7B", "", "PUB_KEY_ID_0"):
        with pytest.raises(NotificationRefused, match="forged"):
            gateway.read_notification({**signed(body), "Wechatpay-Serial": serial}, body, now())
    with pytest.raises(NotificationRefused, match="forged"):
        gateway.read_notification({"HTTP_WECHATPAY_SIGNATURE": "x", "wechatpay-signature": "x"}, body, now())
    assert len(double.calls) == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"id": "EV-1"}',
        b'{"id": "EV-1", "resource": []}',
        b'{"id": "EV-1", "resource": {"nonce": "1", "ciphertext": "!", "associated_data": ""}}',
        b'{"id": "EV-1", "resource": {"nonce": 1, "ciphertext": 2}}',
        envelope(b"{}", "EV-1", key=APIV3_KEY[::-1]),
        envelope(b"{}", "EV-1"),
        envelope(b"[]", "EV-1"),
        envelope(b'{"out_trade_no": "T1", "trade_state": "SUCCESS"}', "EV-1"),
        callback("RC1-1", amount={"refund": "500"}),
        callback("RC1-1", amount={"refund": True}),
        callback("RC1-1", "DONE"),
    ],
    ids=[
        "empty",
        "list",
        "no resource",
        "another resource",
        "not base64",
        "no text",
        "another key",
        "nothing in it",
        "a list in it",
        "a payment",
        "amount as text",
        "amount as truth",
        "unknown status",
    ],
)
def test_a_signed_callback_that_is_about_no_refund_is_unreadable(gateway: WeChatPay, body: bytes) -> None:
    with pytest.raises(NotificationRefused, match="unreadable"):
        gateway.read_notification(signed(body), body, now())


def test_the_bills_of_past_days_show_refunds_that_were_made_by_hand(
    gateway: WeChatPay, double: WeChatPayDouble
) -> None:
    double.foreign = {"BY-HAND-1": 500}
    long_ago, far_off = datetime(1970, 1, 1, tzinfo=timezone.utc), datetime(9000, 1, 1, tzinfo=timezone.utc)
    before = len(double.calls)
    entries = gateway.ledger(long_ago, far_off)
    assert entries == [RefundAnswer("BY-HAND-1", LegState.SUCCESS, 500, "50300")]
    assert len(double.calls) - before <= 92, "three months of bills, no more"
    assert gateway.ledger(now(), far_off) == []


def test_a_bill_that_is_not_the_one_promised_is_no_answer(
    gateway: WeChatPay, double: WeChatPayDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    double.foreign = {"BY-HAND-1": 500}
    promised = double._bill_text()
    monkeypatch.setattr(double, "_bill_text", iter([promised, promised + b" "]).__next__)
    with pytest.raises(GatewayUnreachable, match="promised"):
        gateway.ledger(now() - DAY, now())


def test_nothing_secret_and_nothing_decrypted_is_logged_or_shown(
    gateway: WeChatPay, double: WeChatPayDouble, tmp_path: Path, leg: RefundLeg, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.refund(leg)
    gateway.query(leg)
    body = callback("RC1-1")
    gateway.read_notification(signed(body), body, now())
    told = caplog.text + repr(wechat_pay.settings(tmp_path))
    for secret in (APIV3_KEY, "PRIVATE KEY", wechat_pay.ACCOUNT, '"mchid"', "signature="):
        assert secret not in told
    assert MCH_ID in told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no private key"),
        (b"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----", "holds no private key"),
        (party("shop").public_pem(), "holds no private key"),
        (None, "cannot be read: No such file"),
    ],
    ids=["empty", "certificate", "public", "away"],
)
def test_a_useless_key_file_is_named_with_its_setting(tmp_path: Path, content: bytes | None, reason: str) -> None:
    known = wechat_pay.settings(tmp_path)
    known.key_file.unlink() if content is None else known.key_file.write_bytes(content)
    with pytest.raises(SettingsError, match=reason) as caught:
        WeChatPay(known)
    assert caught.value.name == "ANXIN_WECHAT_PAY_KEY_FILE" and str(known.key_file) in str(caught.value)


def test_our_own_public_key_in_place_of_theirs_is_found_out(tmp_path: Path) -> None:
    own = key_files(tmp_path, provider="shop")[1]
    with pytest.raises(SettingsError, match="your own public key"):
        WeChatPay(wechat_pay.settings(tmp_path, public_key_file=own))


def test_a_certificate_is_no_public_key(tmp_path: Path) -> None:
    known = wechat_pay.settings(tmp_path)
    known.public_key_file.write_bytes(b"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----")
    with pytest.raises(SettingsError, match="a certificate is none"):
        WeChatPay(known)


def test_a_refused_refund_is_not_there(gateway: WeChatPay, leg: RefundLeg) -> None:
    with pytest.raises(GatewayRefused, match="NOT_ENOUGH"):
        gateway.refund(replace(leg, amount_fen=1001))
    assert gateway.query(leg) is None
