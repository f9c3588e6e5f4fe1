"""What `ports.Messages` promises, on both databases: a transcript without gaps, an outbox that sends once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.adapters.database import Database
from backend.adapters.tables import message as message_table
from backend.domain.conversation import Author, Delivery, Ended, Message, Mode, NewMessage
from tests.builders import a_conversation, a_message
from tests.clock import START
from tests.racing import race

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(each_database: Database) -> Database:
    """With the conversation `conv-1`."""
    with each_database.write() as work:
        work.conversations.open(a_conversation())
        work.commit()
    return each_database


def _add(database: Database, new: NewMessage, delivery: Delivery = Delivery.RECEIVED, **more: int) -> Message | None:
    with database.write() as work:
        added = work.messages.add(a_conversation(), new, START, delivery=delivery, **more)
        work.commit()
    return added


def _said(database: Database, text: str = "您好", **more: int) -> Message:
    """An answer of the bot that waits to be sent."""
    added = _add(database, NewMessage(author=Author.BOT, text=text), Delivery.QUEUED, **more)
    assert added is not None
    return added


def _hand_over(database: Database) -> None:
    with database.write() as work:
        work.conversations.change_mode("conv-1", of=[Mode.BOT], to=Mode.QUEUED, by="customer", waiting_since=START)
        work.commit()


def _lease(database: Database, message: Message) -> bool:
    with database.write() as work:
        leased = work.messages.lease(message.id, START, START + MINUTE)
        work.commit()
    return leased


def _delivery(database: Database, message: Message) -> str:
    query = select(message_table.c.delivery).where(message_table.c.id == message.id)
    with database.engine.connect() as connection:
        return str(connection.execute(query).scalar_one())


def test_a_message_comes_back_as_it_was_added(database: Database) -> None:
    new = a_message(payload={"image": "photo-1", "buttons": [{"title": "好", "token": "t"}]}, dedupe_key="k", name="王")
    added = _add(database, new)
    assert added is not None
    assert added == Message(
        id=added.id,
        conversation_id="conv-1",
        seq=1,
        author=Author.CUSTOMER,
        text="杯子碎了",
        at=START,
        delivery=Delivery.RECEIVED,
        epoch=0,
        name="王",
        payload=new.payload,
    )
    with database.read() as work:
        assert work.messages.by_dedupe_key("k") == added
        assert work.messages.newest_id() == added.id


def test_a_repeated_message_is_not_added_and_leaves_no_gap(database: Database) -> None:
    assert _add(database, a_message(dedupe_key="k")) is not None
    assert _add(database, a_message(dedupe_key="k")) is None
    after = _add(database, a_message("还在吗"))
    assert after is not None and after.seq == 2


def test_racing_repeats_of_a_message_add_it_once(database: Database) -> None:
    added = race(6, lambda _number: _add(database, a_message(dedupe_key="k")))
    assert len([message for message in added if message is not None]) == 1


def test_racing_messages_are_numbered_without_gap_or_double(database: Database) -> None:
    added = race(8, lambda number: _add(database, a_message(f"第 {number} 句")))
    assert sorted(message.seq for message in added if message is not None) == list(range(1, 9))


def test_the_customer_sees_their_own_and_sent_messages_after_a_number(database: Database) -> None:
    _add(database, a_message("一"))
    sent, failed = _said(database, "二"), _said(database, "三")
    with database.write() as work:
        work.messages.settle(sent.id, Ended(Delivery.SENT, START, text="二！"))
        work.messages.settle(failed.id, Ended(Delivery.FAILED, START, error="gone"))
        assert [message.text for message in work.messages.after("conv-1", 0, 10)] == ["一", "二！"]
        assert [message.seq for message in work.messages.after("conv-1", 1, 10)] == [2]
        assert work.messages.after("conv-2", 0, 10) == []
        assert [message.text for message in work.messages.before("conv-1", 9, 10)] == ["二！", "一"]
        assert [message.text for message in work.messages.before("conv-1", 2, 10)] == ["一"]
        assert next(work.messages.before("conv-1", 9, 10)).text == "二！"


def test_nothing_is_shown_past_a_message_that_is_still_on_its_way(database: Database) -> None:
    _add(database, a_message("一"))
    first, second = _said(database, "二"), _said(database, "三")
    with database.write() as work:
        work.messages.settle(second.id, Ended(Delivery.SENT, START))
        work.commit()
        assert [message.text for message in work.messages.after("conv-1", 0, 10)] == ["一"]
        assert [message.id for message in work.messages.queued("conv-1", 10)] == [first.id]
    assert _lease(database, first)
    with database.write() as work:
        assert [message.text for message in work.messages.after("conv-1", 0, 10)] == ["一"]
        assert [message.text for message in work.messages.before("conv-1", 9, 10)] == ["一"]
        work.messages.settle(first.id, Ended(Delivery.SENT, START))
        assert [message.text for message in work.messages.after("conv-1", 0, 10)] == ["一", "二", "三"]


def test_what_needs_no_platform_is_sent_at_once_in_its_order_and_unless_it_was_overtaken(database: Database) -> None:
    first, second, third = (_said(database, text) for text in "一二三")

    def end(row: Message, delivery: Delivery = Delivery.SENT) -> bool:
        with database.write() as work:
            ended = work.messages.end(row.id, Ended(delivery, START, text=f"{row.text}！", payload={"card": None}))
            work.commit()
        return ended

    assert not end(second)
    assert end(first) and not end(first)
    assert end(second, Delivery.FAILED)
    _hand_over(database)
    assert not end(third)
    assert [_delivery(database, row) for row in (first, second, third)] == ["sent", "failed", "superseded"]
    with database.read() as work:
        assert [row.text for row in work.messages.after("conv-1", 0, 10)] == ["一！"]


def test_messages_that_no_turn_answered_are_found_until_they_are_marked(database: Database) -> None:
    asked = _add(database, a_message())
    _said(database)
    assert asked is not None
    with database.write() as work:
        assert work.messages.unanswered(START, 10) == []
        assert [message.id for message in work.messages.unanswered(START + MINUTE, 10)] == [asked.id]
        work.messages.mark_answered(asked.id)
        assert work.messages.unanswered(START + MINUTE, 10) == []


def test_a_row_is_leased_once_however_many_race_for_it(database: Database) -> None:
    row = _said(database)
    assert sorted(race(8, lambda _number: _lease(database, row))) == [False] * 7 + [True]
    assert _delivery(database, row) == "sending"


def test_a_row_of_an_earlier_epoch_of_the_bot_is_superseded_instead_of_sent(database: Database) -> None:
    row = _said(database)
    _hand_over(database)
    assert not _lease(database, row)
    assert _delivery(database, row) == "superseded"


def test_a_row_written_under_the_new_epoch_is_sent(database: Database) -> None:
    _hand_over(database)
    assert (row := _said(database)).epoch == 1
    assert _lease(database, row)


def test_a_row_is_not_leased_before_an_earlier_one_of_its_conversation_went_out(database: Database) -> None:
    first, second = _said(database, "一"), _said(database, "二")
    assert not _lease(database, second)
    assert _lease(database, first) and not _lease(database, second)
    with database.write() as work:
        work.messages.settle(first.id, Ended(Delivery.UNKNOWN, START))
        work.commit()
    assert _lease(database, second)


def test_a_row_that_is_put_back_is_leased_again_when_it_is_due(database: Database) -> None:
    row = _said(database)
    assert _lease(database, row)
    with database.write() as work:
        work.messages.put_back(row.id, START + MINUTE, "asked to wait")
        work.commit()
    assert not _lease(database, row)
    with database.write() as work:
        assert work.messages.lease(row.id, START + MINUTE, START + 2 * MINUTE)


@pytest.mark.parametrize("ended", [Delivery.HELD, Delivery.UNKNOWN])
def test_what_is_held_or_unknown_is_queued_again_when_it_is_released(database: Database, ended: Delivery) -> None:
    row, sent = _said(database), _said(database)
    with database.write() as work:
        work.messages.settle(row.id, Ended(ended, START, error="48 hours are over"))
        work.messages.settle(sent.id, Ended(Delivery.SENT, START))
        assert work.messages.queued("conv-1", 10) == []
        assert work.messages.release("conv-1") == 1
        assert [message.id for message in work.messages.queued("conv-1", 10)] == [row.id]


def test_the_outbox_of_one_channel_is_asked_for_by_its_name(database: Database) -> None:
    row = _said(database)
    with database.write() as work:
        assert [message.id for message in work.messages.queued(None, 10, "webchat")] == [row.id]
        assert work.messages.queued(None, 10, "telegram") == []


def test_a_conversation_that_is_to_be_left_alone_holds_up_no_other(database: Database) -> None:
    first, behind = _said(database), _said(database)
    with database.write() as work:
        other = work.conversations.open(a_conversation("conv-2"))
        theirs = work.messages.add(other, a_message(), START, delivery=Delivery.QUEUED)
        work.messages.put_back(first.id, START + MINUTE, "asked to wait")
        work.commit()
    assert theirs is not None
    with database.read() as work:
        assert [row.id for row in work.messages.queued(None, 1, now=START)] == [theirs.id]
        later = work.messages.queued(None, 3, now=START + MINUTE)
    assert [row.id for row in later] == [first.id, behind.id, theirs.id]


@pytest.mark.parametrize("author", [Author.AGENT, Author.SYSTEM])
def test_what_people_and_notices_say_is_never_superseded(database: Database, author: Author) -> None:
    row = _add(database, NewMessage(author=author, text="您好"), Delivery.QUEUED)
    _hand_over(database)
    assert row is not None and _lease(database, row)


def test_a_lease_that_ran_out_is_found(database: Database) -> None:
    row = _said(database)
    assert _lease(database, row)
    with database.read() as work:
        assert work.messages.lapsed(START + MINUTE, 10, longest=MINUTE) == []
        lapsed = work.messages.lapsed(START + 2 * MINUTE, 10, longest=MINUTE)
    assert lapsed == [replace(row, delivery=Delivery.SENDING)]
