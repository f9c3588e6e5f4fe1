"""What a payout consists of, and how books are compared."""

from dataclasses import replace
from typing import Any

import pytest

from backend.domain.case import Role, State
from backend.domain.order import Order, Payment, PaymentMethod
from backend.domain.payout import compare, last_approver, next_attempt, plan_payout
from backend.domain.refund import AmountAboveRest
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.domain.verdict import AmountLine, Outcome, Verdict
from tests.builders import a_filed_case, an_event, an_order
from tests.clock import START

M = PaymentMethod
GATEWAYS = {M.WECHAT: "sandbox", M.ALIPAY: "sandbox", M.CARD: "manual", M.BALANCE: "manual"}
POINTS = Verdict(Outcome.ALLOWED, "REFUND_ONLY", 4000, (AmountLine("积分", -1000, "points"),), (), 1, "none", (0, 0))


def paid(*parts: tuple[PaymentMethod, int]) -> Order:
    payments = tuple(Payment(method, f"{method.value}-1", fen) for method, fen in parts)
    return an_order(payments=payments, paid_fen=sum(fen for _, fen in parts))


def plan(order: Order, legs: tuple[RefundLeg, ...] = (), reserved: int = 0, **case: Any) -> list[RefundLeg]:
    held = {(part.method, part.payment_no): reserved for part in order.payments}
    return plan_payout(a_filed_case("RC1", id=1, **case), order, held, legs, GATEWAYS, START)


def shape(legs: list[RefundLeg]) -> list[tuple[str, str, int]]:
    return [(leg.refund_no, leg.gateway, leg.amount_fen) for leg in legs]


def test_eighty_by_wechat_and_twenty_of_balance_give_fifty_back_as_forty_and_ten() -> None:
    legs = plan(paid((M.WECHAT, 8000), (M.BALANCE, 2000)), approved_fen=5000)
    assert shape(legs) == [("RC1-1", "sandbox", 4000), ("RC1-2", "manual", 1000)]


def test_points_go_back_beside_the_money_in_proportion_to_what_was_approved() -> None:
    order = paid((M.WECHAT, 8000), (M.POINTS, 2000))
    whole = plan(order, approved_fen=4000, refundable_fen=4000, verdict=POINTS)
    half = plan(order, approved_fen=2000, refundable_fen=4000, verdict=POINTS)
    assert shape(whole) == [("RC1-1", "sandbox", 4000), ("RC1-2", "points", 1000)]
    assert shape(half) == [("RC1-1", "sandbox", 2000), ("RC1-2", "points", 500)]
    assert whole[1].state is LegState.SUCCESS and whole[1].due_at is None


def test_what_a_reopened_case_was_paid_before_is_not_paid_again() -> None:
    order = paid((M.WECHAT, 8000))
    (first,) = plan(order, approved_fen=3000)
    assert plan(order, (first,), reserved=3000, approved_fen=3000) == []
    assert shape(plan(order, (first,), reserved=3000, approved_fen=3500)) == [("RC1-2", "sandbox", 500)]
    failed = replace(first, state=LegState.FAILED)
    assert shape(plan(order, (failed,), approved_fen=3000)) == [("RC1-2", "sandbox", 3000)]


def test_more_than_is_left_is_refused() -> None:
    with pytest.raises(AmountAboveRest):
        plan(paid((M.WECHAT, 8000)), reserved=5000, approved_fen=3001)


def test_the_next_attempt_has_its_own_number_and_nothing_of_the_last() -> None:
    (leg,) = plan(paid((M.WECHAT, 8000)), approved_fen=3000)
    again = next_attempt(replace(leg, id=7, state=LegState.FAILED, sends=3, code="X", refused=True), START, "manual")
    assert again == replace(leg, refund_no="RC1-1-r2", attempt=2, gateway="manual")


def test_of_an_accepted_proposal_the_proposer_is_the_approver() -> None:
    def by(actor: str, event: str) -> Any:
        return an_event(event=event, actor=actor, role=Role.AGENT, to_state=State.SUBMITTED)

    assert last_approver([]) is None
    assert last_approver([by("陈", "approve"), by("李", "propose"), by("客户", "accept")]) == "李"
    assert last_approver([by("李", "propose"), by("王", "execute_ruling"), by("周", "note")]) == "王"


S = LegState


@pytest.mark.parametrize(
    ("ours", "theirs", "kinds"),
    [
        (S.SUCCESS, S.SUCCESS, []),
        (S.PROCESSING, S.PROCESSING, []),
        (S.UNKNOWN, S.PROCESSING, []),
        (S.FAILED, S.FAILED, []),
        (S.PLANNED, None, []),
        (S.FAILED, None, []),
        (S.SUCCESS, None, ["missing_there"]),
        (S.UNKNOWN, None, ["missing_there"]),
        (S.ABNORMAL, None, ["missing_there"]),
        (None, S.SUCCESS, ["missing_here"]),
        (S.SUCCESS, S.FAILED, ["state"]),
        (S.FAILED, S.SUCCESS, ["state"]),
        (S.PROCESSING, S.SUCCESS, ["state"]),
        (S.PLANNED, S.PROCESSING, ["state"]),
    ],
)
def test_every_difference_between_the_books_is_named(
    ours: LegState | None, theirs: LegState | None, kinds: list[str]
) -> None:
    (leg,) = plan(paid((M.WECHAT, 8000)), approved_fen=3000)
    left = None if ours is None else replace(leg, state=ours)
    right = None if theirs is None else RefundAnswer("RC1-1", theirs, 3000)
    assert [found.kind for found in compare("sandbox", left, right)] == kinds


def test_amount_and_state_are_two_differences() -> None:
    (leg,) = plan(paid((M.WECHAT, 8000)), approved_fen=3000)
    found = compare("sandbox", leg, RefundAnswer("RC1-1", S.SUCCESS, 2999))
    assert [(each.kind, each.our_fen, each.their_fen) for each in found] == [
        ("amount", 3000, 2999),
        ("state", 3000, 2999),
    ]
