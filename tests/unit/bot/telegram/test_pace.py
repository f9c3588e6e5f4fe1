"""How fast we send: a little at once, then what the platform asks for; nobody waits long in hand."""

import pytest

from bot.channels.telegram.pace import LONGEST_WAIT, Flow, Pace
from bot.delivery import Busy


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def pace(watch: Watch) -> Pace:
    return Pace(watch)


def test_a_chat_gets_a_few_at_once_and_then_one_a_second(pace: Pace) -> None:
    waits = [pace.reserve(1, 1) for _ in range(6)]
    assert waits == [pytest.approx(seconds, abs=0.1) for seconds in (0, 0, 0, 1, 2, 3)]


def test_chats_do_not_wait_for_each_other_while_all_together_are_slow_enough(pace: Pace, watch: Watch) -> None:
    for chat_id in range(60):
        watch.now += 0.05
        assert pace.reserve(chat_id, 1) == 0.0


def test_all_together_never_send_more_than_thirty_within_any_second(pace: Pace, watch: Watch) -> None:
    times = []
    for chat_id in range(120):
        times.append(watch.now + pace.reserve(chat_id, 1))
    assert max(sum(begin <= each < begin + 1 for each in times) for begin in times) <= 30


def test_who_would_wait_long_goes_back_into_the_outbox_and_takes_no_turn(pace: Pace, watch: Watch) -> None:
    while True:
        try:
            pace.reserve(1, 1)
        except Busy as busy:
            assert LONGEST_WAIT < busy.seconds <= LONGEST_WAIT + 1
            break
    watch.now += 1
    assert pace.reserve(1, 1) == pytest.approx(LONGEST_WAIT)


def test_a_long_text_takes_as_many_turns_as_it_has_parts(pace: Pace) -> None:
    assert pace.reserve(1, 3) < 0.1
    assert pace.reserve(1, 1) == pytest.approx(1)


def test_a_chat_that_was_told_to_wait_waits_and_others_do_not(pace: Pace, watch: Watch) -> None:
    pace.rest(1, 30)
    with pytest.raises(Busy) as told:
        pace.reserve(1, 1)
    assert told.value.seconds == 30 and pace.reserve(2, 1) == 0.0
    watch.now += 30
    assert pace.reserve(1, 1) == 0.0


def test_when_two_chats_were_told_to_wait_all_do(pace: Pace) -> None:
    pace.rest(1, 30)
    pace.rest(2, 20)
    with pytest.raises(Busy) as told:
        pace.reserve(3, 1)
    assert told.value.seconds == 20


def test_chats_of_long_ago_are_forgotten(watch: Watch) -> None:
    flow = Flow(interval=1, burst=1)
    for chat_id in range(10_001):
        watch.now += 2
        flow.take(chat_id, 1, watch.now)
    assert flow.wait(5, 1, watch.now) == 0.0
