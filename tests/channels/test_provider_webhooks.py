"""WeChat Pay's and Alipay's callbacks over HTTP, with real signatures: believed, refused, answered as each expects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
import pytest
from sqlalchemy import create_engine, text

from backend.bootstrap import open_backend
from backend.domain.case import Case, State
from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import LegState, RefundLeg
from backend.ports import World
from backend.services.refunds import pay_refund
from backend.settings import Settings, read_settings
from tests.doubles import alipay, wechat_pay
from tests.money import FINANCE, approved_case, events_of, reload
from tests.ports import free_port
from tests.racing import race
from tests.sandbox import SECRET, running_receiver

Sent = tuple[dict[str, str], bytes]


@dataclass(frozen=True)
class Provider:
    """How a provider calls: `sent(refund_no, fen, …)` makes headers and body, `fail` and `taken` is what it hears."""

    name: str
    method: PaymentMethod
    sent: Callable[..., Sent]
    taken: str
    fail: str

    def refunding(self, world: World) -> Case:
        case = approved_case(world, 5000, ((self.method, 10000),))
        return pay_refund(world, case.case_no or "", FINANCE)


def by_wechat_pay(
    refund_no: str, fen: int = 5000, *, status: str = "SUCCESS", by: str = "provider", age_seconds: int = 0
) -> Sent:
    body = wechat_pay.callback(refund_no, status, fen)
    return {**wechat_pay.signed(body, by=by, age_seconds=age_seconds), "Content-Type": "application/json"}, body


def by_alipay(refund_no: str, fen: int = 5000, *, by: str = "provider", age_seconds: int = 0) -> Sent:
    fields = alipay.notification(refund_no, f"{fen // 100}.{fen % 100:02d}", age_seconds=age_seconds)
    return {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, alipay.posted(fields, by=by)


WECHAT = Provider("wechat_pay", PaymentMethod.WECHAT, by_wechat_pay, '"SUCCESS"', '"FAIL"')
ALIPAY = Provider("alipay", PaymentMethod.ALIPAY, by_alipay, "success", "fail")


@pytest.fixture(params=[WECHAT, ALIPAY], ids=["wechat_pay", "alipay"])
def provider(request: pytest.FixtureRequest) -> Provider:
    return cast(Provider, request.param)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    keys = tmp_path_factory.mktemp("keys")
    return {**wechat_pay.environment(keys), **alipay.environment(keys)}


@pytest.fixture(scope="module")
def settings(given: dict[str, str], tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Settings:
    var = tmp_path_factory.mktemp("callbacks")
    (var / "anxin.db").write_bytes(migrated_file.read_bytes())
    named = {"ANXIN_VAR": str(var), "ANXIN_SECRET_KEY": SECRET, "ANXIN_CHAT_PORT": str(free_port())}
    return read_settings({**named, **given})


@pytest.fixture(scope="module")
def http(settings: Settings, given: dict[str, str]) -> Iterator[httpx.Client]:
    """The blueprint behind a server of its own that reads the credentials as any process does."""
    with (
        running_receiver(settings, **given) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def world(settings: Settings) -> Iterator[World]:
    backend = open_backend(settings)
    yield backend.world
    backend.close()


def post(http: httpx.Client, provider: Provider, sent: Sent) -> httpx.Response:
    headers, body = sent
    return http.post(f"/webhooks/payments/{provider.name}", content=body, headers=headers)


def leg_of(world: World, case: Case) -> RefundLeg:
    with world.read() as work:
        return work.refunds.of_case(case.id)[0]


def callbacks_stored(settings: Settings) -> int:
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM gateway_notification")).scalar_one())


def rename(settings: Settings, table: str, name: str) -> None:
    with create_engine(settings.database_url).begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO {name}"))


def test_a_signed_callback_ends_the_refund_and_is_answered_as_expected(
    http: httpx.Client, world: World, provider: Provider
) -> None:
    case = provider.refunding(world)
    answer = post(http, provider, provider.sent(f"{case.case_no}-1"))
    assert answer.status_code == 200 and provider.taken in answer.text
    assert (leg_of(world, case).state, leg_of(world, case).account != "") == (LegState.SUCCESS, True)
    assert reload(world, case).state is State.AWAITING_CONFIRM


def test_alipay_hears_one_word_and_nothing_else(http: httpx.Client, world: World) -> None:
    case = ALIPAY.refunding(world)
    assert post(http, ALIPAY, ALIPAY.sent(f"{case.case_no}-1")).content == b"success"


def test_a_repeated_callback_is_answered_with_success_and_changes_nothing(
    http: httpx.Client, world: World, provider: Provider
) -> None:
    case = provider.refunding(world)
    sent = provider.sent(f"{case.case_no}-1")
    answers = race(5, lambda _number: post(http, provider, sent))
    later = post(http, provider, provider.sent(f"{case.case_no}-1"))
    assert {answer.status_code for answer in (*answers, later)} == {200}
    assert events_of(world, case).count("refund_succeeded") == 1
    with world.read() as work:
        assert len(work.refunds.log(leg_of(world, case).id)) == 2


def test_a_forged_old_or_tampered_callback_is_refused_and_nothing_is_stored(
    http: httpx.Client, world: World, settings: Settings, provider: Provider
) -> None:
    case = provider.refunding(world)
    number, before = f"{case.case_no}-1", callbacks_stored(settings)
    headers, body = provider.sent(number)
    middle = len(body) // 2
    refused = [
        provider.sent(number, by="stranger"),
        provider.sent(number, age_seconds=310),
        (headers, body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]),
        (headers, b""),
        ({}, body if provider is WECHAT else b"{}"),
    ]
    for sent in refused:
        answer = post(http, provider, sent)
        assert answer.status_code == 401 and provider.fail in answer.text
    assert leg_of(world, case).state is LegState.PLANNED
    assert callbacks_stored(settings) == before


def test_a_callback_of_one_provider_is_not_believed_at_the_others_address(
    http: httpx.Client, world: World, provider: Provider
) -> None:
    case = provider.refunding(world)
    other = ALIPAY if provider is WECHAT else WECHAT
    assert post(http, other, provider.sent(f"{case.case_no}-1")).status_code == 401
    assert leg_of(world, case).state is LegState.PLANNED


def test_another_amount_only_makes_us_ask(http: httpx.Client, world: World, provider: Provider) -> None:
    case = provider.refunding(world)
    assert post(http, provider, provider.sent(f"{case.case_no}-1", 5001)).status_code == 200
    assert leg_of(world, case).state is LegState.UNKNOWN
    assert reload(world, case).state is State.REFUNDING


@pytest.mark.parametrize("status", ["CLOSED", "ABNORMAL"])
def test_bad_news_from_wechat_pay_only_make_us_ask(http: httpx.Client, world: World, status: str) -> None:
    case = WECHAT.refunding(world)
    assert post(http, WECHAT, WECHAT.sent(f"{case.case_no}-1", status=status)).status_code == 200
    assert leg_of(world, case).state is LegState.UNKNOWN


def test_a_payments_own_notification_is_not_taken_for_a_refund(http: httpx.Client) -> None:
    fields = {name: value for name, value in alipay.notification("RC1-1").items() if name != "out_biz_no"}
    assert post(http, ALIPAY, ({}, alipay.posted(fields))).status_code == 400


def test_a_database_that_fails_makes_the_provider_call_again(
    http: httpx.Client, world: World, settings: Settings, provider: Provider
) -> None:
    case = provider.refunding(world)
    sent = provider.sent(f"{case.case_no}-1")
    rename(settings, "gateway_notification", "away")
    try:
        failed = post(http, provider, sent)
    finally:
        rename(settings, "away", "gateway_notification")
    assert (failed.status_code, provider.fail in failed.text) == (503, True)
    assert leg_of(world, case).state is LegState.PLANNED
    assert post(http, provider, sent).status_code == 200
    assert leg_of(world, case).state is LegState.SUCCESS
