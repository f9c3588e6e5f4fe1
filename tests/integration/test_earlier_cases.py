"""What earlier cases took of an order counts in every later one: its shipping, what goods are worth, exchanges."""

import ast
import inspect
from dataclasses import MISSING, fields, replace

import pytest

from backend.domain.case import Actor, Case, CaseLine, Role, State
from backend.domain.earlier import Earlier, held_fen, lowered_fen
from backend.domain.filing import Answers
from backend.domain.judging import JudgedRequest
from backend.domain.lifecycle import Event
from backend.domain.order import OrderLine
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.domain.request import Reason, Wish
from backend.ports import World
from backend.services import drafts, earlier, filing, identity
from backend.services.collections_paid import record_payment
from backend.services.filing_on_behalf import Application, file_for_customer
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund
from backend.services.rules import explain
from tests.builders import a_filed_case, an_order
from tests.collecting import CHEAPER_FEN, payment_for, the_collection
from tests.drafting import photograph
from tests.drafting import put as put_orders
from tests.money import FINANCE
from tests.racing import race
from tests.working import (
    CONVERSATION,
    DELIVER,
    NAMES,
    ORDER,
    a_working_shop,
    do,
    stored,
    under_rules,
)

E, R, S = Event, Role, State
SHIPPING_FEN = 1000
FREE_WAYBILLS = iter(range(10**6, 10**7))

FILLED_ELSEWHERE = {
    "evidence_checked": "evidence still to come is asked for, not held against the request",
    "risk_notes": "signals are looked for when it is filed (`services.risk`), and refuse nothing",
}


def sell(world: World, *lines: OrderLine, shipping_fen: int = 0) -> None:
    """The working shop, whose order has these lines instead of two cups."""
    a_working_shop(world, order="202611209999")
    paid = sum(line.paid_fen for line in lines) + shipping_fen
    made = an_order(ORDER, lines=lines, shipping_fen=shipping_fen, paid_fen=paid)
    put_orders(world, replace(made, payments=(replace(made.payments[0], paid_fen=paid),)))


def cups(line_no: int, quantity: int = 1, paid_fen: int = 10000) -> OrderLine:
    return OrderLine(line_no, f"CUP{line_no}", f"杯子{line_no}", "家居", quantity, paid_fen // quantity, 0, paid_fen)


def a_faulty_one(world: World, line_no: int) -> Case:
    """One piece of a line is sent back as broken by us; filed."""
    return filed(world, line_no, Wish.RETURN, Reason.QUALITY, description="坏了")


def filed(world: World, line_no: int, wish: Wish, reason: Reason, quantity: int = 1, **said: object) -> Case:
    photos = photograph(world, *(f"{kind}-{next(FREE_WAYBILLS)}" for kind in ("goods", "defect", "label")))
    asked = {"order_no": ORDER, "goods": (str(line_no),), "quantity": quantity, "wish": wish, "reason": reason, **said}
    drafts.fill_draft(world, CONVERSATION, Answers(**asked))  # type: ignore[arg-type]
    identity.prove(world, CONVERSATION, ORDER, "6688")
    drafts.fill_draft(world, CONVERSATION, Answers(goods=(str(line_no),), quantity=quantity, evidence=photos))
    return filing.submit_draft(world, CONVERSATION, filing.tell_draft(world, CONVERSATION).draft.version)


def waybill(carrier: str = "SF") -> str:
    return f"{carrier}135792{next(FREE_WAYBILLS)}"


def returned(world: World, case: Case) -> Case:
    """Approved, back, in order, and paid."""
    pieces = {line.line_no: line.quantity or 0 for line in case.lines}
    case = do(world, case, E.APPROVE, R.MANAGER)
    case = do(world, case, E.TRACKING_ADDED, R.CUSTOMER, waybill=waybill())
    case = do(world, case, E.RECEIVE, R.WAREHOUSE, counted=pieces)
    case = do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades=dict.fromkeys(pieces, "A"))
    return pay_refund(world, case.case_no or "", FINANCE)


def paid_out(world: World, case: Case) -> int:
    with world.read() as work:
        return sum(leg.amount_fen for leg in work.refunds.of_case(case.id) if leg.state is not LegState.FAILED)


def exchanged(world: World, price_fen: int | None = None, quantity: int = 2) -> Case:
    """An exchange of the first line that has come to its end, for another article where a price is given."""
    case = filed(world, 1, Wish.EXCHANGE, Reason.NO_REASON, quantity, intact=True)
    if price_fen is None:
        case = do(world, case, E.APPROVE, R.MANAGER)
    else:
        case = do(world, case, E.PROPOSE, R.MANAGER, sku="CUP-X", price_fen=price_fen, reason="换一种")
        case = do(world, case, E.ACCEPT, R.CUSTOMER, consent="好")
    case = do(world, case, E.TRACKING_ADDED, R.CUSTOMER, waybill=waybill())
    case = do(world, case, E.RECEIVE, R.WAREHOUSE, counted={1: quantity})
    case = do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"})
    if (case.gap_fen or 0) > 0:
        record_payment(world, payment_for(the_collection(world, case)), by="sandbox")
    case = do(world, case, E.SHIP, R.WAREHOUSE, waybill=waybill("YT"), confirmed=True)
    answered(world, case)
    case = do(world, stored(world, case), *DELIVER[:2])
    return do(world, case, E.CONFIRM, R.CUSTOMER)


