"""What a case pays back, to the fen: the golden cases of the rule book, section 6, and their laws."""

from collections.abc import Mapping
from datetime import datetime, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.domain.money import percent_of
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.refund import (
    AmountAboveRest,
    Deduction,
    PaymentPart,
    coupon_comes_back,
    discount_share,
    paid_shares,
    payment_parts,
    quote,
    refundable,
    shipping_back,
    split_over_payments,
)

WECHAT, BALANCE, POINTS = PaymentMethod.WECHAT, PaymentMethod.BALANCE, PaymentMethod.POINTS


def line(paid_fen: int, quantity: int = 1, *, line_no: int = 1, list_fen: int | None = None) -> OrderLine:
    unit = (paid_fen if list_fen is None else list_fen) // quantity
    return OrderLine(line_no, f"SKU-{line_no}", "杯子", "家居", quantity, unit, 0, paid_fen)


def order(*lines: OrderLine, payments: Mapping[PaymentMethod, int] | None = None, shipping_fen: int = 0) -> Order:
    total = sum(each.paid_fen for each in lines) + shipping_fen
    paid = payments or {WECHAT: total}
    return Order(
        order_no="202611010001",
        status=OrderStatus.SIGNED,
        placed_at=datetime(2026, 11, 1, tzinfo=timezone.utc),
        shipped_at=None,
        signed_at=None,
        buyer_name="张三",
        buyer_phone="13800001234",
        lines=lines,
        order_discount_fen=0,
        coupon_code="NOV20",
        coupon_fen=0,
        points_used=sum(fen for method, fen in paid.items() if method is POINTS),
        shipping_fen=shipping_fen,
        payments=tuple(Payment(method, f"P-{method.value}", fen) for method, fen in paid.items()),
        paid_fen=total,
    )


def legs(
    paid: Mapping[PaymentMethod, int],
    amount: int,
    reserved: Mapping[PaymentMethod, int] | None = None,
    first: tuple[PaymentMethod, ...] = (),
) -> dict[str, int]:
    held = reserved or {}
    parts = [PaymentPart(method, method.value, fen, held.get(method, 0)) for method, fen in paid.items()]
    return {leg.payment_no: leg.amount_fen for leg in split_over_payments(parts, amount, first)}


class TestGoldenCases:
    def test_d18_150_and_60_less_42_pay_120_back_for_the_150(self) -> None:
        """D18: shops that share the discount anew at each refund pay 108."""
        assert paid_shares([15000, 6000], 4200) == [12000, 4800]
        assert refundable(line(12000, list_fen=15000), 0, 1) == 12000
        assert discount_share(line(12000, list_fen=15000), 0, 1) == 3000

    def test_three_pieces_for_100_go_back_one_by_one(self) -> None:
        cups = line(10000, 3)
        assert [refundable(cups, already, 1) for already in range(3)] == [3333, 3333, 3334]

    def test_all_lines_returned_give_the_total_paid(self) -> None:
        shares = paid_shares([15000, 6000, 33], 4201)
        bought = order(*(line(paid, line_no=no) for no, paid in enumerate(shares, 1)))
        back = quote(
            [(refundable(each, 0, each.quantity), 0) for each in bought.lines],
            payment_parts(bought.payments, {}),
        )
        assert back.amount_fen == bought.paid_fen == 15000 + 6000 + 33 - 4201

    def test_a_free_shipping_order_loses_nothing_when_a_part_goes_back(self) -> None:
        bought = order(line(5000), line(6000, line_no=2))
        assert shipping_back(bought, allowed=False, already_fen=0) == 0
        assert quote([(5000, 0)], payment_parts(bought.payments, {})).amount_fen == 5000

    def test_the_coupon_stays_used_when_only_a_part_goes_back(self) -> None:
        """D3: a finished part return gave every coupon back."""
        bought = order(line(5000, 2), line(6000, line_no=2))
        assert not coupon_comes_back(bought, {1: 2}, expired=False)
        assert not coupon_comes_back(bought, {1: 1, 2: 1}, expired=False)
        assert coupon_comes_back(bought, {1: 2, 2: 1}, expired=False)
        assert not coupon_comes_back(bought, {1: 2, 2: 1}, expired=True)

    def test_a_quality_fault_of_the_whole_order_pays_goods_and_shipping(self) -> None:
        bought = order(line(5000), shipping_fen=800)
        back = quote(
            [(5000, 0)],
            payment_parts(bought.payments, {}),
            shipping_fen=shipping_back(bought, allowed=True, already_fen=0),
        )
        assert back.amount_fen == 5800

    def test_shipping_goes_back_once(self) -> None:
        assert shipping_back(order(line(5000), shipping_fen=800), allowed=True, already_fen=800) == 0

    def test_an_order_paid_with_points_only_pays_nothing_and_gives_the_points_back(self) -> None:
        bought = order(line(3000, 3), payments={POINTS: 3000})
        back = quote([(1000, 0)], payment_parts(bought.payments, {}))
        assert (back.amount_fen, back.points_fen) == (0, 1000)

    def test_80_by_wechat_and_20_by_balance_give_50_back_as_40_and_10(self) -> None:
        assert legs({WECHAT: 8000, BALANCE: 2000}, 5000) == {"wechat": 4000, "balance": 1000}

    def test_a_second_refund_above_the_rest_is_refused(self) -> None:
        with pytest.raises(AmountAboveRest) as refused:
            legs({WECHAT: 8000, BALANCE: 2000}, 5001, reserved={WECHAT: 4000, BALANCE: 1000})
        assert (refused.value.amount_fen, refused.value.rest_fen) == (5001, 5000)

    def test_an_exchange_for_something_20_cheaper_pays_20_back(self) -> None:
        assert legs({WECHAT: 10000}, 2000) == {"wechat": 2000}

    def test_grade_b_keeps_ten_percent_of_99_99(self) -> None:
        bought = order(line(9999))
        kept = Deduction("轻微使用痕迹", percent_of(9999, 10))
        back = quote([(9999, 0)], payment_parts(bought.payments, {}), deductions=[kept])
        assert (back.deducted_fen, back.amount_fen) == (1000, 8999)


