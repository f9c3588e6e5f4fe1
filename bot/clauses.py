"""Takes a message apart that asks for two things at once, so that each can be served."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Understood = Mapping[str, Any]
"""What Rasa's understanding makes of a text: `intent` {name, confidence} and `entities` [{entity, value}]."""

_END = re.compile(r"(?<=[,，。.!！?？;；\n])|(?<=[吗呢吧]) +|(?<=\d) +(?=[^\d\s-])| +(?=[^\d\s-]{4})")
"""Where a clause may end; never within a number that is written with spaces."""
_LONGEST = 200
_MOST_QUESTIONS = 3
_SURE = 0.6
_DOES = frozenset(
    {
        "request_refund", "request_return", "request_exchange", "request_resend", "request_repair", "cancel_order",
        "request_price_protection", "request_human",
    }
)  # fmt: skip
_NEIGHBOURS = frozenset({"ask_logistics", "ask_invoice"})
_NUMBERS = frozenset({"order_no", "phone", "case_no"})


async def parts_of(text: str, understand: Callable[[str], Awaitable[Understood]]) -> tuple[str, ...]:
    """The parts of a message to be answered one after the other; mostly the one message.

    A clause that asks the rules stands apart when the rest wants something done or gives a number, and from another
    question. The question comes first: its answer is short, and what is to be done goes on from there.
    """
    if len(text) > _LONGEST:
        return (text,)
    clauses = [clause for clause in _END.split(text) if clause and clause.strip(" ,，。.!！?？;；\n")]
    if len(clauses) < 2:
        return (text,)
    heard = [await understand(clause) for clause in clauses]
    asks = [_asks(understood) for understood in heard]
    if all(asks):
        return _each_question(text, clauses, [str(understood["intent"]["name"]) for understood in heard])
    questions = "".join(clause for clause, question in zip(clauses, asks, strict=True) if question)
    rest = "".join(clause for clause, question in zip(clauses, asks, strict=True) if not question)
    if questions and rest and _does(await understand(rest)):
        return (questions.strip(), rest.strip())
    return (text,)


def _each_question(text: str, clauses: list[str], intents: list[str]) -> tuple[str, ...]:
    """Several questions about the rules, each with what is asked in other words beside it; few enough to be read."""
    about: dict[str, str] = {}
    for clause, intent in zip(clauses, intents, strict=True):
        about[intent] = about.get(intent, "") + clause
    return tuple(part.strip() for part in about.values()) if 1 < len(about) <= _MOST_QUESTIONS else (text,)


def _asks(understood: Understood) -> bool:
    """A question about the rules, and nothing else: where a parcel is, is part of a story more often than not."""
    intent, found = understood["intent"], {each["entity"] for each in understood["entities"]}
    of_rules = str(intent["name"]).startswith("ask_") and intent["name"] not in _NEIGHBOURS
    return of_rules and intent["confidence"] >= _SURE and not found & _NUMBERS


def _does(understood: Understood) -> bool:
    """Something wanted done, or a number given; between two wishes it need not be sure which."""
    ranked = understood.get("intent_ranking") or [understood["intent"]]
    wanted = sum(intent["confidence"] for intent in ranked if intent["name"] in _DOES)
    found = {each["entity"] for each in understood["entities"]}
    return wanted >= _SURE or bool(found & _NUMBERS)
