"""What `PaymentGateway` promises, kept by every gateway; the sandbox is the real process."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from backend.adapters.manual_pay import ManualPay
from backend.adapters.sandbox_pay import SandboxPay
from backend.bootstrap import sandbox_key, sandbox_url
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.errors import GatewayRefused, GatewayUnreachable, NotificationRefused
from backend.ports.payments import PaymentGateway
from backend.settings import read_settings
from bot.sandbox.signing import PREFIX, callback_headers
from tests.money import unique
from tests.sandbox import SandboxProcess, free_port, running_sandbox
from tests.unit.domain.test_refund_leg import a_leg

NOW = datetime.now(timezone.utc)
KEY = b"the provider's key"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    settings = read_settings({"ANXIN_VAR": str(tmp_path_factory.mktemp("provider")), "ANXIN_CHAT_PORT": "9"})
    with running_sandbox(settings, "--settle", "0") as running:
        yield running


@pytest.fixture
def sandbox(process: SandboxProcess) -> SandboxPay:
    return SandboxPay(sandbox_url(process.settings), sandbox_key(process.settings))


@pytest.fixture(params=["sandbox", "manual"])
def gateway(request: pytest.FixtureRequest, sandbox: SandboxPay) -> PaymentGateway:
    return sandbox if request.param == "sandbox" else ManualPay()


@pytest.fixture
def leg() -> RefundLeg:
    number = unique("RC")
    return a_leg(refund_no=f"{number}-1", payment_no=f"WX-{number}")


def settled(gateway: PaymentGateway, leg: RefundLeg) -> RefundAnswer:
    deadline = time.monotonic() + 10
    while True:
        answer = gateway.query(leg)
        if answer is not None and answer.state is not LegState.PROCESSING:
            return answer
        assert time.monotonic() < deadline, answer


def test_a_refund_is_taken_under_our_number_for_our_amount(gateway: PaymentGateway, leg: RefundLeg) -> None:
    answer = gateway.refund(leg)
    assert (answer.refund_no, answer.amount_fen) == (leg.refund_no, 500)
    assert answer.state in (LegState.PROCESSING, LegState.SUCCESS)


def test_the_same_number_again_is_the_same_refund(gateway: PaymentGateway, leg: RefundLeg) -> None:
    answers = [gateway.refund(leg) for _ in range(3)]
    assert len({answer.provider_no for answer in answers}) == 1


def test_what_was_taken_can_be_asked_about(gateway: PaymentGateway, leg: RefundLeg) -> None:
    gateway.refund(leg)
    found = gateway.query(leg)
    assert found is not None and (found.refund_no, found.amount_fen) == (leg.refund_no, 500)


def test_a_callback_without_a_right_signature_is_refused(gateway: PaymentGateway) -> None:
    for headers in ({}, callback_headers(b"somebody else's key", b"{}")):
        with pytest.raises(NotificationRefused, match="forged"):
            gateway.read_notification(headers, b"{}", NOW)


def test_a_number_never_seen_is_not_known(sandbox: SandboxPay, leg: RefundLeg) -> None:
    assert sandbox.query(leg) is None


def test_the_same_number_for_another_amount_is_refused(sandbox: SandboxPay, leg: RefundLeg) -> None:
    sandbox.refund(leg)
    with pytest.raises(GatewayRefused) as caught:
        sandbox.refund(replace(leg, amount_fen=501))
    assert caught.value.code == "NUMBER_IN_USE"


def test_a_payment_gives_back_no_more_than_was_paid(sandbox: SandboxPay, leg: RefundLeg) -> None:
    sandbox.refund(leg)
    with pytest.raises(GatewayRefused, match="EXCEEDS_PAYMENT"):
        sandbox.refund(replace(leg, refund_no=f"{leg.refund_no}-x", amount_fen=501))


def test_it_ends_well_and_tells_the_account(sandbox: SandboxPay, leg: RefundLeg) -> None:
    sandbox.refund(leg)
    answer = settled(sandbox, leg)
    assert (answer.state, answer.account) == (LegState.SUCCESS, "招商银行信用卡0403")


def test_a_closed_one_is_failed(sandbox: SandboxPay, process: SandboxProcess, leg: RefundLeg) -> None:
    process.order_fault(leg.refund_no, "fail")
    sandbox.refund(leg)
    assert settled(sandbox, leg).state is LegState.FAILED
    with pytest.raises(GatewayRefused):
        sandbox.finish(leg)


def test_an_abnormal_one_is_finished_under_its_number(
    sandbox: SandboxPay, process: SandboxProcess, leg: RefundLeg
) -> None:
    process.order_fault(leg.refund_no, "abnormal")
    sandbox.refund(leg)
    assert settled(sandbox, leg).state is LegState.ABNORMAL
    assert sandbox.finish(leg).state is LegState.PROCESSING
    assert settled(sandbox, leg).state is LegState.SUCCESS


@pytest.mark.parametrize("fault", ["lose_call", "late", "lose_answer", "error", "error_after", "bad_signature"])
def test_no_answer_or_one_not_to_be_trusted_is_no_answer(
    sandbox: SandboxPay, process: SandboxProcess, leg: RefundLeg, fault: str
) -> None:
    process.order_fault(leg.refund_no, fault)
    with pytest.raises(GatewayUnreachable):
        sandbox.refund(leg)


def test_the_sandbox_answers_nobody_who_does_not_know_the_key(process: SandboxProcess, leg: RefundLeg) -> None:
    stranger = SandboxPay(sandbox_url(process.settings), b"another key")
    for call in (stranger.refund, stranger.query, stranger.finish):
        with pytest.raises(GatewayUnreachable):
            call(leg)
    assert leg.refund_no not in process.ledger()


def test_a_provider_that_is_not_there_is_no_answer(leg: RefundLeg) -> None:
    with pytest.raises(GatewayUnreachable):
        SandboxPay(f"http://127.0.0.1:{free_port()}", KEY).refund(leg)


def test_the_provider_shows_its_books(sandbox: SandboxPay, leg: RefundLeg) -> None:
    sandbox.refund(leg)
    day = timedelta(days=1)
    books = sandbox.ledger(NOW - day, NOW + day) or []
    assert [entry.amount_fen for entry in books if entry.refund_no == leg.refund_no] == [500]
    assert sandbox.ledger(NOW - 2 * day, NOW - day) == []
    assert ManualPay().ledger(NOW - day, NOW + day) is None


BODY = json.dumps(
    {
        "id": "n-1",
        "refund": {
            "refund_no": "RC1-1",
            "amount_fen": 500,
            "state": "SUCCESS",
            "provider_no": "P",
            "account": "A",
            "code": "",
        },
    }
).encode()


def reader() -> SandboxPay:
    return SandboxPay("http://127.0.0.1:9", KEY)


def test_a_signed_callback_is_read() -> None:
    read = reader().read_notification(callback_headers(KEY, BODY), BODY, datetime.now(timezone.utc))
    assert (read.id, read.answer) == ("n-1", RefundAnswer("RC1-1", LegState.SUCCESS, 500, "P", "A"))


@pytest.mark.parametrize("age", [301, -301])
def test_a_callback_more_than_five_minutes_off_is_refused_though_signed(age: int) -> None:
    headers = callback_headers(KEY, BODY, age_seconds=age)
    with pytest.raises(NotificationRefused, match="stale"):
        reader().read_notification(headers, BODY, datetime.now(timezone.utc))


@pytest.mark.parametrize("part", ["Timestamp", "Nonce", "Signature"])
def test_a_callback_with_anything_changed_is_refused(part: str) -> None:
    headers = callback_headers(KEY, BODY)
    with pytest.raises(NotificationRefused, match="forged"):
        reader().read_notification({**headers, f"{PREFIX}{part}": "1"}, BODY, NOW)
    with pytest.raises(NotificationRefused, match="forged"):
        reader().read_notification(headers, BODY.replace(b"500", b"900"), NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id": "n"}', BODY.replace(b"500", b'"500"'), BODY.replace(b"S", b"")])
def test_a_signed_callback_that_says_nothing_is_unreadable(body: bytes) -> None:
    with pytest.raises(NotificationRefused, match="unreadable"):
        reader().read_notification(callback_headers(KEY, body), body, datetime.now(timezone.utc))
