"""A gap whose payment back fails, is late or is in doubt: what comes after pays neither too much nor too little."""

from dataclasses import replace
from typing import Any

import pytest

from backend.domain.case import Actor, Case, CaseLine, Role, State
from backend.domain.lifecycle import Event
from backend.domain.order import OrderLine, Payment, PaymentMethod
from backend.domain.payout import plan_payout
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg, Source
from backend.domain.request import Remedy
from backend.errors import PayoutRefused
from backend.ports import World
from backend.services.payouts import record_result
from backend.services.receipts import problem
from backend.services.refunds import pay_refund, retry_leg, retry_refund
from tests.builders import a_conversation, a_filed_case, an_event, an_order
from tests.clock import START
from tests.collecting import CHEAPER_FEN, COMING_BACK, ship, to_be_sent
from tests.money import FINANCE
from tests.racing import race
from tests.working import APPROVE, DELIVER, NAMES, ORDER, a_working_shop, do, file_case, stored, told

E, R, S, L = Event, Role, State, LegState
GATEWAYS = {PaymentMethod.WECHAT: "sandbox"}


def legs(world: World, case: Case) -> list[tuple[str, int, LegState]]:
    with world.read() as work:
        found = work.refunds.of_case(case.id)
    return [(leg.refund_no.removeprefix(f"{case.case_no}-"), leg.amount_fen, leg.state) for leg in found]


def come_to(world: World, case: Case, part: str, state: LegState, fen: int) -> Case:
    number = f"{case.case_no}-{part}"
    record_result(world, RefundAnswer(number, state, fen), Source.QUERY, by="worker")
    return stored(world, case)


def sent(world: World, ended: LegState | None = None) -> Case:
    """A cheaper article was sent, and its gap of 20.00 has come to this."""
    case = ship(world, to_be_sent(world, CHEAPER_FEN))
    return case if ended is None else come_to(world, case, "1", ended, 2000)


def reported(world: World, case: Case) -> Case:
    case = do(world, case, *DELIVER[:2])
    return problem(world, case.case_no or "", Actor(R.CUSTOMER, case.conversation_id), "这个也裂了").case


def all_back(world: World, case: Case, amount_fen: int = 10000) -> Case:
    """The customer is to get everything back instead, and the goods have come: finance is to pay."""
    case = do(world, case, E.PROPOSE, R.MANAGER, remedy=Remedy.RETURN_REFUND, amount_fen=amount_fen, reason="全部退款")
    case = do(world, case, E.ACCEPT, R.CUSTOMER, consent="好")
    assert case.state is S.REFUND_PENDING
    return case


def pay(world: World, case: Case) -> Case:
    return pay_refund(world, case.case_no or "", FINANCE)


def finance_alerts(world: World, case: Case) -> list[str]:
    with world.read() as work:
        return [str(each.detail["about"]) for each in work.alerts.of_case(case.id) if each.role is R.FINANCE]


def test_golden_a_payout_replaces_the_gap_that_failed_before_it(each_world: World) -> None:
    case = pay(each_world, all_back(each_world, reported(each_world, sent(each_world, L.FAILED))))
    assert (case.state, legs(each_world, case)) == (S.REFUNDING, [("1", 2000, L.FAILED), ("2", 10000, L.PLANNED)])
    assert "refund_failed" not in told(each_world, case)

    case = come_to(each_world, case, "2", L.SUCCESS, 10000)
    assert case.state is S.AWAITING_CONFIRM
    with pytest.raises(PayoutRefused) as refused:
        retry_leg(each_world, f"{case.case_no}-1", FINANCE)
    assert refused.value.reason == "not_owed"


def test_a_payout_that_fails_beside_such_a_gap_is_tried_again_alone(world: World) -> None:
    case = pay(world, all_back(world, reported(world, sent(world, L.FAILED))))
    case = come_to(world, case, "2", L.FAILED, 10000)
    assert case.state is S.REFUND_FAILED
    case = retry_refund(world, case.case_no or "", FINANCE)
    assert legs(world, case)[1:] == [("2", 10000, L.FAILED), ("2-r2", 10000, L.PLANNED)]
    assert come_to(world, case, "2-r2", L.SUCCESS, 10000).state is S.AWAITING_CONFIRM


def test_a_gap_still_on_its_way_is_a_part_of_the_payout(each_world: World) -> None:
    case = pay(each_world, all_back(each_world, reported(each_world, sent(each_world))))
    assert [fen for _, fen, _ in legs(each_world, case)] == [2000, 8000]
    assert come_to(each_world, case, "2", L.SUCCESS, 8000).state is S.REFUNDING
    case = come_to(each_world, case, "1", L.FAILED, 2000)
    assert case.state is S.REFUND_FAILED
    case = retry_refund(each_world, case.case_no or "", FINANCE)
    assert come_to(each_world, case, "1-r2", L.SUCCESS, 2000).state is S.AWAITING_CONFIRM


@pytest.mark.parametrize(("ended", "heard"), [(L.FAILED, "refund:"), (L.SUCCESS, "")])
def test_a_gap_that_ends_after_the_remedy_has_changed_is_heard_of(world: World, ended: LegState, heard: str) -> None:
    case = all_back(world, reported(world, sent(world)))
    case = come_to(world, case, "1", ended, 2000)
    assert case.state is S.REFUND_PENDING
    assert any(about.startswith("refund:") for about in finance_alerts(world, case)) is bool(heard)
    assert (told(world, case)[-1] == "gap_returned") is not bool(heard)


