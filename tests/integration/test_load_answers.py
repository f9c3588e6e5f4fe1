"""What the load programme finds wrong in a database, and that it finds nothing where all is right."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from backend.adapters.tables import message
from backend.domain.conversation import Author
from backend.ports import World
from backend.services.conversations import Said, open_conversation, receive
from backend.services.patience import ask_patience
from benchmarks.answered import Unanswered, asked_patience, unanswered
from benchmarks.database_work import SENDERS, say_and_answer
from bot.delivery import deliver

SAID = ["在吗", "多久到账", "谢谢"]


@pytest.fixture
def talk(world: World) -> str:
    opened = open_conversation(world, "webchat", "visitor").id
    asyncio.run(deliver(world, SENDERS, opened))
    for text in SAID:
        say_and_answer(world, opened, text)
    return opened


def _spoil(world: World, number: int, author: Author, **values: Any) -> None:
    """Change the author's message of that place."""
    with world.write() as work:
        connection = work.connection  # type: ignore[attr-defined]
        ids = [row.id for row in connection.execute(message.select().order_by(message.c.seq)) if row.author == author]
        connection.execute(update(message).where(message.c.id == ids[number]).values(**values))
        work.commit()


def test_where_all_is_right_nothing_is_found(world: World, talk: str) -> None:
    assert unanswered(world, {talk: SAID}) == Unanswered()
    assert asked_patience(world) == 0


def test_a_message_without_an_answer_is_found_and_who_was_asked_for_patience(world: World, talk: str) -> None:
    receive(world, talk, Said("还有"))
    assert unanswered(world, {talk: [*SAID, "还有"]}) == Unanswered(unanswered=1)
    ask_patience(world, talk)
    assert asked_patience(world) == 1


def test_a_message_that_was_lost_is_found(world: World, talk: str) -> None:
    assert unanswered(world, {talk: [*SAID, "还有"]}) == Unanswered(changed=1)


def test_an_answer_that_did_not_go_out_is_found(world: World, talk: str) -> None:
    _spoil(world, 1, Author.BOT, delivery="queued")
    assert unanswered(world, {talk: SAID}) == Unanswered(undelivered=1)


def test_an_answer_before_that_to_an_earlier_message_is_found(world: World, talk: str) -> None:
    _spoil(world, 1, Author.BOT, seq=100)
    assert unanswered(world, {talk: SAID}).disordered == 1
