"""The gap of an exchange: asked for before it is sent, or paid back once as it is sent."""

from typing import Any

import pytest

from backend.domain.case import Actor, Case, Role, State
from backend.domain.collection import CollectionState
from backend.domain.lifecycle import Event
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg, Source
from backend.domain.request import Remedy
from backend.domain.stock import StockItem
from backend.errors import GuardRefused
from backend.ports import World
from backend.services import stock
from backend.services.collections_paid import record_payment
from backend.services.documents import Document, document_facts
from backend.services.payouts import record_result
from backend.services.receipts import problem
from tests.collecting import (
    CHEAPER_FEN,
    COMING_BACK,
    DEARER_FEN,
    accepted,
    collections_of,
    offered,
    payment_for,
    quoted,
    ship,
    the_collection,
    to_be_sent,
)
from tests.working import (
    APPROVE,
    DELIVER,
    FAIL,
    RECEIVE,
    SEND,
    a_working_shop,
    do,
    file_case,
    stored,
    told,
    under_rules,
)

E, R, S = Event, Role, State
SAME_PRICE_FEN = 5000


def legs_of(world: World, case: Case) -> list[RefundLeg]:
    with world.read() as work:
        return work.refunds.of_case(case.id)


def walk(world: World, case: Case, *steps: tuple[Event, Role, dict[str, Any]]) -> Case:
    for event, role, given in steps:
        case = do(world, case, event, role, **given)
    return case


def to_be_sent_from(world: World, case: Case) -> Case:
    return walk(world, case, *COMING_BACK)


def reported(world: World, case: Case) -> Case:
    """The customer says that something is wrong with what they got."""
    return problem(world, case.case_no or "", Actor(R.CUSTOMER, case.conversation_id), "这个也裂了").case


def test_golden_a_dearer_article_is_asked_for_and_sent_only_when_it_is_paid(each_world: World) -> None:
    case = accepted(each_world, DEARER_FEN)
    asked = the_collection(each_world, case)
    assert (case.gap_fen, asked.amount_fen, asked.state) == (2000, 2000, CollectionState.OPEN)
    assert told(each_world, case)[-2:] == ["approved_return", "collection_opened"]

    case = to_be_sent_from(each_world, case)
    with pytest.raises(GuardRefused) as unpaid:
        ship(each_world, case)
    assert unpaid.value.code == "gap_unpaid"

    record_payment(each_world, payment_for(asked), by="sandbox")
    assert ship(each_world, case).state is S.REPLACEMENT_SHIPPED
    assert the_collection(each_world, case).used_at is not None
    assert legs_of(each_world, case) == []


def test_golden_a_cheaper_article_pays_one_leg_back_when_it_is_sent(each_world: World) -> None:
    case = to_be_sent(each_world, CHEAPER_FEN)
    assert (case.gap_fen, case.approved_fen, legs_of(each_world, case)) == (-2000, 2000, [])
    assert collections_of(each_world, case) == []

    case = ship(each_world, case)
    ship(each_world, case)
    (leg,) = legs_of(each_world, case)
    assert (leg.amount_fen, leg.state, leg.refund_no) == (2000, LegState.PLANNED, f"{case.case_no}-1")


def test_the_customer_hears_when_the_gap_has_arrived(each_world: World) -> None:
    case = ship(each_world, to_be_sent(each_world, CHEAPER_FEN))
    (leg,) = legs_of(each_world, case)
    paid = RefundAnswer(leg.refund_no, LegState.SUCCESS, 2000, account="招商银行信用卡0403")
    record_result(each_world, paid, Source.QUERY, by="worker")
    assert told(each_world, case)[-1] == "gap_returned"
    customer = Actor(R.CUSTOMER, case.conversation_id)
    receipt = document_facts(each_world, case.case_no or "", Document.REFUND_VOUCHER, viewer=customer)
    assert (receipt["total_fen"], [part["amount_fen"] for part in receipt["paid_parts"]]) == (2000, [2000])
    assert stored(each_world, case).state is S.REPLACEMENT_SHIPPED


def test_a_gap_that_could_not_be_paid_back_is_finances(each_world: World) -> None:
    case = ship(each_world, to_be_sent(each_world, CHEAPER_FEN))
    (leg,) = legs_of(each_world, case)
    record_result(each_world, RefundAnswer(leg.refund_no, LegState.FAILED, 2000), Source.QUERY, by="worker")
    with each_world.read() as work:
        roles = [alert.role for alert in work.alerts.of_case(case.id) if "refund" in str(alert.detail)]
    assert roles == [R.FINANCE]


def test_a_gap_is_not_paid_back_while_the_case_is_held(world: World) -> None:
    case = to_be_sent(world, CHEAPER_FEN)
    case = do(world, case, E.HOLD, R.AGENT, reason="可疑")
    with pytest.raises(GuardRefused) as blocked:
        ship(world, case)
    assert blocked.value.code == "gap_blocked"
    assert (legs_of(world, case), stored(world, case).state) == ([], S.REPLACEMENT_PENDING)


def test_the_other_article_is_kept_and_sent_not_the_old_one(world: World) -> None:
    a_working_shop(world)
    stock.count(world, [StockItem("CUP", 5), StockItem("CUP-L", 5)])
    case = file_case(world, Remedy.EXCHANGE)
    case = do(world, case, E.PROPOSE, R.AGENT, sku="CUP-L", price_fen=SAME_PRICE_FEN, reason="同价换大号")
    case = do(world, case, E.ACCEPT, R.CUSTOMER, consent="好")
    to_be_sent_from(world, case)
    assert [(item.sku, item.reserved) for item in stock.listed(world)] == [("CUP", 0), ("CUP-L", 2)]


