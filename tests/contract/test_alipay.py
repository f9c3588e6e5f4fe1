"""What is peculiar to Alipay: when money has moved, what is signed, notifications of trades."""

import logging
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from backend.adapters.alipay import Alipay
from backend.domain.refund_leg import LegState, RefundLeg
from backend.errors import GatewayRefused, GatewayUnreachable, NotificationRefused, SettingsError
from tests.doubles import alipay
from tests.doubles.alipay import APP_ID, AlipayDouble, notification, posted
from tests.doubles.keys import key_files, party
from tests.money import unique
from tests.unit.domain.test_refund_leg import a_leg


def now() -> datetime:
    return datetime.now(timezone.utc)


@pytest.fixture(scope="module")
def double() -> Iterator[AlipayDouble]:
    with alipay.running_alipay() as running:
        yield running


@pytest.fixture
def gateway(double: AlipayDouble, tmp_path: Path) -> Alipay:
    return Alipay(alipay.settings(tmp_path, double.url))


@pytest.fixture
def leg() -> RefundLeg:
    number = unique("RC")
    return a_leg(refund_no=f"{number}-1", payment_no=f"ALI-{number}", amount_fen=1, paid_fen=1000)


def test_money_that_moved_by_this_call_is_a_success(gateway: Alipay, leg: RefundLeg) -> None:
    answer = gateway.refund(leg)
    assert (answer.state, answer.amount_fen, answer.account) == (LegState.SUCCESS, 1, alipay.BUYER)


def test_a_call_that_moved_no_money_is_asked_about_whatever_its_code(gateway: Alipay, leg: RefundLeg) -> None:
    gateway.refund(leg)
    assert gateway.refund(leg).state is LegState.PROCESSING
    found = gateway.query(leg)
    assert found is not None and (found.state, found.amount_fen) == (LegState.SUCCESS, 1)


def test_the_call_is_a_post_with_yuan_and_numbers_and_nothing_about_people(
    gateway: Alipay, double: AlipayDouble, leg: RefundLeg
) -> None:
    gateway.refund(leg)
    call = double.calls[-1]
    given = parse_qs(call.body.decode())
    assert (call.method, urlsplit(call.path).query) == ("POST", "charset=utf-8")
    assert given["biz_content"] == [
        f'{{"refund_amount":"0.01","out_request_no":"{leg.refund_no}","out_trade_no":"{leg.payment_no}"}}'
    ]


def test_an_answer_about_another_payment_is_no_answer(
    gateway: Alipay, double: AlipayDouble, leg: RefundLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"code": "10000", "fund_change": "Y", "out_trade_no": "T0"}
    monkeypatch.setattr(double, "_refund", lambda _number, _content: told)
    with pytest.raises(GatewayUnreachable, match="payment T0"):
        gateway.refund(leg)


def test_a_payment_may_go_by_alipays_own_number(double: AlipayDouble, tmp_path: Path, leg: RefundLeg) -> None:
    gateway = Alipay(alipay.settings(tmp_path, double.url, payment_no="trade_no"))
    assert gateway.refund(leg).provider_no == leg.payment_no
    found = gateway.query(leg)
    assert found is not None and found.state is LegState.SUCCESS
    assert all(b"out_trade_no" not in call.body for call in double.calls[-2:])


def test_a_definite_no_is_a_refusal_and_leaves_nothing(gateway: Alipay, double: AlipayDouble, leg: RefundLeg) -> None:
    double.books.order_fault(leg.refund_no, "fail")
    with pytest.raises(GatewayRefused) as caught:
        gateway.refund(leg)
    assert caught.value.code == "ACQ.SELLER_BALANCE_NOT_ENOUGH"
    assert gateway.query(leg) is None


def test_an_error_of_alipays_own_leaves_the_outcome_open(gateway: Alipay, double: AlipayDouble, leg: RefundLeg) -> None:
    double.books.order_fault(leg.refund_no, "system_error")
    with pytest.raises(GatewayUnreachable, match="SYSTEM_ERROR"):
        gateway.refund(leg)
    assert leg.refund_no in double.books.refunds


def test_alipay_that_is_out_of_service_leaves_the_outcome_open(
    gateway: Alipay, double: AlipayDouble, leg: RefundLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"code": "20000", "msg": "Service Currently Unavailable", "sub_code": "isp.unknow-error"}
    monkeypatch.setattr(double, "_refund", lambda _number, _content: told)
    with pytest.raises(GatewayUnreachable, match=r"isp\.unknow-error"):
        gateway.refund(leg)


