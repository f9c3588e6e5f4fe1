"""`python -m backend refunds …` of a shop with WeChat Pay's and Alipay's credentials."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from backend.bootstrap import open_backend
from backend.domain.case import Case
from backend.domain.order import PaymentMethod
from backend.ports import World
from backend.services.refunds import pay_refund
from backend.settings import Settings, read_settings
from tests.clock import FakeClock
from tests.commanding import Refused, Run, refused, run
from tests.doubles import alipay, wechat_pay
from tests.doubles.alipay import AlipayDouble
from tests.doubles.wechat_pay import WeChatPayDouble
from tests.due import look_after_refunds
from tests.money import FINANCE, approved_case

__all__ = ["refused", "run"]


@pytest.fixture
def providers() -> Iterator[tuple[WeChatPayDouble, AlipayDouble]]:
    with wechat_pay.running_wechat_pay() as wechat, alipay.running_alipay() as ali:
        yield wechat, ali


@pytest.fixture
def given(settings: Settings, tmp_path: Path, providers: tuple[WeChatPayDouble, AlipayDouble]) -> dict[str, str]:
    wechat, ali = providers
    credentials = {**wechat_pay.environment(tmp_path), **alipay.environment(tmp_path)}
    urls = {"ANXIN_WECHAT_PAY_URL": wechat.url, "ANXIN_ALIPAY_URL": ali.url}
    return {"ANXIN_VAR": str(settings.var), **credentials, **urls}


@pytest.fixture
def world(given: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world that the commands find too, at the real time."""
    monkeypatch.chdir(settings.var)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    opened = open_backend(read_settings(), clock=FakeClock(datetime.now(timezone.utc)))
    yield opened.world
    opened.close()


@pytest.fixture
def paid(world: World) -> Case:
    """A case of which 30.00 go back by WeChat and 20.00 by Alipay, both with the provider."""
    case = approved_case(world, 5000, ((PaymentMethod.WECHAT, 6000), (PaymentMethod.ALIPAY, 4000)))
    pay_refund(world, case.case_no or "", FINANCE)
    look_after_refunds(world)
    return case


def test_refunds_are_listed_with_their_provider_and_its_number(run: Run, paid: Case) -> None:
    listed = run("refunds", "list")
    assert [(each["gateway"], each["amount_fen"], each["state"]) for each in listed] == [
        ("alipay", 2000, "SUCCESS"),
        ("wechat_pay", 3000, "PROCESSING"),
    ]
    assert all(each["provider_no"] for each in listed)


def test_reconciling_asks_both_providers_and_finds_each_difference(
    run: Run, paid: Case, providers: tuple[WeChatPayDouble, AlipayDouble]
) -> None:
    since = (datetime.now(timezone.utc) - timedelta(days=3)).strftime("%Y-%m-%d")
    wechat, ali = providers
    wechat.foreign = {"BY-HAND-1": 100}
    ali.books.refunds.clear()
    found = run("refunds", "reconcile", "--from", since)
    kinds = sorted((each["gateway"], each["kind"], each["refund_no"]) for each in found["differences"])
    assert kinds == [
        ("alipay", "missing_there", f"{paid.case_no}-2"),
        ("wechat_pay", "missing_here", "BY-HAND-1"),
        ("wechat_pay", "state", f"{paid.case_no}-1"),
    ]


def test_credentials_given_in_part_are_named_in_one_line(
    world: World, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANXIN_WECHAT_PAY_SERIAL")
    error = refused("refunds", "list")
    assert "ANXIN_WECHAT_PAY_SERIAL" in error


def test_a_key_file_that_is_away_is_named_in_one_line(
    world: World, refused: Refused, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANXIN_ALIPAY_KEY_FILE", str(tmp_path / "away.pem"))
    error = refused("refunds", "list")
    assert "ANXIN_ALIPAY_KEY_FILE" in error and "away.pem" in error
