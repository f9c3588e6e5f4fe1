"""Money is written, read and shared out without losing a fen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.money import allocate, parse_yuan, percent_of, price, yuan

FEN = st.integers(min_value=0, max_value=10**12)
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (1234, "12.34"), (-5, "-0.05"), (100000, "1000.00")]
)
def test_fen_are_written_as_yuan_with_two_decimals(fen: int, text: str) -> None:
    assert yuan(fen) == text


@pytest.mark.parametrize(
    "text", ["12.3", "12", "12.345", ".50", "1,200.00", "-1.00", " 1.00", "012.00", "１.００", "1e2", ""]
)
def test_any_other_form_of_an_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two decimals"):
        parse_yuan(text)


@given(FEN)
def test_what_is_written_reads_back_the_same(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen


@given(FEN, WEIGHTS)
def test_shares_sum_to_the_total(total: int, weights: list[int]) -> None:
    if sum(weights) == 0:
        total = 0
    assert sum(allocate(total, weights)) == total


@given(FEN, WEIGHTS)
def test_each_share_is_within_one_fen_of_its_exact_part(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    if whole:
        parts = allocate(total, weights)
        assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


@given(WEIGHTS, st.data())
def test_no_share_exceeds_its_weight_while_the_total_does_not(weights: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(min_value=0, max_value=sum(weights)))
    assert all(part <= weight for part, weight in zip(allocate(total, weights), weights, strict=True))


def test_a_tie_goes_to_the_earlier_part() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]


@pytest.mark.parametrize(("total", "weights"), [(1, [0, 0]), (-1, [1]), (1, [2, -1]), (1, [])])
def test_what_cannot_be_shared_is_refused(total: int, weights: list[int]) -> None:
    with pytest.raises(ValueError, match="cannot share"):
        allocate(total, weights)


@pytest.mark.parametrize(("fen", "text"), [(1234, "¥12.34"), (0, "¥0.00"), (-858, "-¥8.58"), (-5, "-¥0.05")])
def test_an_amount_carries_its_sign_before_the_currency(fen: int, text: str) -> None:
    assert price(fen) == text


def test_ten_percent_of_99_99_are_ten_yuan() -> None:
    assert percent_of(9999, 10) == 1000
