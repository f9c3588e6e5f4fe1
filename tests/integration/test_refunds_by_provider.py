"""A case's money on its way through WeChat Pay and Alipay, by the services: paid once, whatever happens to a call."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from backend.adapters.alipay import Alipay
from backend.adapters.media import MediaReader
from backend.adapters.wechat_pay import RETURNED, WeChatPay
from backend.bootstrap import open_backend
from backend.domain.case import Case, State
from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.errors import SettingsError
from backend.ports import World
from backend.ports.payments import PaymentGateway
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund, reconcile, reroute_refund, retry_refund
from backend.settings import Settings
from tests.clock import FakeClock
from tests.doubles import alipay, wechat_pay
from tests.doubles.alipay import AlipayDouble
from tests.doubles.wechat_pay import WeChatPayDouble
from tests.due import look_after_refunds
from tests.integration.test_refunds import legs_of, work_until, work_until_settled
from tests.money import FINANCE, approved_case, events_of, reserved
from tests.racing import race

PATIENCE = (1.0, 1.0)
TWO_DAYS = timedelta(days=2)


@dataclass(frozen=True)
class Shop:
    """A world whose payments of a method go back through what plays its provider."""

    world: World
    clock: FakeClock
    method: PaymentMethod
    double: Any

    def refunding(self, *faults: str) -> Case:
        """A case whose refund of 50.00 is to be sent, with what is going to happen to the call."""
        case = approved_case(self.world, 5000, ((self.method, 10000),))
        for fault in faults:
            self.double.books.order_fault(f"{case.case_no}-1", fault)
        return pay_refund(self.world, case.case_no or "", FINANCE)

    def settled(self, case: Case) -> Case:
        return work_until_settled(self.world, self.clock, case)

    def paid(self, case: Case) -> int:
        """What has really gone to the customer, in fen."""
        return sum(self.double.books.paid(f"{case.case_no}-").values())

    def differences(self, case: Case) -> list[str]:
        found = reconcile(self.world, self.clock.now() - TWO_DAYS, self.clock.now() + TWO_DAYS).differences
        return [each.kind for each in found if each.refund_no.startswith(f"{case.case_no}-")]


@pytest.fixture
def clock() -> FakeClock:
    """At the real time: bills are of real days."""
    return FakeClock(datetime.now(timezone.utc))


@pytest.fixture(scope="module")
def wechat_double() -> Iterator[WeChatPayDouble]:
    with wechat_pay.running_wechat_pay() as double:
        yield double


@pytest.fixture(scope="module")
def alipay_double() -> Iterator[AlipayDouble]:
    with alipay.running_alipay() as double:
        yield double


@pytest.fixture
def world(
    each_settings: Settings,
    tmp_path: Path,
    clock: FakeClock,
    media: MediaReader,
    wechat_double: WeChatPayDouble,
    alipay_double: AlipayDouble,
) -> Iterator[World]:
    """Both providers' credentials are given; their clients give up sooner than in earnest."""
    wechat = wechat_pay.settings(tmp_path, wechat_double.url)
    ali = alipay.settings(tmp_path, alipay_double.url)
    backend = open_backend(replace(each_settings, wechat_pay=wechat, alipay=ali), clock=clock)
    sooner: dict[str, PaymentGateway] = {"wechat_pay": WeChatPay(wechat, PATIENCE), "alipay": Alipay(ali, PATIENCE)}
    yield replace(backend.world, gateways={**backend.world.gateways, **sooner})
    backend.close()


@pytest.fixture
def wechat(world: World, clock: FakeClock, wechat_double: WeChatPayDouble) -> Shop:
    return Shop(world, clock, PaymentMethod.WECHAT, wechat_double)


@pytest.fixture
def ali(world: World, clock: FakeClock, alipay_double: AlipayDouble) -> Shop:
    return Shop(world, clock, PaymentMethod.ALIPAY, alipay_double)


