"""When a conversation is to be given to people, with which urgency, and to whom: the table `escalation.yml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from backend.domain.case import Case, State
from backend.domain.order import VIP
from backend.domain.rule_book import RuleBook
from backend.ports import UnitOfWork, World
from backend.services.case_rules import book_of
from backend.services.drafts import draft_view

_TABLE = Path(__file__).with_name("escalation.yml")


@dataclass(frozen=True)
class Trigger:
    """Why people are needed. The fields are explained in the table; None is never."""

    reason: str
    skill: str
    priority: int
    mood: str | None = None
    offer_at: int | None = None
    hand_over_at: int | None = None
    standing: bool = False
    at_filing: bool = False
    optional: bool = False

    def in_force(self, book: RuleBook) -> bool:
        """Whether the merchant's rule book lets it be pulled."""
        return not self.optional or self.reason in book.rules.handoff.triggers


@lru_cache(maxsize=1)
def triggers() -> Mapping[str, Trigger]:
    """The triggers by reason, the most urgent first. Raises TypeError when the table has an unknown field."""
    rows = yaml.safe_load(_TABLE.read_text("utf-8"))
    return {row["reason"]: Trigger(**row) for row in rows}


def offered(reason: str, times: int, book: RuleBook) -> bool:
    """Whether a person is offered for this reason at its `times`-th time in a row (from 1). KeyError if unknown."""
    trigger = triggers()[reason]
    return trigger.in_force(book) and trigger.offer_at is not None and times >= trigger.offer_at


def of_mood(mood: str | None, book: RuleBook) -> Trigger | None:
    """The trigger that messages in this mood pull, or None."""
    matching = (each for each in triggers().values() if mood and each.mood == mood and each.in_force(book))
    return next(matching, None)


def standing(world: World, conversation_id: str) -> tuple[Trigger, ...]:
    """`standing_triggers` in a unit of work of its own."""
    with world.read() as work:
        return standing_triggers(world, work, conversation_id)


def standing_triggers(world: World, work: UnitOfWork, conversation_id: str) -> tuple[Trigger, ...]:
    """What calls for people whatever is being said: much money, a case that is held, a VIP. The most urgent first."""
    now = world.clock.now()
    book = world.rule_book(now, work)
    draft = work.cases.draft_of(conversation_id)
    verdict = draft_view(work, draft, book, now).verdict if draft else None
    open_cases = [case for case in work.cases.of_conversation(conversation_id) if case.state is not State.CLOSED]
    found = {reason for case in open_cases for reason in _of_case(case, book)}
    if verdict is not None and verdict.refundable_fen > book.rules.handoff.amount:
        found.add("amount")
    if VIP in work.conversations.proven_tiers(conversation_id):
        found.add("vip")
    return tuple(each for each in triggers().values() if each.reason in found and each.in_force(book))


def due_at_filing(world: World, case: Case) -> Trigger | None:
    """The trigger that gives a conversation to people because this case was filed in it."""
    book = book_of(world, case, world.clock.now())
    found = set(_of_case(case, book))
    matching = (each for each in triggers().values() if each.at_filing and each.reason in found and each.in_force(book))
    return next(matching, None)


def _of_case(case: Case, book: RuleBook) -> Iterator[str]:
    if (case.amount_fen or 0) > book.rules.handoff.amount:
        yield "amount"
    if case.risk_hold:
        yield "risk_hold"
