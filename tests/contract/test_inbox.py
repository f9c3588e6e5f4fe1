"""What `ports.Inbox` promises, on both databases: each update kept once, taken once, in its user's order."""

from datetime import datetime, timedelta

import pytest

from backend.adapters.database import Database
from backend.domain.inbox import KeptUpdate, PlatformUpdate
from tests.clock import START
from tests.racing import race

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def database(each_database: Database) -> Database:
    return each_database


def an_update(ranking: int = 1, **changes: str) -> PlatformUpdate:
    """A line of the user `u1` of Telegram."""
    made = {"channel": "telegram", "channel_user_id": "u1", "key": f"k{ranking}", "album": "", **changes}
    return PlatformUpdate(ranking=ranking, body={"text": f"第 {ranking} 句"}, **made)


def keep(database: Database, update: PlatformUpdate, at: datetime = START, due_at: datetime = START) -> bool:
    with database.write() as work:
        kept = work.inbox.keep(update, at, due_at)
        work.commit()
    return kept


def first(database: Database, user_id: str = "u1") -> list[KeptUpdate]:
    with database.read() as work:
        return work.inbox.first("telegram", user_id)


def keys(found: list[KeptUpdate]) -> list[str]:
    return [each.update.key for each in found]


def lease(database: Database, found: list[KeptUpdate], now: datetime = START) -> bool:
    with database.write() as work:
        leased = work.inbox.lease([each.id for each in found], now, now + MINUTE)
        work.commit()
    return leased


def finish(database: Database, found: list[KeptUpdate], at: datetime = START) -> None:
    with database.write() as work:
        work.inbox.finish([each.id for each in found], at, "")
        work.commit()


def waiting(database: Database, now: datetime = START, limit: int = 10) -> list[str]:
    with database.read() as work:
        return work.inbox.waiting("telegram", now, limit)


def test_an_update_comes_back_as_it_was_kept(database: Database) -> None:
    update = an_update(key="update-1", album="a")
    assert keep(database, update)
    (found,) = first(database)
    assert (found.update, found.at, found.attempts) == (update, START, 0)


def test_the_same_key_twice_is_one_update(database: Database) -> None:
    assert keep(database, an_update(1, key="k"))
    assert not keep(database, an_update(2, key="k"))
    assert [each.update.ranking for each in first(database)] == [1]


def test_another_platform_may_use_the_same_key(database: Database) -> None:
    assert keep(database, an_update(key="k"))
    assert keep(database, an_update(key="k", channel="wechat"))


def test_racing_calls_about_an_update_keep_it_once(database: Database) -> None:
    assert sum(race(8, lambda _number: keep(database, an_update()))) == 1


def test_what_is_done_is_not_kept_again(database: Database) -> None:
    keep(database, an_update())
    finish(database, first(database))
    assert not keep(database, an_update())
    assert first(database) == []


def test_updates_are_taken_in_the_platforms_order_and_not_in_that_of_their_arrival(database: Database) -> None:
    for ranking in (3, 1, 2):
        keep(database, an_update(ranking))
    taken = []
    while found := first(database):
        taken += keys(found)
        finish(database, found)
    assert taken == ["k1", "k2", "k3"]


def test_an_album_is_taken_whole_and_in_order(database: Database) -> None:
    for ranking in (4, 2, 3):
        keep(database, an_update(ranking, album="a"))
    keep(database, an_update(5))
    assert keys(first(database)) == ["k2", "k3", "k4"]


def test_an_album_of_somebody_else_by_the_same_name_is_left_alone(database: Database) -> None:
    keep(database, an_update(1, album="a"))
    keep(database, an_update(2, album="a", channel_user_id="u2"), due_at=START + MINUTE)
    assert keys(first(database)) == ["k1"]
    assert lease(database, first(database))


def test_an_album_is_not_due_before_its_last_picture_is(database: Database) -> None:
    keep(database, an_update(1, album="a"), due_at=START + SECOND)
    keep(database, an_update(2, album="a"), START + SECOND, START + 2 * SECOND)
    album = first(database)
    assert not lease(database, album, START + SECOND)
    assert lease(database, album, START + 2 * SECOND)


def test_a_picture_that_comes_when_its_album_is_done_is_a_message_of_its_own(database: Database) -> None:
    keep(database, an_update(1, album="a"))
    finish(database, first(database))
    keep(database, an_update(2, album="a"))
    assert keys(first(database)) == ["k2"]


def test_an_update_is_leased_once_however_many_race_for_it(database: Database) -> None:
    keep(database, an_update())
    found = first(database)
    assert sum(race(8, lambda _number: lease(database, found))) == 1


def test_an_album_is_leased_whole_or_not_at_all(database: Database) -> None:
    keep(database, an_update(1, album="a"))
    assert lease(database, first(database))
    keep(database, an_update(2, album="a"))
    assert keys(first(database)) == ["k1", "k2"]
    with database.write() as work:
        assert not work.inbox.lease([each.id for each in first(database)], START, START + MINUTE)


def test_a_lease_that_ran_out_is_given_again_and_counted(database: Database) -> None:
    keep(database, an_update())
    found = first(database)
    assert lease(database, found) and not lease(database, found)
    assert waiting(database) == []
    assert waiting(database, START + MINUTE) == ["u1"]
    assert lease(database, found, START + MINUTE)
    assert first(database)[0].attempts == 2


def test_what_is_put_off_is_due_later_and_keeps_its_place(database: Database) -> None:
    keep(database, an_update(1))
    keep(database, an_update(2))
    found = first(database)
    assert lease(database, found)
    with database.write() as work:
        work.inbox.put_off([each.id for each in found], START + MINUTE)
        work.commit()
    assert keys(first(database)) == ["k1"]
    assert not lease(database, first(database))
    assert lease(database, first(database), START + MINUTE)


def test_users_with_something_due_are_found_once_each(database: Database) -> None:
    keep(database, an_update(1))
    keep(database, an_update(2))
    keep(database, an_update(3, channel_user_id="u2"))
    keep(database, an_update(4, channel_user_id="u3"), due_at=START + MINUTE)
    keep(database, an_update(5, channel_user_id="u4", channel="wechat"))
    assert sorted(waiting(database)) == ["u1", "u2"]
    assert len(waiting(database, limit=1)) == 1


def test_who_waits_for_an_earlier_update_is_not_found_before_that_is_due(database: Database) -> None:
    for number in range(3):
        keep(database, an_update(number, channel_user_id="u1"), due_at=START if number else START + MINUTE)
    keep(database, an_update(9, channel_user_id="u2"))
    assert waiting(database, limit=1) == ["u2"]


def test_what_is_done_is_forgotten_after_its_time_and_nothing_else(database: Database) -> None:
    for number in range(3):
        keep(database, an_update(number))
    finish(database, first(database), START)
    finish(database, first(database), START + MINUTE)
    with database.write() as work:
        assert work.inbox.forget(START + MINUTE) == 1
        assert work.inbox.forget(START + MINUTE) == 0
        work.commit()
    assert keep(database, an_update(0)) and not keep(database, an_update(1))


def test_the_body_of_what_is_done_is_not_kept(database: Database) -> None:
    keep(database, an_update())
    finish(database, first(database))
    with database.engine.connect() as connection:
        bodies = connection.exec_driver_sql("SELECT body FROM platform_update").scalars().all()
    assert [str(body) for body in bodies] == ["{}"]