def test_a_payment_that_alipay_does_not_know_has_no_refund(
    gateway: Alipay, double: AlipayDouble, leg: RefundLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(double, "_query", lambda _number: {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"})
    assert gateway.query(leg) is None


def test_a_question_that_alipay_refuses_is_not_answered(
    gateway: Alipay, double: AlipayDouble, leg: RefundLeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(double, "_query", lambda _number: {"code": "40004", "sub_code": "ACQ.INVALID_PARAMETER"})
    with pytest.raises(GatewayUnreachable, match="INVALID_PARAMETER"):
        gateway.query(leg)


@pytest.mark.parametrize(("fault", "reason"), [("tampered", "is wrong"), ("no_signature", "not signed")])
def test_an_answer_that_alipay_has_not_signed_is_no_answer(
    gateway: Alipay, double: AlipayDouble, leg: RefundLeg, fault: str, reason: str
) -> None:
    double.books.order_fault(leg.refund_no, fault)
    with pytest.raises(GatewayUnreachable, match=reason):
        gateway.refund(leg)


def test_an_application_that_alipay_does_not_know_reads_why(
    double: AlipayDouble, tmp_path: Path, leg: RefundLeg
) -> None:
    stranger = Alipay(alipay.settings(tmp_path, double.url, app_id="2021000000000000"))
    with pytest.raises(GatewayUnreachable, match=r"isv\.invalid-app-id"):
        stranger.refund(leg)


@pytest.mark.parametrize("status", [{}, {"refund_status": "REFUND_FAIL"}], ids=["none", "another"])
def test_a_refund_that_is_found_without_its_success_is_still_under_way(
    gateway: Alipay, double: AlipayDouble, leg: RefundLeg, monkeypatch: pytest.MonkeyPatch, status: dict[str, str]
) -> None:
    gateway.refund(leg)
    told = double._query(leg.refund_no)
    del told["refund_status"]
    monkeypatch.setattr(double, "_query", lambda _number: {**told, **status})
    found = gateway.query(leg)
    assert found is not None and found.state is LegState.PROCESSING


@pytest.mark.parametrize("changes", [{"out_request_no": "RC0-1"}, {"refund_amount": "x"}, {"refund_amount": "0.001"}])
def test_a_question_answered_about_something_else_is_no_answer(
    gateway: Alipay, double: AlipayDouble, leg: RefundLeg, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str]
) -> None:
    gateway.refund(leg)
    told = {**double._query(leg.refund_no), **changes}
    monkeypatch.setattr(double, "_query", lambda _number: told)
    with pytest.raises(GatewayUnreachable):
        gateway.query(leg)


@pytest.mark.parametrize(("written", "fen"), [("5.00", 500), ("5", 500), ("5.5", 550), ("0.01", 1)])
def test_amounts_are_read_as_alipay_writes_them(gateway: Alipay, written: str, fen: int) -> None:
    body = posted(notification("RC1-1", written))
    assert gateway.read_notification({}, body, now()).answer.amount_fen == fen


def test_a_notification_without_the_time_of_the_refund_does_not_say_that_it_is_done(gateway: Alipay) -> None:
    body = posted(notification("RC1-1", gmt_refund=""))
    assert gateway.read_notification({}, body, now()).answer.state is LegState.PROCESSING


def test_a_notification_for_another_application_is_refused(gateway: Alipay) -> None:
    with pytest.raises(NotificationRefused, match="forged"):
        gateway.read_notification({}, posted(notification("RC1-1", app_id="2021000000000000")), now())


def test_a_notification_signed_by_an_older_algorithm_is_refused(gateway: Alipay) -> None:
    body = posted(notification("RC1-1")).replace(b"sign_type=RSA2", b"sign_type=RSA")
    with pytest.raises(NotificationRefused, match="forged"):
        gateway.read_notification({}, body, now())


@pytest.mark.parametrize("without", ["out_biz_no", "refund_fee", "notify_id", "notify_time"])
def test_a_notification_about_no_refund_is_unreadable(gateway: Alipay, without: str) -> None:
    fields = {name: value for name, value in notification("RC1-1").items() if name != without}
    with pytest.raises(NotificationRefused, match="unreadable"):
        gateway.read_notification({}, posted(fields), now())


def test_alipay_shows_no_books_of_its_own(gateway: Alipay) -> None:
    assert gateway.ledger(now(), now()) == []


def test_keys_may_be_given_as_alipays_key_tool_writes_them(
    double: AlipayDouble, tmp_path: Path, leg: RefundLeg
) -> None:
    known = alipay.settings(tmp_path, double.url)
    private, public = party("shop").key, party("provider").key.public_key()
    old_form = private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    known.key_file.write_bytes(b64encode(old_form) + b"\n")
    known.public_key_file.write_bytes(b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)))
    assert Alipay(known).refund(leg).state is LegState.SUCCESS


def test_the_applications_own_public_key_in_place_of_alipays_is_found_out(tmp_path: Path) -> None:
    known = alipay.settings(tmp_path, public_key_file=key_files(tmp_path, provider="shop")[1])
    with pytest.raises(SettingsError, match="your own public key") as caught:
        Alipay(known)
    assert caught.value.name == "ANXIN_ALIPAY_PUBLIC_KEY_FILE"


def test_nothing_secret_and_nobodys_account_is_logged(
    gateway: Alipay, leg: RefundLeg, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.refund(leg)
    gateway.read_notification({}, posted(notification("RC1-1")), now())
    for secret in ("PRIVATE KEY", alipay.BUYER, "sign=", APP_ID):
        assert secret not in caplog.text
