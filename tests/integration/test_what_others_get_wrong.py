"""Defects that other systems have (lifecycle page, D1 to D20), each shown not to be ours in rows of the database.

Those that live elsewhere are listed by the last test, which fails for a defect without a test of its name.
"""

import re
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.domain.case import Actor, Case, CloseReason, Role, State
from backend.domain.filing import Answers
from backend.domain.lifecycle import Event as E
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_types import Restore
from backend.errors import CaseNotFound, Conflict, GuardRefused, NotAllowed
from backend.ports import World
from backend.services import drafts, filing, identity, progress
from backend.services.drafts import DraftView
from backend.services.moving import move
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund
from tests.builders import a_conversation, an_order
from tests.clock import FakeClock
from tests.due import run_due
from tests.money import FINANCE
from tests.working import ASK, CONVERSATION, ORDER, REJECT, a_working_shop, case_in, do, stored, told, under_rules

R, S = Role, State
BOUGHT = "202611200009"
CUPS = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 3, 3334, 0, 10000)
POT = OrderLine(2, "POT", "细口壶", "家居", 1, 20000, 0, 20000)


def a_shop(world: World, *lines: OrderLine, **changes: Any) -> None:
    """The working shop with an order of these lines, bought by WeChat."""
    a_working_shop(world)
    paid = sum(line.paid_fen for line in lines)
    told = {"lines": lines, "paid_fen": paid, "payments": (Payment(PaymentMethod.WECHAT, "WX-1", paid),), **changes}
    put(world, an_order(BOUGHT, **told))


def order_of(world: World, number: str = BOUGHT) -> Order:
    with world.read() as work:
        found = work.orders.get(number)
    assert found is not None
    return found


def put(world: World, order: Order) -> None:
    with world.write() as work:
        work.orders.put(order)
        work.commit()


def asked(world: World, goods: str = "1", quantity: int = 1, **said: Any) -> DraftView:
    """A return of so many pieces of a line, told and waiting for its yes."""
    answers = {"wish": Wish.RETURN, "order_no": BOUGHT, "reason": Reason.NO_REASON, "intact": True, **said}
    drafts.fill_draft(world, CONVERSATION, Answers(**answers))
    identity.prove(world, CONVERSATION, BOUGHT, "6688")
    drafts.fill_draft(world, CONVERSATION, Answers(goods=(goods,)))
    drafts.fill_draft(world, CONVERSATION, Answers(quantity=quantity))
    return filing.tell_draft(world, CONVERSATION)


def filed(world: World, goods: str = "1", quantity: int = 1, **said: Any) -> Case:
    return filing.submit_draft(world, CONVERSATION, asked(world, goods, quantity, **said).draft.version)


def refunded(world: World, case: Case) -> Case:
    """The case after its goods came back as new and were paid for."""
    do(world, case, E.APPROVE, R.AGENT)
    do(world, case, E.RECEIVE, R.WAREHOUSE, counted={line.line_no: line.quantity or 0 for line in case.lines})
    do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={line.line_no: "A" for line in case.lines})
    return paid_for(world, case)


def paid_for(world: World, case: Case) -> Case:
    paying = pay_refund(world, case.case_no or "", FINANCE)
    paid = RefundAnswer(f"{case.case_no}-1", LegState.SUCCESS, paying.approved_fen or 0)
    record_result(world, paid, Source.QUERY, by="test")
    return stored(world, case)


def coupons_to_give_back(world: World, case: Case) -> list[str]:
    with world.read() as work:
        alerts = work.alerts.of_case(case.id)
    return [each.detail["coupon_code"] for each in alerts if each.detail["about"] == "coupon"]


