"""Conversations that go wrong, as written in `dialogues/`: what is heard, and what the database holds then."""

from typing import Any

import pytest
from sqlalchemy.engine import Engine

from backend.bootstrap import Backend
from tests.clock import FakeClock
from tests.conversations.customer import Customer
from tests.conversations.script import Dialogue, Player, dialogues

DIALOGUES = dialogues()


@pytest.mark.parametrize("written", DIALOGUES, ids=[each["title"] for each in DIALOGUES])
async def test_a_dialogue_goes_as_written(
    written: Dialogue, shop: Backend, town_clock: FakeClock, dialogue: Any, tables: Engine, customer: Customer
) -> None:
    await Player(shop, town_clock, dialogue, tables, customer).play(written)


def test_there_are_dialogues_enough_and_none_twice() -> None:
    titles = [each["title"] for each in DIALOGUES]

    assert len(titles) >= 120
    assert len(set(titles)) == len(titles)