def settled(world: World, case: Case) -> Case:
    """Paid, and confirmed by the customer."""
    answered(world, case)
    return do(world, stored(world, case), E.CONFIRM, R.CUSTOMER)


def answered(world: World, case: Case) -> None:
    """The provider has paid all of its refunds."""
    with world.read() as work:
        numbers = [(leg.refund_no, leg.amount_fen) for leg in work.refunds.of_case(case.id)]
    for number, fen in numbers:
        record_result(world, RefundAnswer(number, LegState.SUCCESS, fen), Source.QUERY, by="worker")


def test_golden_two_faults_of_ours_give_the_shipping_back_once(each_world: World) -> None:
    sell(each_world, cups(1), cups(2), cups(3), shipping_fen=SHIPPING_FEN)
    first, second = (returned(each_world, a_faulty_one(each_world, number)) for number in (1, 2))
    assert (first.refundable_fen, second.refundable_fen) == (11000, 10000)
    assert paid_out(each_world, first) + paid_out(each_world, second) == 21000


def test_shipping_that_a_case_still_under_way_gives_back_is_not_promised_again(world: World) -> None:
    sell(world, cups(1), cups(2), cups(3), shipping_fen=SHIPPING_FEN)
    assert [a_faulty_one(world, number).refundable_fen for number in (1, 2)] == [11000, 10000]


def test_shipping_of_a_case_that_was_withdrawn_is_there_again(world: World) -> None:
    sell(world, cups(1), cups(2), cups(3), shipping_fen=SHIPPING_FEN)
    do(world, a_faulty_one(world, 1), E.WITHDRAW, R.CUSTOMER, confirmed=True)
    assert a_faulty_one(world, 2).refundable_fen == 11000


def test_what_staff_paid_beyond_the_goods_was_the_shipping(world: World) -> None:
    sell(world, cups(1), cups(2), cups(3), shipping_fen=SHIPPING_FEN)
    own_mind = filed(world, 1, Wish.RETURN, Reason.NO_REASON, intact=True)
    assert own_mind.refundable_fen == 10000
    do(world, own_mind, E.APPROVE, R.MANAGER, amount_fen=11000, reason="运费也退")
    assert a_faulty_one(world, 2).refundable_fen == 10000


def test_the_third_exchange_of_the_same_goods_is_refused(world: World) -> None:
    sell(world, cups(1, 2), cups(2))
    for _ in range(2):
        assert exchanged(world).state is S.CLOSED
    answers = Answers(
        order_no=ORDER, goods=("1",), quantity=2, wish=Wish.EXCHANGE, reason=Reason.NO_REASON, intact=True
    )
    verdict = drafts.fill_draft(world, CONVERSATION, answers).verdict
    assert verdict is not None and [check.id for check in verdict.failed] == ["wish"]
    other = drafts.fill_draft(world, CONVERSATION, Answers(goods=("2",), quantity=1)).verdict
    assert other is not None and not other.failed, "another line has its own count"
    explained = explain(world, ORDER, wish=Wish.EXCHANGE, reason=Reason.NO_REASON, at=world.clock.now())
    assert "wish" in [check.id for check in explained.verdict.failed]


def test_only_the_first_exchange_for_its_size_travels_at_the_shops_cost(world: World) -> None:
    world = under_rules(world, freight__first_size_exchange_free=True)
    sell(world, cups(1, 2), cups(2))
    payers = []
    for _ in range(2):
        exchanged_for = filed(world, 1, Wish.EXCHANGE, Reason.SIZE, 2, intact=True)
        assert exchanged_for.verdict is not None
        payers.append(exchanged_for.verdict.freight_payer)
        do(world, exchanged_for, E.WITHDRAW, R.CUSTOMER, confirmed=True)
        if len(payers) == 1:
            exchanged(world)
    assert payers == ["merchant", "customer"]


def test_golden_a_gap_that_was_paid_back_makes_the_goods_worth_less(each_world: World) -> None:
    sell(each_world, cups(1, 2), cups(2, paid_fen=20000))
    first = exchanged(each_world, CHEAPER_FEN)
    assert (first.state, paid_out(each_world, first)) == (S.CLOSED, 2000)
    again = returned(each_world, filed(each_world, 1, Wish.RETURN, Reason.NO_REASON, 2, intact=True))
    assert (again.refundable_fen, paid_out(each_world, again)) == (8000, 8000)