def test_an_article_of_the_same_price_is_approved_without_asking(world: World) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.EXCHANGE)
    case = do(world, case, E.APPROVE, R.AGENT, sku="CUP-RED", price_fen=SAME_PRICE_FEN)
    assert [(line.send_sku, line.send_price_fen) for line in case.lines] == [("CUP-RED", SAME_PRICE_FEN)]
    assert case.gap_fen is None and collections_of(world, case) == []


def test_a_gap_is_approved_by_the_customers_yes_alone(world: World) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.EXCHANGE)
    with pytest.raises(GuardRefused) as refused:
        do(world, case, E.APPROVE, R.AGENT, sku="CUP-L", price_fen=DEARER_FEN)
    assert refused.value.code == "gap_unagreed"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"sku": "CUP-L"}, "swap_incomplete"),
        ({"price_fen": 6000}, "swap_incomplete"),
        ({"sku": "CUP-L", "price_fen": 0}, "swap_incomplete"),
        ({"sku": "C" * 81, "price_fen": 6000}, "swap_incomplete"),
        ({"sku": "CUP-L", "price_fen": 6000, "remedy": Remedy.REPAIR}, "swap_unfit"),
    ],
)
def test_an_offer_of_another_article_says_which_and_for_how_much(
    world: World, given: dict[str, Any], code: str
) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.EXCHANGE)
    with pytest.raises(GuardRefused) as refused:
        do(world, case, E.PROPOSE, R.AGENT, reason="换", **given)
    assert refused.value.code == code


def test_a_dear_article_is_offered_by_whoever_may_decide_so_much(world: World) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.EXCHANGE)
    with pytest.raises(GuardRefused) as refused:
        do(world, case, E.PROPOSE, R.AGENT, sku="CUP-GOLD", price_fen=30000, reason="换金色")
    assert refused.value.code == "level_too_low"


def test_rules_for_the_same_product_refuse_any_gap(world: World) -> None:
    strict = under_rules(world, exchange__same_product_only=True)
    a_working_shop(strict)
    case = file_case(strict, Remedy.EXCHANGE)
    with pytest.raises(GuardRefused) as refused:
        do(strict, case, E.PROPOSE, R.AGENT, sku="CUP-L", price_fen=DEARER_FEN, reason="换")
    assert refused.value.code == "same_product"
    case = do(strict, case, E.APPROVE, R.AGENT, sku="CUP-RED", price_fen=SAME_PRICE_FEN)
    assert case.state is S.AWAITING_RETURN


def test_a_no_asks_for_nothing(world: World) -> None:
    case = do(world, offered(world), E.DECLINE, R.CUSTOMER, reason="不换了")
    assert case.gap_fen is None and collections_of(world, case) == []


def test_a_paid_repair_is_sent_back_when_it_is_paid(each_world: World) -> None:
    case = quoted(each_world)
    asked = the_collection(each_world, case)
    assert (case.state, asked.purpose.value, asked.amount_fen) == (S.REPAIRING, "repair", 5000)
    given: dict[str, Any] = {"waybill": "YT1357924680123"}
    with pytest.raises(GuardRefused) as unpaid:
        do(each_world, case, E.REPAIRED, R.REPAIR, **given)
    assert unpaid.value.code == "gap_unpaid"
    record_payment(each_world, payment_for(asked), by="sandbox")
    assert do(each_world, case, E.REPAIRED, R.REPAIR, **given).state is S.REPLACEMENT_SHIPPED


def test_what_was_sent_once_is_not_asked_for_again_and_sent_once_more(world: World) -> None:
    case = to_be_sent(world)
    stock.count(world, [StockItem("CUP", 5), StockItem("CUP-L", 5)])
    record_payment(world, payment_for(the_collection(world, case)), by="sandbox")
    case = walk(world, ship(world, case), DELIVER)
    case = walk(world, reported(world, case), APPROVE)
    assert case.gap_fen is None
    assert [each.used_at is not None for each in collections_of(world, case)] == [True]
    assert [(line.sku, line.send_sku, line.send_price_fen) for line in case.lines] == [("CUP", "CUP-L", DEARER_FEN)]
    assert case.state is S.REPLACEMENT_PENDING, "the old cups are here already"
    assert [(item.sku, item.reserved) for item in stock.listed(world)] == [("CUP", 0), ("CUP-L", 2)]


def test_a_second_exchange_counts_against_what_was_sent_first(world: World) -> None:
    case = to_be_sent(world)
    record_payment(world, payment_for(the_collection(world, case)), by="sandbox")
    case = reported(world, walk(world, ship(world, case), DELIVER))
    case = do(world, case, E.PROPOSE, R.AGENT, sku="CUP-S", price_fen=5500, reason="换小一号")
    case = do(world, case, E.ACCEPT, R.CUSTOMER, consent="好")
    assert (case.gap_fen, case.approved_fen) == (-1000, 1000)


def test_inspection_prices_the_goods_and_not_the_gap(world: World) -> None:
    case = walk(world, accepted(world, CHEAPER_FEN), SEND, RECEIVE, FAIL)
    assert sum(line.refund_fen or 0 for line in case.lines) == 9000