@pytest.fixture(params=["wechat", "alipay"])
def shop(request: pytest.FixtureRequest, wechat: Shop, ali: Shop) -> Shop:
    return wechat if request.param == "wechat" else ali


def test_each_payment_goes_back_through_its_own_provider_and_cards_through_finance(
    wechat: Shop, ali: Shop, world: World
) -> None:
    parts = ((PaymentMethod.WECHAT, 6000), (PaymentMethod.ALIPAY, 2000), (PaymentMethod.CARD, 2000))
    case = approved_case(world, 5000, parts)
    pay_refund(world, case.case_no or "", FINANCE)
    work_until(world, wechat.clock, lambda: [leg.state.value for leg in legs_of(world, case)][:2] == ["SUCCESS"] * 2)
    assert [(leg.gateway, leg.amount_fen) for leg in legs_of(world, case)] == [
        ("wechat_pay", 3000),
        ("alipay", 1000),
        ("manual", 1000),
    ]
    assert (wechat.paid(case), ali.paid(case)) == (3000, 1000)


def test_a_method_without_credentials_stays_with_the_sandbox(each_settings: Settings, tmp_path: Path) -> None:
    backend = open_backend(replace(each_settings, alipay=alipay.settings(tmp_path)))
    routes = {method.value: gateway for method, gateway in backend.world.gateway_of.items()}
    backend.close()
    assert routes == {"wechat": "sandbox", "alipay": "alipay", "card": "manual", "balance": "manual"}


def test_a_useless_key_file_stops_the_start(each_settings: Settings, tmp_path: Path) -> None:
    known = alipay.settings(tmp_path)
    known.key_file.write_text("no key")
    with pytest.raises(SettingsError, match="ANXIN_ALIPAY_KEY_FILE"):
        open_backend(replace(each_settings, alipay=known))


def test_an_approved_refund_is_paid_and_waits_for_the_customers_word(shop: Shop) -> None:
    case = shop.refunding()
    assert shop.settled(case).state is State.AWAITING_CONFIRM
    (leg,) = legs_of(shop.world, case)
    assert (leg.state, leg.account != "", leg.provider_no != "") == (LegState.SUCCESS, True, True)
    assert shop.paid(case) == 5000 == reserved(shop.world, case)
    assert shop.differences(case) == []


def test_d2_paying_twice_pays_once(shop: Shop) -> None:
    case = shop.refunding()
    again = race(6, lambda _number: pay_refund(shop.world, case.case_no or "", FINANCE))
    assert {each.state for each in again} == {State.REFUNDING}
    race(4, lambda _number: look_after_refunds(shop.world))
    shop.settled(case)
    assert (len(legs_of(shop.world, case)), shop.paid(case)) == (1, 5000)
    assert events_of(shop.world, case).count("pay") == 1


@pytest.mark.parametrize("fault", ["lose_call", "lose_answer", "bad_signature"])
def test_d6_the_number_never_changes_while_the_outcome_is_unknown(shop: Shop, fault: str) -> None:
    case = shop.refunding(fault)
    look_after_refunds(shop.world)
    assert legs_of(shop.world, case)[0].state is LegState.UNKNOWN
    assert shop.settled(case).state is State.AWAITING_CONFIRM
    assert [leg.refund_no for leg in legs_of(shop.world, case)] == [f"{case.case_no}-1"]
    assert shop.paid(case) == 5000


def test_d17_a_timeout_keeps_row_number_and_reservation(shop: Shop) -> None:
    case = shop.refunding("lose_answer", "lose_answer")
    for _ in range(2):
        look_after_refunds(shop.world)
        (leg,) = legs_of(shop.world, case)
        assert (leg.state, leg.refund_no, reserved(shop.world, case)) == (LegState.UNKNOWN, f"{case.case_no}-1", 5000)
        shop.clock.advance(minutes=2)
    assert shop.settled(case).state is State.AWAITING_CONFIRM
    assert shop.paid(case) == 5000


