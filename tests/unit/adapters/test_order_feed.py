"""Order files are read exactly as the contract says, and refused with file, line, column and reason."""

from datetime import datetime, timedelta, timezone

import pytest

from backend.adapters.order_feed import HEADER, MOST_PROBLEMS, parse_orders, read_order_file
from backend.demo.orders import demo_orders
from backend.domain.order import OrderStatus, Payment, PaymentMethod
from backend.errors import ImportRefused
from tests.clock import START
from tests.feeds import a_feed

# The rule book's example: 150 and 60 with 42 off the order, so the 150 were paid with 120.
GOLDEN = (
    {
        "quantity": "1",
        "unit_price": "150.00",
        "order_discount": "42.00",
        "payments": "wechat:W1:80.00;balance:B1:88.00",
        "amount_paid": "168.00",
    },
    {
        "line_no": "2",
        "quantity": "1",
        "unit_price": "60.00",
        "order_discount": "42.00",
        "payments": "wechat:W1:80.00;balance:B1:88.00",
        "amount_paid": "168.00",
    },
)


def _refused(text: str) -> ImportRefused:
    with pytest.raises(ImportRefused) as caught:
        parse_orders(text, file="orders.csv")
    assert caught.value.file == "orders.csv"
    return caught.value


def test_the_columns_are_those_of_the_contract() -> None:
    assert ",".join(HEADER) == (
        "order_no,status,placed_at,shipped_at,signed_at,buyer_name,buyer_phone,line_no,sku,title,category,quantity,"
        "unit_price,line_discount,order_discount,coupon_code,coupon_amount,points_used,shipping_fee,payments,amount_paid"
    )


def test_a_row_becomes_an_order() -> None:
    [found] = parse_orders(a_feed(), file="orders.csv")
    order = found.order
    assert (found.file, found.line) == ("orders.csv", 2)
    assert (order.order_no, order.status, order.buyer_phone) == ("A1001", OrderStatus.SIGNED, "13800006688")
    assert order.signed_at == datetime(2026, 11, 20, 4, 5, tzinfo=timezone.utc)
    assert order.payments == (Payment(PaymentMethod.WECHAT, "W1", 10000),)
    assert (order.lines[0].unit_price_fen, order.lines[0].paid_fen, order.paid_fen) == (5000, 10000, 10000)


def test_what_was_paid_for_each_line_is_frozen() -> None:
    [found] = parse_orders(a_feed(*GOLDEN), file="orders.csv")
    assert [line.paid_fen for line in found.order.lines] == [12000, 4800]


def test_rows_of_an_order_may_stand_apart_and_in_any_order() -> None:
    other = {"order_no": "A1002", "payments": "alipay:W2:100.00"}
    first, second = parse_orders(a_feed(GOLDEN[1], other, GOLDEN[0]), file="orders.csv")
    assert [line.line_no for line in first.order.lines] == [1, 2]
    assert (first.order.order_no, second.order.order_no, second.line) == ("A1001", "A1002", 3)


@pytest.mark.parametrize(
    "written",
    ["2026-11-20T12:05:00+08:00", "2026-11-20T04:05:00Z", "2026-11-20T12:05:00", "2026-11-20 12:05"],
)
def test_a_time_without_a_zone_is_in_the_merchants(written: str) -> None:
    [found] = parse_orders(a_feed({"signed_at": written}), file="orders.csv")
    assert found.order.signed_at == datetime(2026, 11, 20, 4, 5, tzinfo=timezone.utc)


def test_what_the_goods_do_not_have_may_be_left_empty() -> None:
    empty = dict.fromkeys(["line_discount", "order_discount", "coupon_amount", "points_used", "shipping_fee"], "")
    [found] = parse_orders(a_feed({**empty, "category": ""}), file="orders.csv")
    assert found.order.paid_fen == 10000


def test_points_are_a_payment() -> None:
    paid = {"payments": "wechat:W1:80.00;points:P1:20.00", "points_used": "2000"}
    [found] = parse_orders(a_feed(paid), file="orders.csv")
    assert found.order.payments[1] == Payment(PaymentMethod.POINTS, "P1", 2000)
    assert found.order.points_used == 2000


def test_an_order_that_was_cancelled_before_it_was_paid_is_taken() -> None:
    cancelled = {"status": "cancelled", "shipped_at": "", "signed_at": "", "payments": "", "amount_paid": "0.00"}
    [found] = parse_orders(a_feed(cancelled), file="orders.csv")
    assert (found.order.paid_fen, found.order.payments) == (0, ())


