"""What `ports.UnitOfWork` promises, on both databases."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from backend.adapters.database import Database
from backend.domain.conversation import Author, Delivery, Mode, NewMessage
from backend.errors import StorageFull
from backend.ports import UnitOfWork
from tests.builders import a_conversation, an_order
from tests.clock import START
from tests.racing import race


def test_what_was_not_committed_is_gone(each_database: Database) -> None:
    with each_database.write() as work:
        work.orders.put(an_order())
    with each_database.read() as work:
        assert work.orders.count() == 0


def test_an_error_rolls_everything_back(each_database: Database) -> None:
    try:
        with each_database.write() as work:
            work.orders.put(an_order())
            raise LookupError
    except LookupError:
        pass
    with each_database.read() as work:
        assert work.orders.count() == 0


def test_each_unit_sees_what_was_written_before_it_began(each_database: Database) -> None:
    seen = [_orders(each_database)]
    for number in ("880000000001", "880000000002"):
        with each_database.write() as work:
            work.orders.put(an_order(order_no=number))
            beside = _orders(each_database)
            work.commit()
        seen += [beside, _orders(each_database)]
    assert seen == [0, 0, 1, 1, 2]


def test_a_file_that_is_closed_is_held_by_nobody(database: Database) -> None:
    file = Path(str(database.engine.url.database))
    with database.write() as work:
        work.orders.put(an_order())
        assert _orders(database) == 0
        work.commit()
    beside = file.with_name(f"{file.name}-wal")
    assert beside.exists(), "what is written stands beside the file at first"
    database.close()
    assert not beside.exists(), "whoever closes it last brings both together"


def test_what_is_to_be_said_once_committed_is_said_then_and_once(each_database: Database) -> None:
    said: list[int] = []
    with each_database.write() as work:
        work.orders.put(an_order())
        work.once_committed(lambda: said.append(_orders(each_database)))
        assert said == []
        work.commit()
        work.commit()
    assert said == [1]


def test_what_is_rolled_back_is_never_said(each_database: Database) -> None:
    said: list[str] = []
    with each_database.write() as work:
        work.once_committed(lambda: said.append("done"))
    assert said == []


def _orders(database: Database) -> int:
    with database.read() as work:
        return work.orders.count()


def test_a_time_of_another_zone_comes_back_in_utc(each_database: Database) -> None:
    shanghai = timezone(timedelta(hours=8))
    with each_database.write() as work:
        work.conversations.open(a_conversation(opened_at=datetime(2026, 11, 22, 10, 0, 0, 5, tzinfo=shanghai)))
        work.commit()
    with each_database.read() as work:
        found = work.conversations.get("conv-1")
    assert found is not None and found.opened_at == START.replace(microsecond=5)
    assert found.opened_at.tzinfo is timezone.utc


def test_writers_wait_for_each_other_instead_of_failing(each_database: Database) -> None:
    with each_database.write() as work:
        work.conversations.open(a_conversation())
        work.commit()

    def read_then_write(_number: int) -> None:
        with each_database.write() as work:
            locked = work.conversations.lock("conv-1")
            work.conversations.leave("conv-1", (locked.left_at or START) + timedelta(seconds=1))
            work.commit()

    race(8, read_then_write)
    with each_database.read() as work:
        found = work.conversations.get("conv-1")
    assert found is not None and found.left_at == START + timedelta(seconds=8)


def _prove(work: UnitOfWork) -> int:
    work.orders.put(an_order())
    customer = work.orders.customer_of("A1001")
    assert customer is not None
    work.conversations.prove("conv-1", customer, "phone_tail", START)
    return customer


def _send_again(work: UnitOfWork) -> None:
    stuck = work.messages.add(a_conversation(), NewMessage(Author.BOT, "在的"), START, delivery=Delivery.FAILED)
    assert stuck is not None
    assert work.talk.send_again(work.conversations.lock("conv-1"), stuck.id, START)


def _unbind(work: UnitOfWork) -> None:
    customer = _prove(work)
    assert work.conversations.lock("conv-1").customer_id == customer
    work.bindings.revoke("conv-1", customer, START)
    work.conversations.leave("conv-1", START)


def test_what_was_locked_is_known_until_the_commit_and_no_longer(database: Database) -> None:
    with database.write() as work:
        work.conversations.open(a_conversation())
        work.conversations.lock("conv-1")
        work.commit()
        with database.write() as other:
            other.conversations.leave("conv-1", START)
            other.commit()
        assert work.conversations.lock("conv-1").left_at == START


_CHANGES: dict[str, Callable[[UnitOfWork], object]] = {
    "customer wrote": lambda work: work.messages.add(
        a_conversation(), NewMessage(Author.CUSTOMER, "在吗"), START, delivery=Delivery.RECEIVED
    ),
    "bot wrote": lambda work: work.messages.add(
        a_conversation(), NewMessage(Author.BOT, "在的"), START, delivery=Delivery.QUEUED
    ),
    "sent again": _send_again,
    "left": lambda work: work.conversations.leave("conv-1", START),
    "queued": lambda work: work.conversations.change_mode(
        "conv-1", of=[Mode.BOT], to=Mode.QUEUED, by="test", waiting_since=START
    ),
    "given": lambda work: work.ownership.give(
        "conv-1", "li.na", of=[Mode.BOT], to=Mode.HUMAN, owned_by=None, by="test"
    ),
    "agent wrote": lambda work: work.ownership.wrote("conv-1", "li.na", START),
    "to be followed up": lambda work: work.ownership.follow_up("conv-1", START),
    "proven": _prove,
    "unbound": _unbind,
}


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES)
def test_a_conversation_that_is_locked_again_stands_as_it_was_changed_meanwhile(
    database: Database, change: Callable[[UnitOfWork], object]
) -> None:
    with database.write() as work:
        opened = work.conversations.open(a_conversation())
        assert work.conversations.lock("conv-1") == opened
        change(work)
        assert work.conversations.lock("conv-1") == work.conversations.get("conv-1") != opened


def test_a_database_without_room_says_so_and_keeps_nothing(database: Database) -> None:
    def limit(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # which is at least what there is already

    event.listen(database.engine, "connect", limit)
    with pytest.raises(StorageFull), database.write() as work:
        for number in range(1000):
            work.conversations.open(a_conversation(f"conv-{number}"))
    with database.read() as work:
        assert work.conversations.get("conv-0") is None
