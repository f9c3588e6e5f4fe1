"""What `PaymentGateway` promises, kept by every gateway: against the real sandbox process, and against what plays
WeChat Pay and Alipay on this machine. What is peculiar to one of them is tested in a module of its own.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import cast

import pytest

from backend.adapters.alipay import Alipay
from backend.adapters.manual_pay import ManualPay
from backend.adapters.sandbox_pay import SandboxPay
from backend.adapters.wechat_pay import WeChatPay
from backend.bootstrap import sandbox_key, sandbox_url
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.errors import GatewayRefused, GatewayUnreachable, NotificationRefused
from backend.ports.payments import PaymentGateway
from backend.settings import read_settings
from tests.doubles import alipay, wechat_pay
from tests.doubles.alipay import running_alipay
from tests.doubles.keys import key_files
from tests.doubles.sandbox import callback_of
from tests.doubles.wechat_pay import running_wechat_pay
from tests.money import unique
from tests.ports import free_port
from tests.sandbox import running_sandbox
from tests.unit.domain.test_refund_leg import a_leg

IMPATIENT = (0.3, 0.3)
DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Provider:
    """A gateway and the provider behind it.

    `impatient` gives up soon, `stranger` signs with a key that the provider does not know, `nowhere` calls where
    nobody listens. `callback` makes one about a refund of 5.00: headers and body.
    """

    gateway: PaymentGateway
    impatient: PaymentGateway
    stranger: PaymentGateway
    nowhere: PaymentGateway
    order_fault: Callable[[str, str], None]
    knows: Callable[[str], bool]
    callback: Callable[..., tuple[dict[str, str], bytes]]
    in_use: str
    """The code for the same number with another amount."""
    account: str


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    settings = read_settings({"ANXIN_VAR": str(tmp_path_factory.mktemp("provider")), "ANXIN_CHAT_PORT": "9"})
    with running_sandbox(settings, "--settle", "0") as process:
        url, key = sandbox_url(process.settings), sandbox_key(process.settings)
        yield Provider(
            gateway=SandboxPay(url, key),
            impatient=SandboxPay(url, key),
            stranger=SandboxPay(url, b"another key"),
            nowhere=SandboxPay(f"http://127.0.0.1:{free_port()}", key),
            order_fault=process.order_fault,
            knows=lambda number: number in process.ledger(),
            callback=lambda *about, **how: callback_of(key, *about, **how),
            in_use="NUMBER_IN_USE",
            account="招商银行信用卡0403",
        )


@pytest.fixture(scope="module")
def wechat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("wechat")
    with running_wechat_pay() as double:
        known = wechat_pay.settings(folder, double.url)
        yield Provider(
            gateway=WeChatPay(known),
            impatient=WeChatPay(known, IMPATIENT),
            stranger=WeChatPay(replace(known, key_file=key_files(folder, shop="stranger")[0])),
            nowhere=WeChatPay(replace(known, url=f"http://127.0.0.1:{free_port()}")),
            order_fault=double.books.order_fault,
            knows=lambda number: number in double.books.refunds,
            callback=wechat_pay.callback_of,
            in_use="PARAM_ERROR",
            account=wechat_pay.ACCOUNT,
        )


@pytest.fixture(scope="module")
def ali(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("alipay")
    with running_alipay(paid_fen=1000) as double:
        known = alipay.settings(folder, double.url)
        yield Provider(
            gateway=Alipay(known),
            impatient=Alipay(known, IMPATIENT),
            stranger=Alipay(replace(known, key_file=key_files(folder, shop="stranger")[0])),
            nowhere=Alipay(replace(known, url=f"http://127.0.0.1:{free_port()}/gateway.do")),
            order_fault=double.books.order_fault,
            knows=lambda number: number in double.books.refunds,
            callback=alipay.callback_of,
            in_use="ACQ.DISCORDANT_REPEAT_REQUEST",
            account=alipay.BUYER,
        )


@pytest.fixture(params=["sandbox", "wechat", "ali"])
def provider(request: pytest.FixtureRequest) -> Provider:
    return cast(Provider, request.getfixturevalue(request.param))


@pytest.fixture(params=["sandbox", "wechat", "ali", "manual"])
def gateway(request: pytest.FixtureRequest) -> PaymentGateway:
    return ManualPay() if request.param == "manual" else request.getfixturevalue(request.param).gateway


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


def test_a_callback_without_a_signature_is_refused(gateway: PaymentGateway) -> None:
    for body in (b"", b"{}", b"sign=&app_id=1", b"\xff"):
        with pytest.raises(NotificationRefused, match="forged"):
            gateway.read_notification({}, body, now())


def test_a_number_never_seen_is_not_known(provider: Provider, leg: RefundLeg) -> None:
    assert provider.gateway.query(leg) is None


def test_the_same_number_for_another_amount_is_refused(provider: Provider, leg: RefundLeg) -> None:
    provider.gateway.refund(leg)
    with pytest.raises(GatewayRefused) as caught:
        provider.gateway.refund(replace(leg, amount_fen=400))
    assert caught.value.code == provider.in_use
    found = provider.gateway.query(leg)
    assert found is not None and found.amount_fen == 500


def test_a_payment_gives_back_no_more_than_was_paid(provider: Provider, leg: RefundLeg) -> None:
    provider.gateway.refund(leg)
    other = replace(leg, refund_no=f"{leg.refund_no}-x", amount_fen=501)
    with pytest.raises(GatewayRefused):
        provider.gateway.refund(other)
    assert provider.gateway.query(other) is None


def test_it_ends_well_and_tells_the_account(provider: Provider, leg: RefundLeg) -> None:
    told = [provider.gateway.refund(leg), settled(provider.gateway, leg)]
    assert (told[-1].state, told[-1].code) == (LegState.SUCCESS, "")
    assert provider.account in [answer.account for answer in told]


@pytest.mark.parametrize("fault", ["lose_call", "lose_answer", "error", "error_after", "bad_signature"])
def test_no_answer_or_one_not_to_be_trusted_is_no_answer(provider: Provider, leg: RefundLeg, fault: str) -> None:
    provider.order_fault(leg.refund_no, fault)
    with pytest.raises(GatewayUnreachable) as caught:
        provider.impatient.refund(leg)
    assert (caught.value.gateway, caught.value.refund_no) == (provider.gateway.name, leg.refund_no)


@pytest.mark.parametrize("fault", ["lose_answer", "error_after", "bad_signature"])
def test_a_call_whose_answer_was_lost_has_paid_and_paying_again_pays_no_more(
    provider: Provider, leg: RefundLeg, fault: str
) -> None:
    provider.order_fault(leg.refund_no, fault)
    with pytest.raises(GatewayUnreachable):
        provider.impatient.refund(leg)
    assert provider.knows(leg.refund_no)
    provider.gateway.refund(leg)
    assert settled(provider.gateway, leg).state is LegState.SUCCESS


@pytest.mark.parametrize("fault", ["lose_answer", "bad_signature"])
def test_a_question_without_a_trusted_answer_is_not_the_same_as_not_known(
    provider: Provider, leg: RefundLeg, fault: str
) -> None:
    provider.order_fault(leg.refund_no, fault)
    with pytest.raises(GatewayUnreachable):
        provider.impatient.query(leg)


def test_the_provider_answers_nobody_whose_key_it_does_not_know(provider: Provider, leg: RefundLeg) -> None:
    for call in (provider.stranger.refund, provider.stranger.query, provider.stranger.finish):
        with pytest.raises(GatewayUnreachable):
            call(leg)
    assert not provider.knows(leg.refund_no)


def test_a_provider_that_is_not_there_is_no_answer(provider: Provider, leg: RefundLeg) -> None:
    for call in (provider.nowhere.refund, provider.nowhere.query, provider.nowhere.finish):
        with pytest.raises(GatewayUnreachable):
            call(leg)


def test_what_is_not_abnormal_is_not_changed_by_finishing_it(provider: Provider, leg: RefundLeg) -> None:
    with pytest.raises(GatewayRefused):
        provider.gateway.finish(leg)
    assert not provider.knows(leg.refund_no)


@pytest.mark.parametrize(
    ("name", "ends"), [("sandbox", LegState.SUCCESS), ("wechat", LegState.FAILED)], ids=["sandbox", "wechat"]
)
def test_an_abnormal_one_is_finished_under_its_number(
    request: pytest.FixtureRequest, leg: RefundLeg, name: str, ends: LegState
) -> None:
    provider: Provider = request.getfixturevalue(name)
    provider.order_fault(leg.refund_no, "abnormal")
    provider.gateway.refund(leg)
    assert settled(provider.gateway, leg).state is LegState.ABNORMAL
    assert provider.gateway.finish(leg).state is LegState.PROCESSING
    assert settled(provider.gateway, leg).state is ends


@pytest.mark.parametrize("name", ["sandbox", "wechat"])
def test_a_closed_one_is_failed(request: pytest.FixtureRequest, leg: RefundLeg, name: str) -> None:
    provider: Provider = request.getfixturevalue(name)
    provider.order_fault(leg.refund_no, "fail")
    provider.gateway.refund(leg)
    assert settled(provider.gateway, leg).state is LegState.FAILED


def test_the_sandbox_shows_its_books_and_finance_keeps_none(sandbox: Provider, leg: RefundLeg) -> None:
    sandbox.gateway.refund(leg)
    books = sandbox.gateway.ledger(now() - DAY, now() + DAY) or []
    assert [entry.amount_fen for entry in books if entry.refund_no == leg.refund_no] == [500]
    assert sandbox.gateway.ledger(now() - 2 * DAY, now() - DAY) == []
    assert ManualPay().ledger(now() - DAY, now() + DAY) is None


def test_a_signed_callback_is_read(provider: Provider) -> None:
    headers, body = provider.callback("RC1-1")
    read = provider.gateway.read_notification(headers, body, now())
    assert (read.answer.refund_no, read.answer.state) == ("RC1-1", LegState.SUCCESS)
    assert (read.answer.amount_fen, read.answer.account) == (500, provider.account)


def test_a_repeated_callback_has_the_same_id_and_another_one_another(provider: Provider) -> None:
    sent = [provider.callback(number) for number in ("RC1-1", "RC1-1", "RC2-1")]
    first, again, other = [provider.gateway.read_notification(*each, now()).id for each in sent]
    assert first == again != other
    assert max(len(first), len(other)) <= 80


def test_a_callback_of_somebody_else_is_refused(provider: Provider) -> None:
    headers, body = provider.callback("RC1-1", by="stranger")
    with pytest.raises(NotificationRefused, match="forged"):
        provider.gateway.read_notification(headers, body, now())


def test_a_callback_with_anything_changed_is_refused(provider: Provider) -> None:
    headers, body = provider.callback("RC1-1")
    middle = len(body) // 2
    changed = bytes([*body[:middle], body[middle] ^ 1, *body[middle + 1 :]])
    with pytest.raises(NotificationRefused, match="forged"):
        provider.gateway.read_notification(headers, changed, now())
    for name in headers:
        with pytest.raises(NotificationRefused, match="forged"):
            provider.gateway.read_notification({**headers, name: "1"}, body, now())


@pytest.mark.parametrize("age", [303, -303])
def test_a_callback_more_than_five_minutes_off_is_refused_though_signed(provider: Provider, age: int) -> None:
    headers, body = provider.callback("RC1-1", age_seconds=age)
    with pytest.raises(NotificationRefused, match="stale"):
        provider.gateway.read_notification(headers, body, now())


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id": "n"}', b'{"id": "n", "refund": {"amount_fen": "500"}}'])
def test_a_signed_callback_of_the_sandbox_that_says_nothing_is_unreadable(sandbox: Provider, body: bytes) -> None:
    headers, body = sandbox.callback("RC1-1", body=body)
    with pytest.raises(NotificationRefused, match="unreadable"):
        sandbox.gateway.read_notification(headers, body, now())


def test_key_files_are_needed_only_at_the_start(tmp_path: Path) -> None:
    known = alipay.settings(tmp_path)
    gateway = Alipay(known)
    known.key_file.unlink()
    assert gateway.read_notification({}, alipay.posted(alipay.notification("RC1-1")), now()).answer.amount_fen == 500