class TestOrdersAndPieces:
    def test_d4_an_order_that_nobody_paid_cannot_be_returned(self, world: World) -> None:
        a_shop(world, CUPS, payments=(), paid_fen=0)
        with pytest.raises(NotAllowed) as refused:
            filed(world)
        assert "order" in [check.id for check in refused.value.verdict.failed]

    @pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.SHIPPED])
    def test_d4_what_was_not_delivered_never_becomes_a_return(self, world: World, status: OrderStatus) -> None:
        a_shop(world, CUPS, status=status, signed_at=None)
        assert filed(world).remedy == "REFUND_ONLY"

    def test_d5_of_three_pieces_the_rest_is_what_is_left_and_its_money_to_the_fen(self, world: World) -> None:
        a_shop(world, CUPS)
        first = filed(world, quantity=2)

        last = filed(world, quantity=2)

        assert [line.quantity for line in last.lines] == [1]
        assert (first.refundable_fen, last.refundable_fen) == (6666, 3334)
        with world.read() as work:
            assert work.orders.claimed_pieces(BOUGHT) == {1: 3}

    def test_d13_a_part_of_a_line_is_returned_for_an_amount_that_nobody_types(self, world: World) -> None:
        a_shop(world, CUPS)
        case = filed(world, quantity=1)
        assert ([line.quantity for line in case.lines], case.refundable_fen) == ([1], 3333)
        assert not [each.name for each in fields(Answers) if "fen" in each.name or "amount" in each.name]

    def test_d16_received_and_paid_pieces_do_not_become_returnable_again(self, world: World) -> None:
        a_shop(world, CUPS)
        case = filed(world, quantity=2)
        do(world, case, E.APPROVE, R.AGENT)
        do(world, case, E.RECEIVE, R.WAREHOUSE, counted={1: 2})
        do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={1: "A"})
        assert asked(world).free == {1: 1}

    @pytest.mark.parametrize("ended_by", ["withdrawn", "rejected", "left alone"])
    def test_d16_pieces_that_were_paid_stay_taken_when_a_later_problem_comes_to_nothing(
        self, world: World, clock: FakeClock, ended_by: str
    ) -> None:
        a_shop(world, CUPS)
        case = refunded(world, filed(world, quantity=1))
        with world.write() as work:
            move(
                world, work, case, E.PROBLEM, actor=Actor(R.CUSTOMER, CONVERSATION), now=clock.now(), target=S.SUBMITTED
            )
            work.commit()

        if ended_by == "withdrawn":
            do(world, case, E.WITHDRAW, R.CUSTOMER, confirmed=True)
        else:
            event, role, given = REJECT if ended_by == "rejected" else ASK
            do(world, case, event, role, **given)
            clock.advance(days=9)
            run_due(world)

        ended = stored(world, case)
        assert (ended.state, ended.close_reason) == (S.CLOSED, CloseReason.RESOLVED)
        with world.read() as work:
            assert work.orders.claimed_pieces(BOUGHT) == {1: 1}

    def test_d16_a_case_that_was_decided_on_is_no_draft_any_more(self, world: World) -> None:
        case = case_in(world, S.REJECTED)
        do(world, case, E.APPEAL, R.CUSTOMER, reason="补充说明")
        with pytest.raises(GuardRefused, match="the review has begun"):
            do(world, case, E.EDIT, R.CUSTOMER)

    def test_d19_a_return_touches_the_line_it_names_and_no_other(self, world: World) -> None:
        a_shop(world, CUPS, POT)
        case = filed(world, "2")
        do(world, case, E.APPROVE, R.AGENT)
        received = do(world, case, E.RECEIVE, R.WAREHOUSE, counted={2: 1})

        assert [(line.line_no, line.sku, line.received_quantity) for line in received.lines] == [(2, "POT", 1)]
        assert received.refundable_fen == 20000
        with world.read() as work:
            assert work.orders.claimed_pieces(BOUGHT) == {1: 0, 2: 1}


