"""Stock is kept for a case exactly while its replacement is to be sent, and never twice."""

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event
from backend.domain.request import Remedy
from backend.domain.stock import StockItem
from backend.errors import Conflict, GuardRefused
from backend.ports import World
from backend.services import stock
from tests.racing import race
from tests.working import (
    APPROVE,
    CONVERSATION,
    PASS,
    PROPOSE,
    RECEIVE,
    SEND,
    SHIP,
    Step,
    a_working_shop,
    do,
    file_case,
    stored,
    told,
)

E, R, S = Event, Role, State
REASON = {"reason": "按九折裁定"}


def walk(world: World, case: Case, *steps: Step) -> Case:
    for event, role, given in steps:
        case = do(world, case, event, role, **given)
    return case


def an_exchange(world: World, pieces: int, *steps: Step) -> Case:
    """A case about two cups, with so many on the shelf."""
    a_working_shop(world)
    stock.count(world, [StockItem("CUP", pieces)])
    return walk(world, file_case(world, Remedy.EXCHANGE), *steps)


def cups(world: World) -> tuple[int, int]:
    """On the shelf, and reserved."""
    with world.read() as work:
        item = work.stock.get("CUP")
    assert item is not None
    return item.quantity, item.reserved


def test_what_passed_has_its_replacement_kept_and_sending_it_empties_the_shelf(
    each_world: World,
) -> None:
    case = an_exchange(each_world, 5, APPROVE, SEND, RECEIVE)
    assert cups(each_world) == (5, 0)

    case = walk(each_world, case, PASS)
    assert (case.state, cups(each_world)) == (S.REPLACEMENT_PENDING, (5, 2))

    case = walk(each_world, case, SHIP)
    assert (case.state, cups(each_world)) == (S.REPLACEMENT_SHIPPED, (3, 0))


def test_an_article_that_is_not_listed_is_the_warehouses_business(world: World) -> None:
    a_working_shop(world)
    case = walk(world, file_case(world, Remedy.EXCHANGE), APPROVE, SEND, RECEIVE, PASS)
    assert case.state is S.REPLACEMENT_PENDING
    assert stock.listed(world) == []


def test_without_stock_what_passed_is_offered_the_money_or_to_wait_and_hears_of_that_alone(each_world: World) -> None:
    case = an_exchange(each_world, 1, APPROVE, SEND, RECEIVE, PASS)

    assert case.state is S.PROPOSED
    assert cups(each_world) == (1, 0)
    with each_world.read() as work:
        events = work.cases.events(case.id)
        alerts = [(each.role, each.detail["about"]) for each in work.alerts.of_case(case.id)]
        offered = work.cases.last_move(case.id)
    assert [(event.event, event.role) for event in events[-2:]] == [
        ("inspect_pass", R.WAREHOUSE),
        ("out_of_stock", R.SYSTEM),
    ]
    assert offered is not None
    assert offered.detail["options"] == ["refund", "wait", "other_variant"]
    assert offered.detail["offer_remedy"] == "RETURN_REFUND"
    assert told(each_world, case)[-1] == "out_of_stock"
    assert "inspection_passed" not in told(each_world, case)
    assert (R.WAREHOUSE, "stock:CUP") in alerts
    assert (R.WAREHOUSE, "REPLACEMENT_PENDING") not in alerts


def test_the_offered_money_can_be_taken(world: World) -> None:
    case = an_exchange(world, 0, APPROVE, SEND, RECEIVE, PASS)
    case = walk(world, case, (E.ACCEPT, R.CUSTOMER, {}))
    assert (case.state, case.approved_fen) == (S.REFUND_PENDING, 10000)


def test_whoever_waits_gets_it_when_it_is_there_again(world: World) -> None:
    case = an_exchange(world, 0, APPROVE, SEND, RECEIVE, PASS)
    case = walk(world, case, (E.DECLINE, R.CUSTOMER, {"reason": "等到货"}))
    with pytest.raises(GuardRefused, match="only 0 of CUP are free"):
        walk(world, case, APPROVE)
    stock.count(world, [StockItem("CUP", 2)])

    case = walk(world, case, APPROVE)

    assert (case.state, cups(world)) == (S.REPLACEMENT_PENDING, (2, 2))


def test_t14_staff_who_approve_are_told_which_article_is_short_and_nothing_happens(each_world: World) -> None:
    a_working_shop(each_world)
    stock.count(each_world, [StockItem("CUP", 1)])
    case = file_case(each_world, Remedy.RESHIP)

    with pytest.raises(GuardRefused, match="stock_reserved: only 1 of CUP are free: propose something else, or wait"):
        walk(each_world, case, APPROVE)

    assert stored(each_world, case) == case
    assert cups(each_world) == (1, 0)


def test_t34_what_is_kept_is_free_again_when_the_warehouse_does_not_find_it(world: World) -> None:
    case = an_exchange(world, 2, APPROVE, SEND, RECEIVE, PASS)
    assert cups(world) == (2, 2)
    case = walk(world, case, (E.OUT_OF_STOCK, R.WAREHOUSE, {}))
    assert (case.state, cups(world)) == (S.PROPOSED, (2, 0))


def test_t10_a_yes_to_an_exchange_that_is_gone_by_now_brings_another_offer(world: World) -> None:
    a_working_shop(world)
    case = file_case(world, Remedy.RETURN_REFUND)
    offer = {**PROPOSE[2], "remedy": Remedy.RESHIP, "amount_fen": None}
    case = walk(world, case, (E.PROPOSE, R.AGENT, offer))
    stock.count(world, [StockItem("CUP", 1)])

    case = walk(world, case, (E.ACCEPT, R.CUSTOMER, {}))

    assert (case.state, case.remedy) == (S.PROPOSED, "RESHIP")
    assert told(world, case)[-1] == "out_of_stock"


def test_two_cases_that_want_the_last_pieces_get_them_once(each_world: World) -> None:
    cases = []
    for number in (1, 2):
        conversation, order = f"{CONVERSATION}-{number}", f"20261120000{number}"
        a_working_shop(each_world, conversation=conversation, order=order)
        case = file_case(each_world, Remedy.EXCHANGE, conversation=conversation, order=order)
        sent = (E.TRACKING_ADDED, R.CUSTOMER, {"waybill": f"SF135792468012{number}"})
        cases.append(walk(each_world, case, APPROVE, sent, RECEIVE))
    stock.count(each_world, [StockItem("CUP", 3)])

    ended = race(2, lambda number: walk(each_world, cases[number], PASS))

    assert sorted(case.state.value for case in ended) == ["PROPOSED", "REPLACEMENT_PENDING"]
    assert cups(each_world) == (3, 2)


def test_fewer_than_are_kept_for_cases_cannot_have_been_counted(each_world: World) -> None:
    an_exchange(each_world, 4, APPROVE, SEND, RECEIVE, PASS)
    with pytest.raises(Conflict) as refused:
        stock.count(each_world, [StockItem("ASH", 9), StockItem("CUP", 1)])
    assert refused.value.subject == "CUP"
    assert [item.sku for item in stock.listed(each_world)] == ["CUP"]