def test_a_part_without_room_leaves_the_rest_to_the_others() -> None:
    assert legs({WECHAT: 8000, BALANCE: 2000}, 5000, reserved={BALANCE: 1900}) == {
        "wechat": 4900,
        "balance": 100,
    }


def test_deductions_never_pass_what_is_paid_back() -> None:
    back = quote([(500, 0)], [PaymentPart(WECHAT, "P", 500)], deductions=[Deduction("a", 300), Deduction("b", 300)])
    assert (back.deducted_fen, back.amount_fen) == (500, 0)


def test_what_is_not_left_of_the_payments_is_cut_and_told() -> None:
    back = quote([(500, 0)], [PaymentPart(WECHAT, "P", 500, reserved_fen=200)])
    assert (back.amount_fen, back.capped_fen) == (300, 200)


def test_a_discount_above_the_goods_is_refused() -> None:
    with pytest.raises(ValueError, match="exceeds"):
        paid_shares([100], 101)


@pytest.mark.parametrize(("already", "pieces"), [(0, 4), (3, 1), (-1, 1), (0, -1)])
def test_more_pieces_than_are_left_are_refused(already: int, pieces: int) -> None:
    with pytest.raises(ValueError, match="pieces left"):
        refundable(line(10000, 3), already, pieces)


def test_a_case_withdrawn_in_between_does_not_shift_a_fen() -> None:
    cups = line(10001, 3)
    second = refundable(cups, 1, 1)
    third = refundable(cups, 1, 1, already_fen=second)
    fourth = refundable(cups, 2, 1, already_fen=second + third)
    assert second + third + fourth == 10001