@pytest.mark.parametrize(("wish", "reason"), [(Wish.PRICE_DIFFERENCE, Reason.OTHER), (Wish.REFUND, Reason.SERVICE)])
def test_goods_that_stay_can_go_back_later_for_what_is_left_of_their_price(
    world: World, wish: Wish, reason: Reason
) -> None:
    sell(world, cups(1, 2))
    kept = filed(world, 1, wish, reason, 2, description="买贵了")
    kept = do(world, kept, E.APPROVE, R.MANAGER, amount_fen=1000, reason="补给您")
    kept = settled(world, pay_refund(world, kept.case_no or "", FINANCE))
    assert (kept.state, paid_out(world, kept)) == (S.CLOSED, 1000)
    again = returned(world, filed(world, 1, Wish.RETURN, Reason.NO_REASON, 2, intact=True))
    assert (again.refundable_fen, paid_out(world, again)) == (9000, 9000)


def test_each_piece_bears_its_share_of_the_gap(world: World) -> None:
    sell(world, cups(1, 2), cups(2, paid_fen=20000))
    exchanged(world, CHEAPER_FEN)
    pieces = [returned(world, filed(world, 1, Wish.RETURN, Reason.NO_REASON, intact=True)) for _ in range(2)]
    assert [piece.refundable_fen for piece in pieces] == [4000, 4000]


def test_the_gap_of_a_second_case_counts_against_what_the_first_one_sent(world: World) -> None:
    sell(world, cups(1, 2), cups(2, paid_fen=20000))
    exchanged(world, CHEAPER_FEN)
    case = filed(world, 1, Wish.EXCHANGE, Reason.NO_REASON, 2, intact=True)
    case = do(world, case, E.PROPOSE, R.MANAGER, sku="CUP-Y", price_fen=5000, reason="换回来")
    assert do(world, case, E.ACCEPT, R.CUSTOMER, consent="好").gap_fen == 2000


def test_what_was_paid_on_top_counts_in_the_next_exchange_but_is_never_paid_out_of_the_order(world: World) -> None:
    sell(world, cups(1, 2), cups(2, paid_fen=20000))
    exchanged(world, 6000)
    back = filed(world, 1, Wish.RETURN, Reason.NO_REASON, 2, intact=True)
    assert back.refundable_fen == 10000
    do(world, back, E.WITHDRAW, R.CUSTOMER, confirmed=True)
    case = filed(world, 1, Wish.EXCHANGE, Reason.NO_REASON, 2, intact=True)
    case = do(world, case, E.PROPOSE, R.MANAGER, sku="CUP-Y", price_fen=6000, reason="同价换")
    assert do(world, case, E.ACCEPT, R.CUSTOMER, consent="好").gap_fen is None


def test_pieces_given_back_one_by_one_sum_to_the_price_whatever_was_withdrawn(world: World) -> None:
    sell(world, cups(1, 3), cups(2, paid_fen=20000))
    cases = [filed(world, 1, Wish.RETURN, Reason.NO_REASON, intact=True) for _ in range(3)]
    assert [case.refundable_fen for case in cases] == [3333, 3333, 3334]
    do(world, cases[0], E.WITHDRAW, R.CUSTOMER, confirmed=True)
    assert filed(world, 1, Wish.RETURN, Reason.NO_REASON, intact=True).refundable_fen == 3333


def test_two_who_file_at_once_are_not_both_promised_the_shipping(each_world: World) -> None:
    sell(each_world, cups(1), cups(2), cups(3), shipping_fen=SHIPPING_FEN)
    a_faulty_one(each_world, 3)
    do(each_world, newest(each_world), E.WITHDRAW, R.CUSTOMER, confirmed=True)
    agent = Actor(R.AGENT, NAMES[R.AGENT])

    def file(number: int) -> int:
        asked = Application(ORDER, Wish.RETURN, Reason.QUALITY, {number + 1: 1}, "坏了")
        return file_for_customer(each_world, agent, asked).case.refundable_fen or 0

    assert sorted(race(2, file)) == [10000, 11000]


def newest(world: World) -> Case:
    with world.read() as work:
        return work.cases.of_order(ORDER)[0]


def test_cases_that_do_not_account_for_all_that_is_claimed_say_nothing_of_its_price() -> None:
    order = an_order(ORDER, lines=(cups(1, 3),))
    other = Earlier(a_filed_case("RC1", id=1, lines=(CaseLine(1, "CUP1", 1),)))
    assert held_fen(order, [other], {1: 1}, {}) == {1: 3333}
    assert held_fen(order, [other], {1: 2}, {}) == {}
    assert lowered_fen(order, [other]) == {}


def test_every_field_of_a_request_is_filled_before_it_is_judged() -> None:
    filled = set(FILLED_ELSEWHERE)
    for function in (drafts.judged, earlier.with_earlier):
        calls = [node for node in ast.walk(ast.parse(inspect.getsource(function))) if isinstance(node, ast.Call)]
        filled |= {each.arg for call in calls for each in call.keywords if each.arg}
    needless = {each.name for each in fields(JudgedRequest) if not (each.default is MISSING is each.default_factory)}
    assert needless - filled == set(), "what nobody tells the judge, no rule can go by"
