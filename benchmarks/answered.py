"""What the database says of a crowd: whether every message was kept, answered in order, and the answer delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import func, select

from backend.adapters.tables import message
from backend.domain.conversation import Author, Delivery
from backend.ports import World
from backend.services.patience import TEMPLATE


@dataclass
class Unanswered:
    """Numbers of what should not be: all 0 where everything is right.

    `changed` conversations in which something else stands than was said, or in another order; `unanswered` messages
    without an answer; `disordered` conversations where one was answered before an earlier one; `undelivered` rows of
    ours; `failed` turns for which the bot had to apologise. A reply is unique by its message, run and place.
    """

    changed: int = 0
    unanswered: int = 0
    disordered: int = 0
    undelivered: int = 0
    failed: int = 0


def unanswered(world: World, said: Mapping[str, Sequence[str]]) -> Unanswered:
    """What is wrong in these conversations, in which these texts were said one after the other."""
    found = Unanswered()
    with world.read() as work:
        connection = work.connection  # type: ignore[attr-defined]
        query = select(message).order_by(message.c.conversation_id, message.c.seq)
        for talk, rows in groupby(connection.execute(query), lambda row: row.conversation_id):
            _look(found, list(rows), list(said.get(talk, ())))
    return found


def asked_patience(world: World) -> int:
    """How often a customer was told that an answer takes longer."""
    with world.read() as work:
        connection = work.connection  # type: ignore[attr-defined]
        query = select(func.count()).select_from(message).where(message.c.template == TEMPLATE)
        return int(connection.execute(query).scalar_one())


def _look(found: Unanswered, rows: Sequence[Any], said: list[str]) -> None:
    theirs = [row for row in rows if row.author == Author.CUSTOMER.value]
    found.changed += [row.text for row in theirs] != said
    answers = [row for row in rows if (row.dedupe_key or "").startswith("reply:")]
    answered = [int(row.dedupe_key.split(":")[1]) for row in answers]
    spoken_for = set(answered)
    found.unanswered += sum(row.id not in spoken_for or not row.answered for row in theirs)
    found.disordered += answered != sorted(answered)
    ours = [row for row in rows if row.author != Author.CUSTOMER.value]
    found.undelivered += sum(row.delivery != Delivery.SENT.value for row in ours)
    found.failed += sum(row.template == "turn_failed" for row in rows)
