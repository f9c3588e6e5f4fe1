"""Laws of the verdict that hold for any order: it never stumbles, never pays too much, and is quick."""

import time
from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from backend.adapters.rule_book import load_rule_book
from backend.domain.judging import JudgedRequest, judge
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.domain.request import Reason, Wish
from tests.unit.rules.orders import EVERY_KIND, an_order, asking, at, cups

BOOK = load_rule_book()
SOON = at("2026-11-04 12:00:00")
LATE = at("2026-11-30 12:00:00")

FEN = st.integers(0, 10**7)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(timezone.utc))


@st.composite
def orders(draw: st.DrawFn) -> Order:
    lines = tuple(
        OrderLine(
            number, f"S{number}", "物", draw(st.sampled_from(["家居", "定作"])), draw(st.integers(1, 5)), price, 0, paid
        )
        for number, (price, paid) in enumerate(draw(st.lists(st.tuples(FEN, FEN), min_size=1, max_size=3)), 1)
    )
    payments = tuple(
        Payment(method, f"P-{method.value}", draw(FEN))
        for method in draw(st.lists(st.sampled_from(PaymentMethod), max_size=3, unique=True))
    )
    return Order(
        order_no="1",
        status=draw(st.sampled_from(OrderStatus)),
        placed_at=draw(MOMENTS),
        shipped_at=draw(st.none() | MOMENTS),
        signed_at=draw(st.none() | MOMENTS),
        buyer_name="",
        buyer_phone="",
        lines=lines,
        order_discount_fen=draw(FEN),
        coupon_code="",
        coupon_fen=0,
        points_used=0,
        shipping_fen=draw(FEN),
        payments=payments,
        paid_fen=sum(payment.paid_fen for payment in payments),
    )


@st.composite
def requests(draw: st.DrawFn) -> JudgedRequest:
    order = draw(orders())
    pieces = st.tuples(st.integers(0, 4), st.integers(-2, 9))
    return JudgedRequest(
        order=order,
        lines=tuple(draw(st.lists(pieces, max_size=4))),
        wish=draw(st.sampled_from(Wish)),
        reason=draw(st.sampled_from(Reason)),
        intact=draw(st.none() | st.booleans()),
        evidence=tuple(draw(st.lists(st.sampled_from(EVERY_KIND), max_size=4))),
        evidence_checked=draw(st.booleans()),
        claimed=draw(st.dictionaries(st.integers(1, 3), st.integers(0, 9))),
        shipping_refunded_fen=draw(FEN),
        reserved={(each.method, each.payment_no): draw(FEN) for each in order.payments},
        not_received=draw(st.booleans()),
        exchanges=draw(st.integers(0, 3)),
    )


@given(requests(), MOMENTS)
def test_no_order_makes_the_judge_stumble_or_pay_more_than_is_left(request: JudgedRequest, now: datetime) -> None:
    verdict = judge(request, BOOK, now)
    money = [each for each in request.order.payments if each.method is not PaymentMethod.POINTS]
    left = sum(max(each.paid_fen - request.reserved[each.method, each.payment_no], 0) for each in money)
    assert 0 <= verdict.refundable_fen <= verdict.most_fen <= left
    counted = ("goods", "shipping", "deduction", "capped", "points")
    assert sum(each.fen for each in verdict.breakdown if each.item in counted) == verdict.refundable_fen
    assert sum(each.fen for each in verdict.breakdown if each.item == "back_to") == verdict.refundable_fen


@given(st.integers(0, 10**7), st.lists(st.integers(1, 4), min_size=1, max_size=6), st.sampled_from(Reason))
def test_a_line_given_back_bit_by_bit_pays_exactly_its_price(paid: int, parts: list[int], reason: Reason) -> None:
    order = an_order(cups(paid, sum(parts)), status=OrderStatus.PAID)
    taken, given_back = 0, 0
    for pieces in parts:
        reserved = {(PaymentMethod.WECHAT, "P1"): given_back}
        request = asking(Wish.REFUND, reason, order, lines=((1, pieces),), claimed={1: taken}, reserved=reserved)
        given_back += judge(request, BOOK, SOON).most_fen
        taken += pieces
    assert given_back == paid


def test_a_verdict_takes_well_under_a_millisecond() -> None:
    request = asking(Wish.RETURN, Reason.QUALITY)
    runs = [_seconds(request) for _ in range(200)]
    assert sorted(runs)[len(runs) // 2] < timedelta(milliseconds=1).total_seconds()


def _seconds(request: JudgedRequest) -> float:
    start = time.thread_time()
    judge(request, BOOK, LATE)
    return time.thread_time() - start