def test_a_formula_is_only_text() -> None:
    [found] = parse_orders(a_feed({"title": '=HYPERLINK("http://x";"杯")'}), file="orders.csv")
    assert found.order.lines[0].title == '=HYPERLINK("http://x";"杯")'


def test_the_buyers_tier_may_be_told_in_a_last_column() -> None:
    [found] = parse_orders(a_feed({"buyer_tier": "VIP"}, header=(*HEADER, "buyer_tier")), file="orders.csv")
    assert found.order.buyer_tier == "vip"
    assert parse_orders(a_feed(), file="orders.csv")[0].order.buyer_tier == ""


def test_the_tier_belongs_to_the_order_and_is_equal_on_all_its_rows() -> None:
    rows = ({**GOLDEN[0], "buyer_tier": "vip"}, {**GOLDEN[1], "buyer_tier": ""})
    error = _refused(a_feed(*rows, header=(*HEADER, "buyer_tier")))
    assert (error.line, error.column) == (3, "buyer_tier")


def test_excels_utf8_and_line_ends_are_read() -> None:
    raw = b"\xef\xbb\xbf" + a_feed().replace("\n", "\r\n").encode() + b"\r\n"
    [found] = read_order_file(raw, "orders.csv").orders
    assert found.order.buyer_name == "王小明"


def test_another_encoding_is_refused_with_its_line() -> None:
    [problem] = read_order_file(a_feed().encode("gb18030"), "orders.csv").problems
    assert "orders.csv:2: " in str(problem) and "不是 UTF-8" in problem.reason


@pytest.mark.parametrize(
    ("header", "column", "reason"),
    [
        (tuple(name for name in HEADER if name != "sku"), "sku", "表头缺少这些列：sku"),
        (
            ("Status", *(name for name in HEADER if name not in ("status", "sku")), "数量"),
            "status",
            "表头缺少这些列：status、sku；不认识的列：Status、数量",
        ),
        ((*HEADER, "sku"), "sku", "这一列出现了两次"),
    ],
    ids=["missing", "misspelt", "double"],
)
def test_a_wrong_header_names_the_column(header: tuple[str, ...], column: str, reason: str) -> None:
    error = _refused(a_feed(header=header))
    assert (error.line, error.column) == (1, column)
    assert reason in error.reason


def test_other_columns_are_told_and_not_read_and_columns_stand_in_any_order() -> None:
    header = ("weight", *reversed(HEADER), "备注")
    found = read_order_file(a_feed({"weight": "2 kg", "备注": "", "buyer_tier": ""}, header=header).encode(), "x.csv")
    assert (found.problems, found.ignored) == ((), ("weight", "备注"))
    assert [each.order for each in found.orders] == [parse_orders(a_feed(), file="x.csv")[0].order]


def test_every_mistake_of_a_row_is_told() -> None:
    wrong = {"status": "lost", "placed_at": "", "sku": "", "quantity": "0", "unit_price": "50", "payments": "cash"}
    told = read_order_file(a_feed({"order_no": "A1000"}, wrong).encode(), "orders.csv")
    assert [each.order.order_no for each in told.orders] == ["A1000"]
    assert {problem.line for problem in told.problems} == {3}
    assert sorted(problem.column for problem in told.problems) == sorted(wrong)


def test_what_does_not_go_together_is_told_as_a_whole() -> None:
    wrong = {"signed_at": "", "shipped_at": "2026-11-01", "coupon_amount": "5.00", "amount_paid": "90.00"}
    told = read_order_file(a_feed(wrong).encode(), "orders.csv").problems
    columns = ["signed_at", "shipped_at", "amount_paid", "coupon_amount", "payments"]
    assert [problem.column for problem in told] == columns


def test_a_file_of_nothing_but_mistakes_is_not_read_to_its_end() -> None:
    rows = [{"order_no": f"B{number}", "unit_price": "5"} for number in range(MOST_PROBLEMS + 5)]
    assert len(read_order_file(a_feed(*rows).encode(), "orders.csv").problems) == MOST_PROBLEMS


