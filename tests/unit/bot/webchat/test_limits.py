"""How fast one customer may write."""

from bot.channels.webchat.limits import RateLimit


class Seconds:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_allowed_and_then_one_at_a_time() -> None:
    clock = Seconds()
    limit = RateLimit(burst=20, seconds=10, clock=clock)
    assert [limit.seconds_to_wait("a") for _ in range(20)] == [0.0] * 20
    assert limit.seconds_to_wait("a") == 0.5
    clock.now = 0.5
    assert limit.seconds_to_wait("a") == 0.0
    assert limit.seconds_to_wait("a") == 0.5


def test_one_customer_does_not_use_up_anothers_permits() -> None:
    limit = RateLimit(burst=1, seconds=10, clock=Seconds())
    assert limit.seconds_to_wait("a") == 0.0
    assert limit.seconds_to_wait("b") == 0.0


def test_customers_who_have_gone_are_forgotten() -> None:
    clock = Seconds()
    limit = RateLimit(burst=1, seconds=1, clock=clock)
    for number in range(10_000):
        limit.seconds_to_wait(str(number))
    clock.now = 2.0
    limit.seconds_to_wait("last")
    assert len(limit._buckets) == 1