@given(paid=st.integers(0, 10**9), parts=st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_however_the_pieces_go_back_they_sum_to_what_was_paid(paid: int, parts: list[int]) -> None:
    goods = line(paid, sum(parts))
    befores = [sum(parts[:index]) for index in range(len(parts))]
    assert sum(refundable(goods, before, k) for before, k in zip(befores, parts, strict=True)) == paid


class TestDrainingInOrder:
    """`refund.drain_first`: payments that are emptied one after another."""

    def test_balance_first_gives_fifty_of_80_and_20_back_as_30_and_20(self) -> None:
        assert legs({WECHAT: 8000, BALANCE: 2000}, 5000, first=(BALANCE,)) == {"wechat": 3000, "balance": 2000}

    def test_what_the_first_has_room_for_leaves_the_others_alone(self) -> None:
        assert legs({WECHAT: 8000, BALANCE: 2000}, 1500, first=(BALANCE,)) == {"balance": 1500}

    def test_one_after_the_other_in_the_order_named(self) -> None:
        paid = {WECHAT: 5000, BALANCE: 2000, PaymentMethod.ALIPAY: 3000}
        given = legs(paid, 4000, first=(BALANCE, PaymentMethod.ALIPAY))
        assert given == {"balance": 2000, "alipay": 2000}

    def test_payments_not_named_share_what_is_left_in_proportion(self) -> None:
        paid = {WECHAT: 6000, BALANCE: 1000, PaymentMethod.ALIPAY: 3000}
        assert legs(paid, 4000, first=(BALANCE,)) == {"wechat": 2000, "balance": 1000, "alipay": 1000}

    def test_what_was_refunded_before_is_not_there_to_be_drained(self) -> None:
        assert legs({WECHAT: 8000, BALANCE: 2000}, 1000, {BALANCE: 2000}, first=(BALANCE,)) == {"wechat": 1000}

    def test_points_keep_their_proportion(self) -> None:
        paid = {WECHAT: 6000, POINTS: 2000, BALANCE: 2000}
        assert legs(paid, 5000, first=(BALANCE,)) == {"wechat": 2000, "points": 1000, "balance": 2000}

    def test_several_payments_of_one_method_share_in_proportion(self) -> None:
        parts = [PaymentPart(BALANCE, "a", 3000), PaymentPart(BALANCE, "b", 1000), PaymentPart(WECHAT, "c", 6000)]
        given = {leg.payment_no: leg.amount_fen for leg in split_over_payments(parts, 2000, (BALANCE,))}
        assert given == {"a": 1500, "b": 500}


METHODS = st.sampled_from([each for each in PaymentMethod if each is not POINTS])
PARTS = st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 10**7)), min_size=1, max_size=4)


@given(PARTS, st.data())
def test_legs_sum_to_the_amount_and_never_pass_a_payment(amounts: list[tuple[int, int]], data: st.DataObject) -> None:
    parts = [PaymentPart(WECHAT, str(no), paid, min(held, paid)) for no, (paid, held) in enumerate(amounts)]
    amount = data.draw(st.integers(0, sum(part.rest_fen for part in parts)))
    planned = split_over_payments(parts, amount)
    rest = {part.payment_no: part.rest_fen for part in parts}
    assert sum(leg.amount_fen for leg in planned) == amount
    assert all(0 < leg.amount_fen <= rest[leg.payment_no] for leg in planned)


@given(
    st.lists(st.tuples(st.sampled_from(PaymentMethod), st.integers(1, 10**6), st.integers(0, 10**6)), max_size=5),
    st.lists(METHODS, unique=True, max_size=3),
    st.data(),
)
def test_whatever_is_drained_first_the_sum_holds_and_no_payment_gives_more_than_it_has(
    paid: list[tuple[PaymentMethod, int, int]], first: list[PaymentMethod], data: st.DataObject
) -> None:
    parts = [PaymentPart(method, str(no), fen, min(held, fen)) for no, (method, fen, held) in enumerate(paid)]
    amount = data.draw(st.integers(0, sum(part.rest_fen for part in parts)))
    planned = split_over_payments(parts, amount, tuple(first))
    rest = {part.payment_no: part.rest_fen for part in parts}
    given = {leg.payment_no: leg.amount_fen for leg in planned}
    assert sum(given.values()) == amount
    assert all(0 < fen <= rest[no] for no, fen in given.items())
    points = sum(given.get(part.payment_no, 0) for part in parts if part.method is POINTS)
    assert points == sum(leg.amount_fen for leg in split_over_payments(parts, amount) if leg.method is POINTS)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6), st.data())
def test_no_line_is_ever_paid_less_than_nothing(totals: list[int], data: st.DataObject) -> None:
    discount = data.draw(st.integers(0, sum(totals)))
    shares = paid_shares(totals, discount)
    assert sum(shares) == sum(totals) - discount
    assert all(0 <= share <= total for share, total in zip(shares, totals, strict=True))


@given(st.integers(1, 10**6), st.lists(st.integers(1, 5000), min_size=2, max_size=5))
def test_refunds_one_after_another_use_up_every_payment_exactly(first: int, others: list[int]) -> None:
    paid = dict(zip((WECHAT, BALANCE), (first, others[0]), strict=True))
    assume(sum(paid.values()) >= sum(others[1:]))
    reserved = dict.fromkeys(paid, 0)
    for amount in [*others[1:], sum(paid.values()) - sum(others[1:])]:
        for payment_no, fen in legs(paid, amount, reserved).items():
            reserved[PaymentMethod(payment_no)] += fen
    assert reserved == paid
