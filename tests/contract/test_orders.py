"""What `ports.Orders` promises, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from backend.adapters.database import Database
from backend.domain.order import Order, OrderLine, OrderStatus, Payment, PaymentMethod
from backend.errors import Conflict
from tests.builders import an_order
from tests.clock import START
from tests.racing import race


def _put(database: Database, *orders: Order) -> None:
    with database.write() as work:
        work.orders.put(*orders)
        work.commit()


def _claim(database: Database, quantity: int) -> bool:
    with database.write() as work:
        try:
            work.orders.claim_pieces("A1001", 1, quantity)
        except Conflict:
            return False
        work.commit()
        return True


def _claimed(database: Database) -> dict[int, int]:
    with database.read() as work:
        return work.orders.claimed_pieces("A1001")


def test_an_order_comes_back_as_it_was_put(each_database: Database) -> None:
    order = an_order(
        lines=(
            OrderLine(1, "CUP", "杯", "家居", 1, 8000, 500, 6000),
            OrderLine(2, "TEA", "茶", "食品", 2, 2000, 0, 4000),
        ),
        order_discount_fen=1500,
        coupon_code="NEW15",
        coupon_fen=1500,
        points_used=300,
        shipping_fen=600,
        payments=(Payment(PaymentMethod.WECHAT, "W1", 10300), Payment(PaymentMethod.POINTS, "P1", 300)),
        paid_fen=10600,
    )
    _put(each_database, order)
    with each_database.read() as work:
        assert work.orders.get("A1001") == order
        assert work.orders.count() == 1


def test_a_number_that_nobody_knows_gives_nothing(each_database: Database) -> None:
    with each_database.read() as work:
        assert work.orders.get("A1001") is None
        assert work.orders.customer_of("A1001") is None


def test_orders_of_one_telephone_belong_to_one_customer_newest_first(each_database: Database) -> None:
    late = an_order("A1002", placed_at=START + timedelta(days=1))
    other = an_order("A1003", buyer_phone="13900001111")
    _put(each_database, an_order("A1001"), late, other)
    with each_database.read() as work:
        customer_id = work.orders.customer_of("A1001")
        assert customer_id is not None and customer_id != work.orders.customer_of("A1003")
        assert [order.order_no for order in work.orders.of_customer(customer_id, 10)] == ["A1002", "A1001"]
        assert [order.order_no for order in work.orders.of_customer(customer_id, 1)] == ["A1002"]


def test_a_known_order_takes_a_new_status_and_times(each_database: Database) -> None:
    shipped = an_order(status=OrderStatus.SHIPPED, signed_at=None)
    _put(each_database, shipped)
    _put(each_database, an_order(signed_at=START + timedelta(days=2)))
    with each_database.read() as work:
        assert work.orders.get("A1001") == an_order(signed_at=START + timedelta(days=2))


def test_numbers_are_found_in_any_case_and_with_any_separators(each_database: Database) -> None:
    _put(each_database, an_order("DD_2024-88"), an_order("a-1001"), an_order("A1001"))
    with each_database.read() as work:
        assert work.orders.spelled_like("dd202488") == ["DD_2024-88"]
        assert work.orders.spelled_like("a_1001") == ["A1001", "a-1001"]
        assert work.orders.spelled_like("A1002") == []


def test_the_buyers_tier_is_the_one_told_last_and_stays_where_none_is_told(each_database: Database) -> None:
    _put(each_database, an_order("A1001", buyer_tier="gold"))
    _put(each_database, an_order("A1001"), an_order("A1002", buyer_tier="vip"))
    _put(each_database, an_order("A1003"))
    with each_database.read() as work:
        found = [work.orders.get(number) for number in ("A1001", "A1002", "A1003")]
    assert [order.buyer_tier for order in found if order is not None] == ["vip"] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"paid_fen": 9999},
        {"shipping_fen": 1},
        {"coupon_code": "OTHER"},
        {"buyer_phone": "13900001111"},
        {"payments": (Payment(PaymentMethod.ALIPAY, "WX-A1001", 10000),)},
        {"lines": (OrderLine(1, "CUP", "手冲咖啡杯", "家居", 3, 5000, 0, 10000),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_goods_and_money_of_a_known_order_never_change(each_database: Database, change: dict[str, Any]) -> None:
    _put(each_database, an_order())
    with each_database.write() as work, pytest.raises(Conflict, match="A1001 的买家、商品或金额与已导入的不同"):
        work.orders.put(replace(an_order(), **change))
    with each_database.read() as work:
        assert work.orders.get("A1001") == an_order()


def test_pieces_under_a_case_cannot_be_claimed_again_until_they_are_free(each_database: Database) -> None:
    _put(each_database, an_order())
    assert _claim(each_database, 2)
    assert not _claim(each_database, 1)
    with each_database.write() as work:
        work.orders.free_pieces("A1001", 1, 1)
        work.commit()
    assert _claimed(each_database) == {1: 1}
    assert _claim(each_database, 1)


def test_more_pieces_than_are_claimed_cannot_be_freed(each_database: Database) -> None:
    _put(each_database, an_order())
    with each_database.write() as work, pytest.raises(IntegrityError):
        work.orders.free_pieces("A1001", 1, 1)


def test_racing_claims_never_take_more_than_was_bought(each_database: Database) -> None:
    _put(each_database, an_order())
    taken = race(8, lambda _number: _claim(each_database, 1))
    assert sorted(taken) == [False] * 6 + [True] * 2
    assert _claimed(each_database) == {1: 2}


def test_many_orders_at_once_are_counted_as_new_or_known(each_database: Database) -> None:
    _put(each_database, an_order("A0003"))
    many = [an_order(f"A{number:04d}", buyer_phone=f"1390000{number % 7:04d}") for number in range(1200)]
    many[3] = an_order("A0003", status=OrderStatus.COMPLETED)
    with each_database.write() as work:
        assert work.orders.put(*many) == 1199
        work.commit()
    with each_database.read() as work:
        assert work.orders.count() == 1200
        assert [work.orders.get(order.order_no) for order in (many[0], many[3], many[1199])] == [
            many[0],
            many[3],
            many[1199],
        ]


def test_racing_imports_of_one_order_store_it_once(each_database: Database) -> None:
    race(4, lambda _number: _put(each_database, an_order()))
    with each_database.read() as work:
        assert work.orders.count() == 1
        assert work.orders.get("A1001") == an_order()


def test_a_time_without_a_zone_is_refused(each_database: Database) -> None:
    with each_database.write() as work, pytest.raises(StatementError, match="a time without a zone"):
        work.orders.put(an_order(placed_at=datetime(2026, 11, 22, 10, 0)))
