"""Order files on their way into the database: all of a file or nothing, and frozen once it is there."""

from datetime import timedelta

import pytest

from backend.adapters.order_feed import parse_orders
from backend.demo.orders import demo_orders
from backend.domain.order import FeedOrder, Order, OrderStatus
from backend.errors import ImportRefused, OrderNotFound
from backend.ports import World
from backend.services.orders import Imported, import_orders, load_demo, show_order
from tests.builders import a_conversation, a_filed_case
from tests.clock import START, FakeClock
from tests.feeds import a_feed


def _feed(*changes: dict[str, str]) -> list[FeedOrder]:
    return parse_orders(a_feed(*changes), file="orders.csv")


def _numbers(world: World) -> int:
    with world.read() as work:
        return work.orders.count()


def _required(orders: list[Order] | None) -> list[Order]:
    assert orders is not None
    return orders


def test_a_file_is_imported_on_both_databases(each_world: World) -> None:
    assert import_orders(each_world, _feed({}, {"order_no": "A1002"})) == Imported(new=2, known=0)
    order, claimed = show_order(each_world, "A1002")
    assert (order.paid_fen, order.lines[0].paid_fen, claimed) == (10000, 10000, {1: 0})


def test_importing_again_brings_status_and_times_up_to_date(world: World) -> None:
    import_orders(world, _feed({"status": "shipped", "signed_at": ""}))
    assert import_orders(world, _feed({}, {"order_no": "A1002"})) == Imported(new=1, known=1)
    order, _ = show_order(world, "A1001")
    assert order.status is OrderStatus.SIGNED and order.signed_at is not None


def test_changed_money_of_a_known_order_refuses_the_whole_file(each_world: World) -> None:
    import_orders(each_world, _feed())
    dearer = {"unit_price": "60.00", "payments": "wechat:W1:120.00", "amount_paid": "120.00"}
    with pytest.raises(ImportRefused) as caught:
        import_orders(each_world, _feed({"order_no": "A1002"}, dearer))
    error = caught.value
    assert (error.file, error.line, error.column) == ("orders.csv", 3, "order_no")
    assert "A1001 的买家、商品或金额与已导入的不同" in error.reason
    assert _numbers(each_world) == 1


def test_an_unknown_order_cannot_be_shown(world: World) -> None:
    with pytest.raises(OrderNotFound):
        show_order(world, "A1001")


def test_the_demo_is_loaded_into_an_empty_shop_and_its_times_move_with_the_clock(
    world: World, clock: FakeClock
) -> None:
    first = {order.order_no: order for order in _required(load_demo(world, demo_orders(clock.now())))}
    clock.advance(days=3)
    later = {order.order_no: order for order in _required(load_demo(world, demo_orders(clock.now())))}
    assert first.keys() == later.keys() and len(later) == 14
    before, after = first["880010010001"].signed_at, later["880010010001"].signed_at
    assert before is not None and after == before + timedelta(days=3)


def test_the_demo_leaves_a_shop_with_orders_of_its_own_alone(world: World) -> None:
    import_orders(world, _feed())
    assert load_demo(world, demo_orders(START)) is None
    assert _numbers(world) == 1


def test_the_demo_does_not_move_an_order_that_has_a_case(world: World, clock: FakeClock) -> None:
    load_demo(world, demo_orders(clock.now()))
    before, _ = show_order(world, "880010010001")
    with world.write() as work:
        work.conversations.open(a_conversation())
        work.cases.add(a_filed_case(order_no="880010010001"))
        work.commit()
    clock.advance(days=3)
    load_demo(world, demo_orders(clock.now()))
    assert show_order(world, "880010010001")[0] == before
