"""The golden amounts of the rule book, section 6, from the order that was bought to the legs that are paid.

The arithmetic alone is in tests/unit/domain/test_refund.py; here it passes filing, approval, inspection and payout.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event as E
from backend.domain.order import OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.request import Reason, Remedy, Wish
from backend.errors import GuardRefused
from backend.ports import World
from backend.services.refunds import pay_refund
from bot import wording
from tests.integration.test_what_others_get_wrong import CUPS, a_shop, coupons_to_give_back, filed, paid_for
from tests.money import FINANCE, reserved
from tests.working import do, stored, under_rules

R, S = Role, State
WECHAT, BALANCE, POINTS = PaymentMethod.WECHAT, PaymentMethod.BALANCE, PaymentMethod.POINTS
COAT = OrderLine(1, "COAT", "羊毛大衣", "服饰", 1, 15000, 0, 12000)
SCARF = OrderLine(2, "SCARF", "羊毛围巾", "服饰", 1, 6000, 0, 4800)
CUP, POT = (
    OrderLine(1, "CUP", "手冲咖啡杯", "家居", 1, 9999, 0, 9999),
    OrderLine(2, "POT", "细口壶", "家居", 1, 5000, 0, 5000),
)
TWO = OrderLine(1, "CUP", "手冲咖啡杯", "家居", 2, 5000, 0, 10000)
FAULTY: dict[str, Any] = {"reason": Reason.QUALITY, "description": "漏水", "evidence": ("clip",)}


def paid_with(**parts: int) -> tuple[Payment, ...]:
    return tuple(Payment(PaymentMethod(method), f"{method}-1", fen) for method, fen in parts.items())


@dataclass(frozen=True)
class Golden:
    """An order, what is asked for of it one case after another as (goods, pieces), and the fen of each case's legs."""

    name: str
    lines: tuple[OrderLine, ...]
    asked: tuple[tuple[str, int], ...]
    legs: tuple[dict[PaymentMethod, int], ...]
    order: dict[str, Any]
    said: dict[str, Any]
    grade: str = "A"


def golden(
    name: str, lines: tuple[OrderLine, ...], asked: Any, legs: Any, *, said: Any = None, grade: str = "A", **order: Any
) -> Any:
    return pytest.param(Golden(name, lines, asked, legs, order, said or {}, grade), id=name)


GOLDEN = [
    golden("150 of 150+60 less 42", (COAT, SCARF), (("1", 1),), ({WECHAT: 12000},), order_discount_fen=4200),
    golden("three for 100.00", (CUPS,), (("1", 1),) * 3, ({WECHAT: 3333}, {WECHAT: 3333}, {WECHAT: 3334})),
    golden("all lines", (COAT, SCARF), (("all", 1),), ({WECHAT: 16800},), order_discount_fen=4200),
    golden("a part of a free-shipping order", (CUP, POT), (("2", 1),), ({WECHAT: 5000},)),
    golden(
        "a faulty whole order with shipping",
        (CUP,),
        (("1", 1),),
        ({WECHAT: 10799},),
        said=FAULTY,
        shipping_fen=800,
        paid_fen=10799,
        payments=paid_with(wechat=10799),
    ),
    golden("points only", (TWO,), (("1", 2),), ({POINTS: 10000},), payments=paid_with(points=10000), points_used=1000),
    golden(
        "half of what 80 and 20 paid",
        (TWO,),
        (("1", 1),),
        ({WECHAT: 4000, BALANCE: 1000},),
        payments=paid_with(wechat=8000, balance=2000),
    ),
    golden("grade B of 99.99", (CUP,), (("1", 1),), ({WECHAT: 8999},), grade="B"),
]


def paid_back(world: World, case: Case, grade: str) -> dict[PaymentMethod, int]:
    """Take a case from approval to payout; what goes to which payment."""
    do(world, case, E.APPROVE, R.SUPERVISOR)
    counted = {line.line_no: line.quantity or 0 for line in case.lines}
    do(world, case, E.RECEIVE, R.WAREHOUSE, counted=counted)
    grades = {line.line_no: grade for line in case.lines}
    if grade == "A":
        do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades=grades)
    else:
        do(world, case, E.INSPECT_FAIL, R.WAREHOUSE, grades=grades, photos=("shelf",), reason="轻微使用痕迹")
        do(world, case, E.ACCEPT_PARTIAL, R.CUSTOMER, consent="同意")
    pay_refund(world, case.case_no or "", FINANCE)
    with world.read() as work:
        return {leg.method: leg.amount_fen for leg in work.refunds.of_case(case.id)}