def test_the_same_exchange_approved_again_still_owes_the_gap_that_failed(world: World) -> None:
    case = do(world, reported(world, sent(world, L.FAILED)), *APPROVE[:2])
    assert (case.gap_fen, case.approved_fen) == (None, 2000)
    again = retry_leg(world, f"{case.case_no}-1", FINANCE)
    assert (again.refund_no, again.beside) == (f"{case.case_no}-1-r2", True)
    come_to(world, case, "1-r2", L.SUCCESS, 2000)
    assert told(world, case)[-1] == "gap_returned"


def test_a_later_gap_carries_the_one_that_failed(world: World) -> None:
    case = reported(world, sent(world, L.FAILED))
    case = do(world, case, E.PROPOSE, R.AGENT, sku="CUP-XS", price_fen=3500, reason="再小一号")
    case = do(world, case, E.ACCEPT, R.CUSTOMER, consent="好")
    assert (case.gap_fen, case.approved_fen) == (-1000, 3000)
    case = do(world, case, E.SHIP, R.WAREHOUSE, waybill="YT1357924680188", confirmed=True)
    assert legs(world, case) == [("1", 2000, L.FAILED), ("2", 3000, L.PLANNED)]
    with pytest.raises(PayoutRefused):
        retry_leg(world, f"{case.case_no}-1", FINANCE)


class TestTriedAgain:
    """A gap is money of the case's own: the guards of paying hold."""

    def test_not_while_it_is_held(self, world: World) -> None:
        case = do(world, sent(world, L.FAILED), E.HOLD, R.AGENT, reason="可疑")
        assert self.refused(world, case) == "on_hold"

    def test_not_by_whoever_agreed_to_it(self, world: World) -> None:
        case = sent(world, L.FAILED)
        assert self.refused(world, case, Actor(R.FINANCE, NAMES[R.AGENT])) == "payer_is_approver"

    def test_not_while_it_is_disputed(self, world: World) -> None:
        case = sent(world, L.FAILED)
        with world.write() as work:
            held = stored(world, case)
            work.cases.save(replace(held, dispute_open=True, version=held.version + 1), expected_version=held.version)
            work.commit()
        assert self.refused(world, case) == "disputed"

    def refused(self, world: World, case: Case, actor: Actor = FINANCE) -> str:
        with pytest.raises(PayoutRefused) as refused:
            retry_leg(world, f"{case.case_no}-1", actor)
        assert legs(world, case) == [("1", 2000, L.FAILED)]
        return refused.value.reason


def test_points_go_back_with_a_refund_and_not_with_a_gap(world: World) -> None:
    a_working_shop(world, order="202611209999")
    made = an_order(ORDER)
    parts = (Payment(PaymentMethod.WECHAT, "WX-1", 8000), Payment(PaymentMethod.POINTS, "PT-1", 2000))
    line = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 2, 5000, 0, 10000)
    with world.write() as work:
        work.orders.put(replace(made, lines=(line,), points_used=2000, payments=parts, paid_fen=10000))
        work.commit()
    case = file_case(world, Remedy.RETURN_REFUND)
    assert case.verdict is not None and case.verdict.points_fen == 2000
    given: dict[str, Any] = {"remedy": Remedy.EXCHANGE, "sku": "CUP-S", "price_fen": CHEAPER_FEN, "reason": "换小号"}
    case = do(world, do(world, case, E.PROPOSE, R.AGENT, **given), E.ACCEPT, R.CUSTOMER, consent="好")
    for event, role, arrived in COMING_BACK:
        case = do(world, case, event, role, **arrived)
    assert legs(world, ship(world, case)) == [("1", 2000, L.PLANNED)]


def two_of_one_order(world: World, number: int) -> tuple[Case, Case]:
    """Two cases of one order in two conversations of its buyer: the first is being paid, the other, of the one that
    they wrote in last, is to be.
    """
    order_no, line = f"A{number}", OrderLine(1, "CUP", "杯子", "家居", 2, 5000, 0, 10000)
    order = replace(an_order(order_no, buyer_phone=f"138000{number:05d}"), lines=(line,), paid_fen=10000)
    order = replace(order, payments=(Payment(PaymentMethod.WECHAT, f"WX-{order_no}", 10000),))
    cases = []
    with world.write() as work:
        work.orders.put(order)
        for which in (1, 2):
            written = {"last_customer_at": START} if which == 2 else {}
            conversation = work.conversations.open(a_conversation(f"conv-{number}-{which}", **written))
            work.conversations.prove(conversation.id, work.orders.customer_of(order_no) or 0, "phone_tail", START)
            about: dict[str, Any] = {"conversation_id": conversation.id, "order_no": order_no, "version": 2}
            money = {"refundable_fen": 5000, "approved_fen": 5000, "lines": (CaseLine(1, "CUP", 1),)}
            state = S.REFUNDING if which == 1 else S.REFUND_PENDING
            cases.append(work.cases.add(a_filed_case(f"RC{number}{which}", state=state, **about, **money)))
            work.cases.append(cases[-1].id, an_event(1, to_state=state))
        (leg,) = plan_payout(cases[0], order, {}, [], GATEWAYS, START)
        work.refunds.add(leg, by="test")
        work.commit()
    return cases[0], cases[1]


def test_a_refund_that_fails_and_one_that_is_paid_of_the_same_order_do_not_wait_for_each_other(
    each_world: World,
) -> None:
    for number in range(10001, 10013):
        first, second = two_of_one_order(each_world, number)

        def run(which: int, failing: Case = first, paid: Case = second) -> Case | RefundLeg:
            if which:
                return pay(each_world, paid)
            answer = RefundAnswer(f"{failing.case_no}-1", L.FAILED, 5000)
            return record_result(each_world, answer, Source.QUERY, by="worker")

        race(2, run)
        assert (stored(each_world, first).state, stored(each_world, second).state) == (S.REFUND_FAILED, S.REFUNDING)
