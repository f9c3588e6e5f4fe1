"""`collections …`, and what `cases do` and `cases show` say of a gap."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend.adapters.media import MediaReader
from backend.domain.case import Case, Role
from backend.domain.collection import CollectionState
from backend.domain.lifecycle import Event
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.domain.request import Remedy
from backend.ports import World
from backend.services.collections_paid import record_payment
from backend.services.payouts import record_result
from backend.settings import Settings
from tests.collecting import accepted, payment_for, ship, the_collection, to_be_sent
from tests.commanding import Printed, Refused, Run, commanded, printed, refused, run
from tests.working import CONVERSATION, a_working_shop, do, file_case

__all__ = ["printed", "refused", "run"]


@pytest.fixture
def shop(settings: Settings, media: MediaReader, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with commanded(settings, media, monkeypatch) as world:
        yield world


def test_staff_offer_another_article_with_its_price(shop: World, run: Run) -> None:
    a_working_shop(shop)
    number = file_case(shop, Remedy.EXCHANGE).case_no or ""
    offer = ("--sku", "CUP-L", "--price", "60.00", "--reason", "换成大号", "--as", "小林")
    assert run("cases", "do", number, "propose", *offer)["to_state"] == "PROPOSED"
    assert run("cases", "do", number, "accept", "--as", "customer")["to_state"] == "AWAITING_RETURN"
    shown = run("cases", "show", number)
    (line,) = shown["lines"]
    (asked,) = shown["collections"]
    assert (shown["gap_fen"], line["send_sku"], line["send_price_fen"]) == (2000, "CUP-L", 6000)
    assert {name: asked[name] for name in ("collection_no", "purpose", "state", "amount_fen", "refunds")} == {
        "collection_no": f"{number}-C1",
        "purpose": "exchange",
        "state": "OPEN",
        "amount_fen": 2000,
        "refunds": [],
    }


def test_a_price_that_is_none_is_refused_by_its_own_name(shop: World, refused: Refused) -> None:
    a_working_shop(shop)
    number = file_case(shop, Remedy.EXCHANGE).case_no or ""
    line = refused("cases", "do", number, "propose", "--sku", "CUP-L", "--price", "六十", "--as", "小林")
    assert "--price 六十" in line


def test_what_is_not_paid_is_not_sent_and_says_so(shop: World, refused: Refused) -> None:
    number = to_be_sent(shop).case_no or ""
    line = refused("cases", "do", number, "ship", "--waybill", "YT1357924680123", "--confirmed", "--as", "老吴")
    assert f"买家还没有付清款项 {number}-C1" in line


@pytest.fixture
def outside(shop: World) -> Case:
    """A case of a shop that takes payments outside."""
    return accepted(replace(shop, collector="manual"))


def test_finance_records_what_it_took_outside(shop: World, run: Run, refused: Refused, outside: Case) -> None:
    number = the_collection(shop, outside).collection_no
    assert [each["state"] for each in run("collections", "list", "--state", "OPEN")] == ["OPEN"]
    assert "须由财务" in refused("collections", "paid", number, "--voucher", "R-1", "--as", "小林")
    paid = run("collections", "paid", number, "--voucher", "R-1", "--as", "孙会计")
    assert (paid["state"], paid["provider_no"], paid["collector"]) == ("PAID", "R-1", "manual")
    assert run("collections", "list", "--state", "OPEN") == []


def test_what_was_sent_for_is_given_back_by_a_word_of_finance(shop: World, run: Run) -> None:
    case = to_be_sent(shop)
    record_payment(shop, payment_for(the_collection(shop, case)), by="sandbox")
    ship(shop, case)
    number = f"{case.case_no}-C1"
    assert run("collections", "return", number, "--reason", "大号有瑕疵", "--as", "孙会计")["state"] == "RETURNING"
    (asked,) = run("cases", "show", case.case_no or "")["collections"]
    assert [leg["refund_no"] for leg in asked["refunds"]] == [f"{case.case_no}-901"]
    assert run("cases", "show", case.case_no or "")["refunds"] == []


def test_a_refund_that_failed_beside_its_case_is_tried_again(shop: World, run: Run, refused: Refused) -> None:
    case = accepted(shop)
    record_payment(shop, payment_for(the_collection(shop, case)), by="sandbox")
    do(shop, case, Event.WITHDRAW, Role.CUSTOMER, confirmed=True)
    number = f"{case.case_no}-901"
    assert "没有异常" in refused("refunds", "retry", number, "--as", "孙会计")
    record_result(shop, RefundAnswer(number, LegState.FAILED, 2000), Source.QUERY, by="worker")
    again = run("refunds", "retry", number, "--as", "孙会计", "--consent", "转银行卡吧")
    assert (again["refund_no"], again["gateway"]) == (f"{number}-r2", "manual")


def test_people_read_a_table(shop: World, printed: Printed) -> None:
    case = accepted(shop)
    for command in (("collections", "list"), ("cases", "show", case.case_no or "")):
        told = printed(*command)
        assert all(word in told for word in (f"{case.case_no}-C1", "换货差价", "待付款", "20.00"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("collections", "list", "--state", "GONE"), CollectionState.REFUNDED.value),
        (("collections", "list", "--limit", "0"), "--limit"),
        (("collections", "paid", "RC1-C1", "--voucher", "R-1", "--as", "孙会计"), "没有收款 RC1-C1"),
        (("collections", "return", "RC1-C1", "--reason", "错", "--as", "孙会计"), "没有收款 RC1-C1"),
        (("collections", "paid", "RC1-C1", "--voucher", "R-1", "--as", "某人"), "没有员工 某人"),
        (("refunds", "retry", "RC1-901", "--as", "孙会计"), "没有退款 RC1-901"),
    ],
)
def test_bad_input_is_told_in_one_line(shop: World, refused: Refused, arguments: tuple[str, ...], said: str) -> None:
    a_working_shop(shop, conversation=CONVERSATION)
    assert said in refused(*arguments)