def test_a_definite_no_is_tried_again_by_finance_under_a_new_number(ali: Shop) -> None:
    case = ali.refunding("fail")
    assert ali.settled(case).state is State.REFUND_FAILED
    assert (legs_of(ali.world, case)[0].code, reserved(ali.world, case)) == ("ACQ.SELLER_BALANCE_NOT_ENOUGH", 0)
    retry_refund(ali.world, case.case_no or "", FINANCE)
    assert ali.settled(case).state is State.AWAITING_CONFIRM
    assert list(ali.double.books.paid(f"{case.case_no}-")) == [f"{case.case_no}-1-r2"]


def test_what_wechat_pay_cannot_deliver_goes_back_to_the_shop_and_then_by_finance_to_the_customer(
    wechat: Shop,
) -> None:
    case = wechat.refunding("abnormal")
    assert wechat.settled(case).state is State.REFUND_FAILED
    assert (legs_of(wechat.world, case)[0].state, reserved(wechat.world, case)) == (LegState.ABNORMAL, 5000)
    retry_refund(wechat.world, case.case_no or "", FINANCE)
    assert wechat.settled(case).state is State.REFUND_FAILED
    (leg,) = legs_of(wechat.world, case)
    assert (leg.state, leg.code, reserved(wechat.world, case)) == (LegState.FAILED, RETURNED, 0)
    reroute_refund(wechat.world, case.case_no or "", FINANCE, "电话确认，退到银行卡")
    assert legs_of(wechat.world, case)[-1].gateway == "manual"
    assert "refund_succeeded" not in events_of(wechat.world, case)


def test_finishing_that_is_refused_leaves_it_to_finance_and_does_not_call_for_ever(wechat: Shop) -> None:
    case = wechat.refunding("abnormal")
    wechat.settled(case)
    retry_refund(wechat.world, case.case_no or "", FINANCE)
    wechat.double.refuses_to_finish.add(f"{case.case_no}-1")
    assert wechat.settled(case).state is State.REFUND_FAILED
    (leg,) = legs_of(wechat.world, case)
    assert (leg.state, leg.code, leg.due_at) == (LegState.ABNORMAL, "INVALID_REQUEST", None)


def test_reconciling_finds_what_the_provider_has_not(shop: Shop) -> None:
    case = shop.refunding()
    shop.settled(case)
    del shop.double.books.refunds[f"{case.case_no}-1"]
    assert shop.differences(case) == ["missing_there"]


def test_reconciling_finds_another_amount(shop: Shop) -> None:
    case = shop.refunding()
    shop.settled(case)
    shop.double.books.refunds[f"{case.case_no}-1"].amount_fen = 4999
    assert shop.differences(case) == ["amount"]


def test_reconciling_finds_that_a_refund_noted_as_failed_was_paid(shop: Shop) -> None:
    case = shop.refunding("lose_answer")
    look_after_refunds(shop.world)
    said = RefundAnswer(f"{case.case_no}-1", LegState.FAILED, 5000)
    record_result(shop.world, said, Source.QUERY, by="a mistake")
    assert shop.differences(case) == ["state"]


def test_reconciling_finds_a_refund_that_somebody_made_by_hand_at_wechat_pay(
    wechat: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = wechat.refunding()
    wechat.settled(case)
    monkeypatch.setattr(wechat.double, "foreign", {f"{case.case_no}-hand": 100, f"{case.case_no}-1": 5000})
    assert wechat.differences(case) == ["missing_here"]


def test_yesterdays_bill_does_not_contradict_what_is_known_today(wechat: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    case = wechat.refunding()
    wechat.settled(case)
    stale = [RefundAnswer(f"{case.case_no}-1", LegState.PROCESSING, 5000)]
    monkeypatch.setattr(WeChatPay, "ledger", lambda _self, _since, _until: stale)
    assert wechat.differences(case) == []


def test_a_sandbox_that_nobody_uses_any_more_is_not_asked_for_its_books(world: World, clock: FakeClock) -> None:
    assert "sandbox" in world.gateways
    assert reconcile(world, clock.now() - TWO_DAYS, clock.now()).compared == 0
