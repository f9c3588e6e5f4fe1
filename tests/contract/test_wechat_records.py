"""The Official Account's books: calls that wait, grants that run out, one token for all processes."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine, Result

from backend.adapters.database import DatabaseUnitOfWork
from backend.bootstrap import open_backend
from backend.domain.conversation import Delivery, Ended
from backend.domain.wechat import AFTER_CLICK, AFTER_MESSAGE, ANSWERED_WITHIN, REPEATED_FOR, AnswerPart
from backend.ports import UnitOfWork, World
from backend.services import wechat
from backend.services.conversations import open_conversation
from backend.settings import read_settings
from tests.clock import FakeClock
from tests.racing import race
from tests.waiting import until

USER = "o" * 28
HELLO, MORE = AnswerPart("hello", ("yes", "no"), numbered=True), AnswerPart("more")


def left(world: World, messages: int) -> int | None:
    """Spend so many; how many are left, None where there were not enough."""
    spent = wechat.spend(world, USER, messages)
    return None if spent is None else spent.left


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
        work.messages.settle(row.id, Ended(Delivery.SENT, clock.now()))
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


def test_answers_that_nobody_heard_are_found_by_an_index(world: World, clock: FakeClock) -> None:
    """SQLite takes a partial index only where a query says just what the index does."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    wechat.take_back_unheard(world)
    event.remove(Engine, "before_cursor_execute", note)
    (query,) = [each for each in asked if "FROM wechat_call" in each]
    with world.read() as work:
        connection = cast(DatabaseUnitOfWork, work).connection
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (clock.now().isoformat(), 100, 0)).all()
    assert any("ix_wechat_call_unheard" in step.detail for step in plan)


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


def test_calls_that_owe_nothing_are_forgotten_for_those_who_never_come_back(
    each_world: World, clock: FakeClock
) -> None:
    for key in ("m1", "m2"):
        wechat.open_call(each_world, key, f"o{key}")
        wechat.add_part(each_world, f"o{key}", HELLO, any_number)
        wechat.end_call(each_world, wechat.get_call(each_world, key), "hello")
    wechat.hand_over(each_world, "m1", lambda _: [])
    wechat.hand_over(each_world, "m2", lambda _: [MORE])
    assert wechat.forget_ended(each_world) == 0
    clock.advance(seconds=wechat.REMEMBERED.total_seconds() + 60)
    assert wechat.forget_ended(each_world) == 1
    with each_world.read() as work:
        assert not work.wechat_calls.of_user("om1") and work.wechat_calls.of_user("om2")


def test_what_is_added_while_a_call_is_repeated_takes_nothing_away(
    postgres: str, tmp_path: Path, clock: FakeClock
) -> None:
    """On PostgreSQL alone two may write at once."""
    backend = open_backend(read_settings({"ANXIN_VAR": str(tmp_path), "ANXIN_DATABASE_URL": postgres}), clock=clock)
    world = backend.world
    wechat.open_call(world, "old", USER)
    wechat.add_part(world, USER, HELLO, any_number)
    clock.advance(minutes=1)
    with world.write() as work:
        work.wechat_calls.open("m1", USER, clock.now() + ANSWERED_WITHIN)
        work.commit()
    with ThreadPoolExecutor(2) as pool:
        with world.write() as work:  # whoever repeats the call is held up where it takes over what is owed
            _run(work, "SELECT 1 FROM wechat_call WHERE update_key = 'old' FOR UPDATE")
            repeated = pool.submit(wechat.open_call, world, "m1", USER)
            until(lambda: _waiting(work) == 1)
            added = pool.submit(wechat.add_part, world, USER, MORE, any_number)
            until(lambda: added.done() or _waiting(work) == 2)
        assert repeated.result().key == "m1" and added.result()
    assert wechat.get_call(world, "m1").parts == (HELLO, MORE)
    backend.close()


def _waiting(work: UnitOfWork) -> int:
    """How many transactions wait for others."""
    return int(_run(work, "SELECT count(*) FROM pg_locks WHERE NOT granted").scalar_one())


def _run(work: UnitOfWork, statement: str) -> Result:
    return cast(DatabaseUnitOfWork, work).connection.execute(text(statement))


def test_a_call_can_be_hurried_only_when_there_is_something_to_say(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER)
    assert wechat.hurry(each_world, USER) is None
    wechat.add_part(each_world, USER, HELLO, any_number)
    assert wechat.hurry(each_world, USER) is not None
    assert wechat.get_call(each_world, "m1").until <= each_world.clock.now()


def test_five_messages_within_two_days_of_one(each_world: World, clock: FakeClock) -> None:
    assert left(each_world, 1) is None
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    assert [left(each_world, 1) for _ in range(6)] == [4, 3, 2, 1, 0, None]
    wechat.open_call(each_world, "m2", USER, AFTER_MESSAGE)
    assert left(each_world, 3) == 2
    assert left(each_world, 3) is None
    clock.advance(hours=48)
    assert left(each_world, 1) is None


def test_the_same_message_grants_once(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    left(each_world, 5)
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    assert left(each_world, 1) is None


def test_three_messages_within_a_minute_of_a_click(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "click", USER, AFTER_CLICK)
    assert [left(each_world, 1) for _ in range(2)] == [2, 1]
    clock.advance(minutes=2)
    assert left(each_world, 1) is None


def test_a_click_takes_nothing_away_from_what_a_message_granted(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    wechat.open_call(each_world, "click", USER, AFTER_CLICK)
    assert left(each_world, 1) == 7
    clock.advance(minutes=2)
    assert left(each_world, 1) == 4


def test_what_was_not_sent_may_be_sent_again(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    spent = wechat.spend(each_world, USER, 3)
    assert spent is not None and spent.left == 2
    wechat.give_back(each_world, USER, spent, 2)
    assert left(each_world, 4) == 0


def test_what_a_click_granted_is_given_back_to_the_click(each_world: World, clock: FakeClock) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    wechat.open_call(each_world, "click", USER, AFTER_CLICK)
    spent = wechat.spend(each_world, USER, 2)
    assert spent is not None
    wechat.give_back(each_world, USER, spent, 2)
    clock.advance(minutes=2)
    assert left(each_world, 5) == 0 and left(each_world, 1) is None


@pytest.mark.parametrize("meanwhile", ["they wrote again", "WeChat takes no more"])
def test_nothing_is_given_back_to_a_grant_that_is_not_the_same_any_more(
    each_world: World, clock: FakeClock, meanwhile: str
) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    spent = wechat.spend(each_world, USER, 1)
    assert spent is not None
    clock.advance(seconds=5)
    if meanwhile == "they wrote again":
        wechat.open_call(each_world, "m2", USER, AFTER_MESSAGE)
        left(each_world, 1)
    else:
        wechat.exhaust(each_world, USER)
    wechat.give_back(each_world, USER, spent, 1)
    assert left(each_world, 1) == (3 if meanwhile == "they wrote again" else None)


def test_of_racing_processes_no_more_send_than_are_granted(each_world: World) -> None:
    wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE)
    granted = race(8, lambda _: left(each_world, 1))
    assert sorted(each for each in granted if each is not None) == [0, 1, 2, 3, 4]


def test_of_racing_calls_of_one_message_one_grants(each_world: World) -> None:
    race(4, lambda _: wechat.open_call(each_world, "m1", USER, AFTER_MESSAGE))
    assert left(each_world, 5) == 0


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
