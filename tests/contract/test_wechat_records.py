"""The Official Account's books: calls that wait, grants that run out, one token for all processes."""

from dataclasses import replace

import pytest

from backend.domain.conversation import Delivery
from backend.domain.wechat import AFTER_CLICK, AFTER_MESSAGE, ANSWERED_WITHIN, REPEATED_FOR, AnswerPart
from backend.ports import World
from backend.services import wechat
from backend.services.conversations import open_conversation
from tests.clock import FakeClock
from tests.racing import race

USER = "o" * 28
HELLO, MORE = AnswerPart("hello", ("yes", "no"), numbered=True), AnswerPart("more")


def any_number(_parts: object) -> bool:
    return True


def test_what_is_said_while_a_call_waits_goes_into_it(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    assert wechat.add_part(each_world, USER, HELLO, any_number)
    assert wechat.add_part(each_world, USER, MORE, any_number)
    assert wechat.get_call(each_world, "m1").parts == (HELLO, MORE)


def test_nothing_goes_into_a_call_that_has_waited_long_enough(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER)
    clock.advance(seconds=ANSWERED_WITHIN.total_seconds() + 1)
    assert not wechat.add_part(each_world, USER, HELLO, any_number)


def test_nothing_goes_into_a_call_that_has_no_room(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER)
    assert not wechat.add_part(each_world, USER, HELLO, lambda parts: False)


def test_the_oldest_call_is_answered_first(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER)
    wechat.open_call(each_world, "m2", USER)
    wechat.add_part(each_world, USER, HELLO, any_number)
    assert wechat.get_call(each_world, "m1").parts and not wechat.get_call(each_world, "m2").parts


def test_a_call_that_comes_again_has_the_same_answer(each_world: World, clock: FakeClock) -> None:
    call = wechat.open_call(each_world, "m1", USER)
    assert wechat.end_call(each_world, call, "hello")
    clock.advance(seconds=5)
    assert wechat.open_call(each_world, "m1", USER).reply == "hello"
    assert not wechat.add_part(each_world, USER, MORE, any_number)


def test_a_call_that_got_no_answer_waits_again_when_it_is_repeated(each_world: World, clock: FakeClock) -> None:
    call = wechat.open_call(each_world, "m1", USER)
    wechat.end_call(each_world, call, "")
    assert not wechat.add_part(each_world, USER, HELLO, any_number)
    clock.advance(seconds=5)
    wechat.open_call(each_world, "m1", USER)
    assert wechat.add_part(each_world, USER, HELLO, any_number)


def test_what_was_added_meanwhile_is_not_lost_when_a_call_ends(each_world: World) -> None:
    call = wechat.open_call(each_world, "m1", USER)
    wechat.add_part(each_world, USER, HELLO, any_number)
    assert not wechat.end_call(each_world, call, "")
    assert wechat.get_call(each_world, "m1").parts == (HELLO,)


def test_what_an_answer_had_no_room_for_comes_with_the_next(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER)
    wechat.add_part(each_world, USER, HELLO, any_number)
    wechat.end_call(each_world, wechat.get_call(each_world, "m1"), "hello")
    wechat.hand_over(each_world, "m1", lambda _: [MORE])
    wechat.hand_over(each_world, "m1", lambda _: [])
    clock.advance(seconds=1)
    assert wechat.open_call(each_world, "m2", USER).parts == (MORE,)
    assert wechat.open_call(each_world, "m3", USER).parts == ()


def test_what_a_dead_process_had_to_answer_comes_with_the_next(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER)
    wechat.add_part(each_world, USER, HELLO, any_number)
    clock.advance(minutes=5)
    assert wechat.open_call(each_world, "m2", USER).parts == (HELLO,)


def test_an_answer_that_nobody_heard_comes_again_only_after_the_repeats(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER)
    wechat.add_part(each_world, USER, HELLO, any_number)
    wechat.end_call(each_world, wechat.get_call(each_world, "m1"), "hello")
    clock.advance(seconds=10)
    assert wechat.open_call(each_world, "m1", USER).reply == "hello"
    assert wechat.open_call(each_world, "m2", USER).parts == ()
    clock.advance(seconds=REPEATED_FOR.total_seconds())
    assert wechat.open_call(each_world, "m3", USER).parts == (HELLO,)


def test_what_wechat_did_not_wait_for_goes_back_into_the_outbox_once(each_world: World, clock: FakeClock) -> None:
    conversation = open_conversation(each_world, "wechat", USER)
    with each_world.write() as work:
        row = work.messages.queued(conversation.id, 1)[0]
        work.messages.settle(row.id, Delivery.SENT, clock.now())
        work.commit()
    wechat.open_call(each_world, "m1", USER)
    wechat.add_part(each_world, USER, replace(HELLO, row=row.id), any_number)
    wechat.end_call(each_world, wechat.get_call(each_world, "m1"), "hello")
    assert wechat.take_back_unheard(each_world) == 0, "WeChat may still repeat the call"
    clock.advance(seconds=REPEATED_FOR.total_seconds() + 1)
    assert sum(race(3, lambda _: wechat.take_back_unheard(each_world))) == 1
    with each_world.read() as work:
        assert [found.id for found in work.messages.queued(conversation.id, 5)] == [row.id]
    assert wechat.open_call(each_world, "m2", USER).parts == ()


def test_what_was_handed_over_stays_where_it_is(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER)
    wechat.add_part(each_world, USER, replace(HELLO, row=1), any_number)
    wechat.end_call(each_world, wechat.get_call(each_world, "m1"), "hello")
    wechat.hand_over(each_world, "m1", lambda _: [])
    clock.advance(minutes=5)
    assert wechat.take_back_unheard(each_world) == 0


def test_old_calls_are_forgotten(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER)
    clock.advance(seconds=REPEATED_FOR.total_seconds() + 60)
    wechat.open_call(each_world, "m2", USER)
    with each_world.read() as work:
        assert [call.key for call in work.wechat_calls.of_user(USER)] == ["m2"]


def test_a_call_can_be_hurried_only_when_there_is_something_to_say(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER)
    assert wechat.hurry(each_world, USER) is None
    wechat.add_part(each_world, USER, HELLO, any_number)
    assert wechat.hurry(each_world, USER) is not None
    assert wechat.get_call(each_world, "m1").until <= each_world.clock.now()


def test_five_messages_within_two_days_of_one(each_world: World, clock: FakeClock) -> None:
    assert wechat.spend(each_world, USER, 1) is None
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    assert [wechat.spend(each_world, USER, 1) for _ in range(6)] == [4, 3, 2, 1, 0, None]
    wechat.open_call(each_world, "m2", USER, AFTER_MESSAGE)
    assert wechat.spend(each_world, USER, 3) == 2
    assert wechat.spend(each_world, USER, 3) is None
    clock.advance(hours=48)
    assert wechat.spend(each_world, USER, 1) is None


def test_the_same_message_grants_once(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    wechat.spend(each_world, USER, 5)
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    assert wechat.spend(each_world, USER, 1) is None


def test_three_messages_within_a_minute_of_a_click(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "click", USER, AFTER_CLICK)
    assert [wechat.spend(each_world, USER, 1) for _ in range(2)] == [2, 1]
    clock.advance(minutes=2)
    assert wechat.spend(each_world, USER, 1) is None


def test_a_click_takes_nothing_away_from_what_a_message_granted(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    wechat.open_call(each_world, "click", USER, AFTER_CLICK)
    assert wechat.spend(each_world, USER, 1) == 7
    clock.advance(minutes=2)
    assert wechat.spend(each_world, USER, 1) == 4


def test_of_racing_processes_no_more_send_than_are_granted(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    granted = race(8, lambda _: wechat.spend(each_world, USER, 1))
    assert sorted(left for left in granted if left is not None) == [0, 1, 2, 3, 4]


def test_of_racing_calls_of_one_message_one_grants(each_world: World) -> None:
    race(4, lambda _: wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE))
    assert wechat.spend(each_world, USER, 5) == 0


def test_who_unsubscribed_is_known_until_they_write_again(each_world: World) -> None:
    assert wechat.follows(each_world, USER)
    wechat.follow(each_world, USER, follows=False)
    assert not wechat.follows(each_world, USER)
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    assert wechat.follows(each_world, USER)


def test_racing_processes_fetch_one_token(each_world: World) -> None:
    fetched: list[str] = []

    def fetch() -> tuple[str, int]:
        fetched.append("token")
        return f"token {len(fetched)}", 7200

    tokens = race(6, lambda _: wechat.access_token(each_world, "wx1", fetch))
    assert set(tokens) == {"token 1"}


def test_a_token_is_renewed_before_its_end_and_when_it_is_refused(each_world: World, clock: FakeClock) -> None:
    numbers = iter("123")

    def fetch() -> tuple[str, int]:
        return next(numbers), 7200

    assert wechat.access_token(each_world, "wx1", fetch) == "1"
    assert wechat.access_token(each_world, "wx1", fetch, refused="1") == "2"
    assert wechat.access_token(each_world, "wx1", fetch, refused="1") == "2"
    clock.advance(hours=2)
    assert wechat.access_token(each_world, "wx1", fetch) == "3"


def test_who_cannot_fetch_a_token_lets_the_next_try(each_world: World) -> None:
    def fail() -> tuple[str, int]:
        raise OSError("no way out")

    with pytest.raises(OSError, match="no way out"):
        wechat.access_token(each_world, "wx1", fail)
    assert wechat.access_token(each_world, "wx1", lambda: ("1", 7200)) == "1"


def test_that_an_account_may_only_answer_is_remembered_for_a_day(each_world: World, clock: FakeClock) -> None:
    wechat.access_token(each_world, "wx1", lambda: ("1", 7200))
    assert not wechat.answers_only(each_world, "wx1")
    wechat.set_answers_only(each_world, "wx1")
    assert wechat.answers_only(each_world, "wx1")
    clock.advance(hours=25)
    assert not wechat.answers_only(each_world, "wx1")
