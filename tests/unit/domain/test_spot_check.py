"""The sample of refunds that are looked at again."""

from backend.domain.spot_check import drawn

NUMBERS = [f"RC20261122{number:06d}-1" for number in range(20000)]


def test_the_share_that_is_drawn_is_the_one_asked_for() -> None:
    assert 900 <= sum(drawn(number, 5) for number in NUMBERS) <= 1100
    assert not any(drawn(number, 0) for number in NUMBERS)
    assert all(drawn(number, 100) for number in NUMBERS)


def test_a_refund_is_drawn_always_or_never_and_a_larger_share_draws_it_too() -> None:
    small = {number for number in NUMBERS if drawn(number, 5)}
    assert small == {number for number in NUMBERS if drawn(number, 5)}
    assert small < {number for number in NUMBERS if drawn(number, 6)}
