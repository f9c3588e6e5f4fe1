"""What `ports.Conversations`, `Buttons` and `Handoffs` promise, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.adapters.database import Database
from backend.domain.conversation import Mode
from backend.errors import Conflict, ConversationNotFound
from tests.builders import a_conversation, an_order
from tests.clock import START
from tests.racing import race

HOUR = timedelta(hours=1)


@pytest.fixture
def database(each_database: Database) -> Database:
    """With the conversation `conv-1`."""
    with each_database.write() as work:
        work.conversations.open(a_conversation())
        work.commit()
    return each_database


def _queue(database: Database, conversation_id: str, since_hours: int) -> None:
    with database.write() as work:
        work.conversations.open(a_conversation(conversation_id))
        assert work.conversations.change_mode(
            conversation_id,
            of=[Mode.BOT],
            to=Mode.QUEUED,
            by="customer",
            waiting_since=START + since_hours * HOUR,
        )
        work.commit()


def test_the_same_channel_user_gets_the_conversation_there_is(database: Database) -> None:
    with database.write() as work:
        again = replace(a_conversation("conv-2"), channel_user_id="user-of-conv-1")
        assert work.conversations.open(again) == a_conversation()
        assert work.conversations.get("conv-2") is None


def test_racing_opens_of_one_channel_user_end_in_one_conversation(database: Database) -> None:
    def open_it(number: int) -> str:
        with database.write() as work:
            opened = work.conversations.open(a_conversation(f"new-{number}", channel_user_id="new"))
            work.commit()
            return opened.id

    assert len(set(race(6, open_it))) == 1


def test_an_unknown_conversation_cannot_be_locked(database: Database) -> None:
    with database.write() as work, pytest.raises(ConversationNotFound):
        work.conversations.lock("nobody")


def test_a_change_of_mode_counts_the_epoch_and_says_who_made_it(database: Database) -> None:
    _queue(database, "conv-9", 1)
    with database.read() as work:
        assert work.conversations.get("conv-9") == a_conversation(
            "conv-9", mode=Mode.QUEUED, epoch=1, epoch_by="customer", waiting_since=START + HOUR
        )


def test_a_mode_that_is_not_the_expected_one_stays(database: Database) -> None:
    with database.write() as work:
        assert not work.conversations.change_mode(
            "conv-1", of=[Mode.QUEUED, Mode.TICKET], to=Mode.HUMAN, by="agent", waiting_since=None
        )
        assert work.conversations.get("conv-1") == a_conversation()


def test_of_racing_agents_one_gets_the_conversation(database: Database) -> None:
    _queue(database, "conv-9", 0)

    def claim(number: int) -> bool:
        with database.write() as work:
            taken = work.conversations.change_mode(
                "conv-9", of=[Mode.QUEUED], to=Mode.HUMAN, by=f"agent-{number}", waiting_since=None
            )
            work.commit()
            return taken

    assert sorted(race(8, claim)) == [False] * 7 + [True]
    with database.read() as work:
        taken = work.conversations.get("conv-9")
    assert taken is not None and taken.epoch == 2


def test_the_queue_is_in_the_order_of_waiting(database: Database) -> None:
    for name, hours in (("third", 3), ("first", 1), ("second", 2)):
        _queue(database, name, hours)
    with database.read() as work:
        positions = [work.conversations.queue_position(name) for name in ("first", "second", "third")]
        waiting = work.conversations.queued_before(START + 3 * HOUR, 10)
    assert positions == [1, 2, 3]
    assert [conversation.id for conversation in waiting] == ["first", "second"]


def test_a_proof_is_kept_once_and_names_the_customer(database: Database) -> None:
    with database.write() as work:
        work.orders.put(an_order())
        customer_id = work.orders.customer_of("A1001")
        assert customer_id is not None
        assert work.conversations.proven_customers("conv-1") == frozenset()
        for _ in range(2):
            work.conversations.prove("conv-1", customer_id, "phone_tail", START)
        assert work.conversations.proven_customers("conv-1") == {customer_id}
        proven = work.conversations.get("conv-1")
    assert proven is not None and proven.customer_id == customer_id


def test_only_wrong_answers_since_a_time_are_counted_oldest_first(database: Database) -> None:
    with database.write() as work:
        for hours, order_no, right in ((3, "A1", False), (1, "A1", False), (2, "A2", False), (2, "A1", True)):
            work.conversations.add_identity_attempt("conv-1", order_no, START + hours * HOUR, right)
        assert work.conversations.wrong_attempts(conversation_id="conv-1", since=START + HOUR) == [
            START + 2 * HOUR,
            START + 3 * HOUR,
        ]
        assert work.conversations.wrong_attempts(order_no="A1", since=START) == [
            START + HOUR,
            START + 3 * HOUR,
        ]


def test_a_button_works_in_its_own_conversation_until_it_expires(database: Database) -> None:
    with database.write() as work:
        work.conversations.open(a_conversation("conv-2"))
        work.buttons.mint("conv-1", [("tok", "确认提交", '/confirm{"version": 3}')], START + HOUR)
        assert work.buttons.redeem("conv-1", "tok", START) == ("确认提交", '/confirm{"version": 3}')
        assert work.buttons.redeem("conv-2", "tok", START) is None
        assert work.buttons.redeem("conv-1", "other", START) is None
        assert work.buttons.redeem("conv-1", "tok", START + HOUR) is None


def test_one_hand_off_of_a_conversation_is_open_at_a_time(database: Database) -> None:
    with database.write() as work:
        first = work.handoffs.open(
            "conv-1", reason="asked", summary={"订单": "A1001"}, priority=1, at=START, ranked_at=START
        )
        work.handoffs.promise(first, START + HOUR)
        assert work.handoffs.current("conv-1") == first
        work.handoffs.close(first, at=START, outcome="cancelled")
        assert work.handoffs.current("conv-1") is None
        second = work.handoffs.open("conv-1", reason="asked", summary={}, priority=0, at=START, ranked_at=START)
        work.commit()
    with database.write() as work, pytest.raises(Conflict, match="waits for a person already"):
        work.handoffs.open("conv-1", reason="asked", summary={}, priority=0, at=START, ranked_at=START)
    with database.read() as work:
        assert work.handoffs.current("conv-1") == second != first
