"""Order and stock files are read or refused by line, whatever is in them."""

import csv

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.adapters.order_feed import HEADER, read_order_file
from tests.feeds import ROW, a_feed

LARGEST = 2**63 - 1
TIMES = ["2026-13-45", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "signed "]
NUMBERS = ["-1", "0", "9" * 400, "1e9", "NaN", "٣", "13 800"]
PAYMENTS = ["wechat::1.00", "wechat:W1:", ";;", "W1:W2:W3:100.00"]
STRANGE = st.sampled_from([*TIMES, *NUMBERS, *PAYMENTS, "", "=1+1", '"', "\0", "\r", "字" * 500]) | st.text(max_size=12)


@settings(max_examples=150)
@given(st.lists(st.dictionaries(st.sampled_from(HEADER), STRANGE, max_size=3), min_size=1, max_size=4))
def test_a_file_that_was_changed_is_read_or_refused_by_line(changes: list[dict[str, str]]) -> None:
    try:
        raw = a_feed(*changes).encode()
    except csv.Error:  # Python writes no NUL; the other test does
        return
    found = read_order_file(raw, "orders.csv")
    orders, problems = found.orders, found.problems
    assert len(orders) + len(problems) > 0
    assert all(problem.line >= 1 and problem.reason for problem in problems)
    for each in orders:
        assert all(0 <= line.paid_fen <= LARGEST for line in each.order.lines)
        assert sum(payment.paid_fen for payment in each.order.payments) == each.order.paid_fen


@settings(max_examples=150)
@given(st.binary())
def test_what_is_no_order_file_is_refused(raw: bytes) -> None:
    found = read_order_file(raw, "orders.csv")
    assert found.orders == () and found.problems


@given(st.integers(0, 600), st.binary(max_size=6))
def test_a_file_with_other_bytes_in_it_is_read_or_refused(place: int, strange: bytes) -> None:
    whole = a_feed(ROW).encode()
    found = read_order_file(whole[:place] + strange + whole[place + len(strange) :], "orders.csv")
    assert found.orders or found.problems
