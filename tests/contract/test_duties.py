"""What `ports.Duties` promises, on both databases: one holder at a time, whoever races for it."""

from datetime import datetime, timedelta

import pytest

from backend.adapters.database import Database
from tests.clock import START
from tests.racing import race

MINUTE = timedelta(minutes=1)
NAME = "fetch updates"


@pytest.fixture
def database(each_database: Database) -> Database:
    return each_database


def take(database: Database, holder: str, now: datetime = START) -> bool:
    with database.write() as work:
        taken = work.duties.take(NAME, holder, now, now + MINUTE)
        work.commit()
    return taken


def test_of_all_who_reach_for_a_duty_at_once_one_has_it(database: Database) -> None:
    assert sum(race(6, lambda number: take(database, f"p{number}"))) == 1


def test_its_holder_may_keep_it_and_nobody_else_may_have_it_meanwhile(database: Database) -> None:
    assert take(database, "p1")
    assert take(database, "p1", START + MINUTE / 2)
    assert not take(database, "p2", START + MINUTE)


def test_one_whose_holder_is_gone_is_free_when_its_lease_is_over(database: Database) -> None:
    assert take(database, "p1")
    assert take(database, "p2", START + MINUTE)
    assert not take(database, "p1", START + MINUTE)


def test_only_its_holder_can_leave_it(database: Database) -> None:
    assert take(database, "p1")
    with database.write() as work:
        work.duties.leave(NAME, "p2")
        work.commit()
    assert not take(database, "p2")
    with database.write() as work:
        work.duties.leave(NAME, "p1")
        work.commit()
    assert take(database, "p2")