class TestWhatIsTrusted:
    def test_d7_somebody_elses_case_number_looks_like_none(self, each_world: World) -> None:
        case = case_in(each_world, S.SUBMITTED)
        with each_world.write() as work:
            work.conversations.open(a_conversation("conv-2"))
            work.commit()

        answers = []
        for number in (case.case_no or "", "RC20261122999999"):
            with pytest.raises(CaseNotFound) as refused:
                progress.of_case(each_world, "conv-2", number)
            answers.append(str(refused.value).replace(number, "?"))
        assert answers[0] == answers[1]

    def test_d8_the_window_is_checked_where_the_case_is_filed_not_only_where_it_is_shown(
        self, world: World, clock: FakeClock
    ) -> None:
        a_shop(world, CUPS, signed_at=clock.now() - timedelta(days=7, hours=1))
        view = asked(world)
        assert view.verdict is not None and not view.verdict.failed
        clock.advance(hours=15)  # midnight in the shop's zone has passed since the summary was shown

        with pytest.raises(NotAllowed) as refused:
            filing.submit_draft(world, CONVERSATION, view.draft.version)
        assert [check.id for check in refused.value.verdict.failed] == ["window"]

    def test_d10_a_filed_case_keeps_what_was_paid_whatever_an_order_says_later(self, world: World) -> None:
        a_shop(world, CUPS)
        case = filed(world, quantity=1)
        with pytest.raises(Conflict):
            put(world, replace(order_of(world), lines=(replace(CUPS, unit_price_fen=9999, paid_fen=29997),)))

        approved = do(world, case, E.APPROVE, R.AGENT)

        assert (approved.refundable_fen, approved.approved_fen) == (3333, 3333)


class TestCoupons:
    def test_d3_a_coupon_comes_back_with_the_last_piece_and_not_with_a_part(self, world: World) -> None:
        a_shop(world, CUPS, coupon_code="NOV20", coupon_fen=2000)
        first = refunded(world, filed(world, quantity=2))
        assert coupons_to_give_back(world, first) == []

        last = refunded(world, filed(world, quantity=1))
        assert coupons_to_give_back(world, last) == ["NOV20"]

    def test_d3_no_coupon_comes_back_for_goods_that_the_customer_keeps(self, world: World) -> None:
        a_shop(world, CUPS, coupon_code="NOV20", coupon_fen=2000)
        case = filed(world, quantity=3)
        do(world, case, E.PROPOSE, R.AGENT, remedy=Remedy.REFUND_ONLY, amount_fen=3000, reason="留下商品，补三成")
        do(world, case, E.ACCEPT, R.CUSTOMER)
        assert coupons_to_give_back(world, paid_for(world, case)) == []

    def test_d3_the_rules_may_keep_coupons(self, world: World) -> None:
        never = under_rules(world, coupon__restore=Restore.NEVER)
        a_shop(never, CUPS, coupon_code="NOV20", coupon_fen=2000)
        assert coupons_to_give_back(never, refunded(never, filed(never, quantity=3))) == []


class TestNothingGetsLost:
    def test_d9_ending_a_case_takes_nothing_away(self, world: World) -> None:
        case = case_in(world, S.SUBMITTED)
        order = order_of(world, ORDER)
        with world.read() as work:
            before = work.cases.events(case.id)

        do(world, case, E.WITHDRAW, R.CUSTOMER, confirmed=True)

        with world.read() as work:
            assert work.cases.events(case.id)[: len(before)] == before
            assert work.cases.by_number(case.case_no or "") == stored(world, case)
        assert order_of(world, ORDER) == order

    def test_d15_a_half_open_return_ends_by_itself_and_its_goods_are_free(self, world: World, clock: FakeClock) -> None:
        a_shop(world, CUPS)
        draft = asked(world, quantity=3).draft
        clock.advance(hours=25)
        run_due(world)

        assert stored(world, draft).state is S.CLOSED
        assert filed(world, quantity=3).state is S.SUBMITTED

    def test_d14_nobody_hears_that_they_are_refunded_before_the_provider_has_said_so(self, world: World) -> None:
        case = case_in(world, S.REFUND_PENDING)
        pay_refund(world, case.case_no or "", FINANCE)
        number, amount = f"{case.case_no}-1", case.amount_fen or 0
        record_result(world, RefundAnswer(number, LegState.PROCESSING, amount), Source.ANSWER, by="test")
        assert (stored(world, case).state, told(world, case).count("refund_done")) == (S.REFUNDING, 0)

        record_result(world, RefundAnswer(number, LegState.SUCCESS, amount), Source.QUERY, by="test")
        assert (stored(world, case).state, told(world, case).count("refund_done")) == (S.AWAITING_CONFIRM, 1)


def test_every_defect_has_a_test_of_its_name() -> None:
    tests = Path(__file__).parent.parent
    named = {
        int(number)
        for path in tests.rglob("test_*.py")
        for number in re.findall(r"def test_d(\d+)_", path.read_text(encoding="utf-8"))
    }
    assert named >= set(range(1, 21))