def test_an_empty_file_has_no_header() -> None:
    assert _refused("").column == "order_no"


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"unit_price": "-50.00"}, "unit_price", "-50.00 是负数"),
        ({"unit_price": "50"}, "unit_price", "两位小数"),
        ({"unit_price": "50.000"}, "unit_price", "两位小数"),
        ({"unit_price": "1,050.00"}, "unit_price", "两位小数"),
        ({"unit_price": "５０.００"}, "unit_price", "两位小数"),
        ({"unit_price": "99999999999.00"}, "unit_price", "超过"),
        ({"unit_price": ""}, "unit_price", "不能为空"),
        ({"line_discount": "100.01"}, "line_discount", "超过了这一行的金额"),
        ({"order_discount": "100.01"}, "order_discount", "超过了商品总价"),
        ({"coupon_code": "NEW", "coupon_amount": "5.00"}, "coupon_amount", "包含在 order_discount 里"),
        ({"payments": "wechat:W1:99.00"}, "payments", "各项之和不等于 amount_paid"),
        ({"payments": "wechat:W1:50.00;wechat:W1:50.00"}, "payments", "出现了两次"),
        ({"payments": "wechat:100.00"}, "payments", "方式:支付单号:金额"),
        ({"payments": "cash:W1:100.00"}, "payments", "可用：wechat、alipay、card、balance、points"),
        ({"payments": "wechat:W1:-100.00"}, "payments", "负数"),
        ({"payments": "wechat:W1:99.00", "amount_paid": "99.00"}, "amount_paid", "即 100.00"),
        ({"shipping_fee": "6.00"}, "amount_paid", "即 106.00"),
        ({"quantity": "0"}, "quantity", "不是 1 到"),
        ({"quantity": "1.5"}, "quantity", "不是 1 到"),
        ({"line_no": "一"}, "line_no", "不是 1 到"),
        ({"points_used": "-1"}, "points_used", "不是 0 到"),
        ({"status": "lost"}, "status", "可用：paid、shipped、signed、completed、cancelled"),
        ({"placed_at": ""}, "placed_at", "不能为空"),
        ({"placed_at": "20/11/2026"}, "placed_at", "不是时间；请写成"),
        ({"placed_at": "2026-02-30T10:00:00"}, "placed_at", "不是时间；请写成"),
        ({"placed_at": "0001-01-01"}, "placed_at", "不是时间；请写成"),
        ({"signed_at": ""}, "signed_at", "要有签收时间"),
        ({"shipped_at": "2026-11-09T10:00:00"}, "shipped_at", "早于 placed_at"),
        ({"signed_at": "2026-11-10T21:00:00"}, "signed_at", "早于 shipped_at"),
        ({"buyer_phone": "138****6688"}, "buyer_phone", "后四位用来核实买家"),
        ({"buyer_name": "王" * 101}, "buyer_name", "超过 100 个字"),
        ({"title": ""}, "title", "不能为空"),
        ({"order_no": "A 1001"}, "order_no", "字母、数字"),
        ({"order_no": "../../etc"}, "order_no", "字母、数字"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_wrong_cell_is_named(change: dict[str, str], column: str, reason: str) -> None:
    error = _refused(a_feed({"order_no": "A1000"}, change))
    assert (error.line, error.column) == (3, column)
    assert reason in error.reason


def test_a_repeated_line_of_an_order_is_refused() -> None:
    error = _refused(a_feed({}, {}))
    assert (error.line, error.column, error.reason) == (3, "line_no", "订单 A1001 的第 1 行出现了两次")


@pytest.mark.parametrize("column", ["status", "buyer_phone", "payments", "amount_paid", "coupon_code"])
def test_what_belongs_to_the_order_is_equal_on_all_its_rows(column: str) -> None:
    error = _refused(a_feed(GOLDEN[0], {**GOLDEN[1], column: "other"}))
    assert (error.line, error.column) == (3, column)
    assert "与同一订单第 2 行的" in error.reason


def test_a_row_with_a_cell_too_few_or_too_many_is_refused() -> None:
    assert "20 格" in _refused(a_feed().rpartition(",")[0] + "\n").reason
    assert "22 格" in _refused(a_feed().rstrip() + ",more\n").reason


def test_a_line_after_a_cell_of_several_lines_is_counted_right() -> None:
    error = _refused(a_feed({"title": "杯\n子"}, {"order_no": "A1002", "quantity": "0"}))
    assert error.line == 4


def test_quotes_that_do_not_close_are_refused() -> None:
    assert "不是有效的 CSV" in _refused(a_feed() + 'A1002,"signed\n').reason


def test_the_demo_shop_tells_its_days_from_now() -> None:
    orders = {each.order.order_no: each.order for each in demo_orders(START)}
    assert len(orders) == 14
    assert {order.status for order in orders.values()} == set(OrderStatus)
    cup = orders["880010010001"]
    assert cup.signed_at == datetime(2026, 11, 20, 4, 5, tzinfo=timezone.utc)
    assert orders["880010010005"].placed_at == START - timedelta(hours=3)
    assert all(order.placed_at < START for order in orders.values())