@pytest.mark.parametrize("one", GOLDEN)
def test_golden_amounts_are_paid_to_the_fen(world: World, one: Golden) -> None:
    a_shop(world, *one.lines, **one.order)
    legs = [
        paid_back(world, filed(world, goods, pieces, **{"wish": Wish.RETURN, **one.said}), one.grade)
        for goods, pieces in one.asked
    ]
    assert legs == list(one.legs)


def test_a_shop_may_have_one_payment_emptied_before_the_others(each_world: World) -> None:
    shop = under_rules(each_world, refund__drain_first=(BALANCE,))
    a_shop(shop, TWO, payments=paid_with(wechat=8000, balance=2000))
    case = filed(shop, "1", 1, wish=Wish.RETURN)
    assert case.verdict is not None
    told = [line.fen for line in case.verdict.breakdown if line.item == "back_to"]
    assert paid_back(shop, case, "A") == {WECHAT: 3000, BALANCE: 2000}
    assert told == [3000, 2000]


def test_golden_a_points_order_ends_without_a_provider(world: World) -> None:
    a_shop(world, TWO, payments=paid_with(points=10000), points_used=1000)
    case = filed(world, "1", 2)
    assert (case.refundable_fen, paid_back(world, case, "A")) == (0, {POINTS: 10000})
    assert stored(world, case).state is S.AWAITING_CONFIRM
    with world.read() as work:
        rows = [row for row in work.messages.queued(case.conversation_id, 100) if row.template]
    assert all(wording.render(row.template or "", row.payload["params"]).text for row in rows)


def test_golden_points_count_in_what_somebody_may_approve(world: World) -> None:
    a_shop(world, replace(TWO, paid_fen=60000), payments=paid_with(points=60000), points_used=6000)
    case = filed(world, "1", 2)
    with pytest.raises(GuardRefused, match="approval level 2"):
        do(world, case, E.APPROVE, R.AGENT)


def test_golden_money_never_goes_back_for_points(world: World) -> None:
    a_shop(world, TWO, payments=paid_with(wechat=8000, points=2000), points_used=200)
    case = filed(world, "1", 2)
    assert case.refundable_fen == 8000
    with pytest.raises(GuardRefused, match="8000"):
        do(world, case, E.APPROVE, R.MANAGER, amount_fen=8001, reason="补偿")


def test_golden_a_part_of_a_coupon_order_keeps_the_coupon(world: World) -> None:
    a_shop(world, COAT, SCARF, order_discount_fen=4200, coupon_code="NOV42", coupon_fen=4200)
    case = filed(world, "1")
    assert paid_back(world, case, "A") == {WECHAT: 12000}
    assert coupons_to_give_back(world, case) == []


def test_golden_a_second_refund_above_the_rest_is_refused(world: World) -> None:
    a_shop(world, CUPS)
    paid_back(world, filed(world), "A")
    case = filed(world)
    with pytest.raises(GuardRefused, match="6667"):
        do(world, case, E.APPROVE, R.MANAGER, amount_fen=6668, reason="补偿")
    assert reserved(world, case) == 3333


def test_golden_something_20_cheaper_pays_20_back(world: World) -> None:
    a_shop(world, CUP, status=OrderStatus.SIGNED)
    case = filed(world, "1", wish=Wish.PRICE_DIFFERENCE, reason=Reason.OTHER, description="买贵了")
    approved = do(world, case, E.APPROVE, R.AGENT, amount_fen=2000)
    assert (approved.state, approved.remedy) == (S.REFUND_PENDING, Remedy.PRICE_DIFFERENCE.value)
    assert paid_for(world, case).state is S.AWAITING_CONFIRM
    assert reserved(world, case) == 2000


def test_a_repair_that_fails_offers_no_more_money_than_the_goods_cost(world: World) -> None:
    a_shop(world, CUP, POT)
    case = filed(world, "2", wish=Wish.REPAIR, **FAULTY)
    do(world, case, E.APPROVE, R.AGENT)
    do(world, case, E.RECEIVE, R.WAREHOUSE, counted={2: 1})
    do(world, case, E.INSPECT_PASS, R.WAREHOUSE, grades={2: "A"})
    back: dict[str, Any] = {"remedy": Remedy.RETURN_REFUND, "reason": "主板损坏"}
    with pytest.raises(GuardRefused, match="to 5000 fen"):
        do(world, case, E.UNREPAIRABLE, R.REPAIR, amount_fen=5001, **back)

    do(world, case, E.UNREPAIRABLE, R.REPAIR, amount_fen=5000, **back)
    accepted = do(world, case, E.ACCEPT, R.CUSTOMER)
    assert (accepted.state, accepted.approved_fen) == (S.REFUND_PENDING, 5000)
