"""Canned replies: what agents send again and again, found by words or by situation, with its variables filled."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml

from backend.domain.canned import OwnReply
from backend.domain.handoff_card import HandoffCard
from backend.domain.money import price
from backend.domain.workdays import MERCHANT_ZONE

_TABLE = Path(__file__).with_name("canned.yml")
NOTHING_RULED: Mapping[str, Sequence[str]] = {}
_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class CannedReply:
    """One reply; its text holds `{variables}`. `tags` are other words to find it by."""

    code: str
    title: str
    text: str
    tags: tuple[str, ...]
    situations: tuple[str, ...]

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(_VARIABLE.findall(self.text))


@lru_cache(maxsize=1)
def canned_replies() -> tuple[CannedReply, ...]:
    """All of them, in the order of a talk. Raises TypeError for a reply with an unknown field."""
    return tuple(_reply(**row) for row in _table()["replies"])


def of_rule_book(texts: Mapping[str, Sequence[str]]) -> tuple[CannedReply, ...]:
    """What the rule book lets be said word for word, by kind (`rule_book` of the table), as replies."""
    return tuple(
        CannedReply(f"{kind}:{number}", head["title"].format(number=number), text, tags, situations)
        for kind, head in _table()["rule_book"].items()
        for tags, situations in [(tuple(head["tags"]), tuple(head["situations"]))]
        for number, text in enumerate(texts.get(kind, ()), 1)
    )


def search(
    words: str, own: Sequence[OwnReply] = (), ruled: Mapping[str, Sequence[str]] = NOTHING_RULED
) -> tuple[CannedReply, ...]:
    """Those that have every word somewhere: in titles and tags first, then in the text. No word finds all.

    The merchant's own stand before what the rule book has (`ruled`, by kind), and this before the shipped ones.
    """
    wanted, known = words.split(), (*map(_as_canned, own), *of_rule_book(ruled), *canned_replies())
    named = [each for each in known if all(word in _name(each) for word in wanted)]
    told = [each for each in known if all(word in _name(each) + each.text for word in wanted)]
    return tuple(dict.fromkeys([*named, *told]))


def suggested(
    situations: Sequence[str], most: int = 6, ruled: Mapping[str, Sequence[str]] = NOTHING_RULED
) -> tuple[CannedReply, ...]:
    """Those that fit the situations, in turns: the first of each, the likeliest situation's before the others', then
    the second of each. What the rule book has comes before the shipped ones.
    """
    known = (*of_rule_book(ruled), *canned_replies())
    fitting = [[each for each in known if situation in each.situations] for situation in situations]
    in_turns = (each for turn in zip_longest(*fitting) for each in turn if each is not None)
    return tuple(dict.fromkeys(in_turns))[:most]


def fill(reply: CannedReply, values: Mapping[str, str | None]) -> str:
    """The text as it can be sent; what is not known stands in brackets, for the agent to fill in."""
    unknown = _table()["variables"]
    return _VARIABLE.sub(lambda found: values.get(found[1]) or unknown.get(found[1], found[0]), reply.text)


def values_of(card: HandoffCard | None, *, agent: str, customer: str = "") -> dict[str, str]:
    """What is known for the variables: of the newest case, else of the draft; the first promise still to come."""
    values = {"agent": agent, "customer": customer}
    if card is None:
        return values
    case = card.cases[0] if card.cases else None
    verdict = card.draft.verdict if card.draft else None
    amount = case.amount_fen if case else verdict.refundable_fen if verdict else None
    due = card.promises[0].due_at if card.promises else case.due_at if case else None
    return {
        **values,
        "order_no": card.orders[0].order_no if card.orders else "",
        "case_no": case.case_no if case else "",
        "amount": price(amount) if amount else "",
        "due": _moment(due) if due else "",
    }


def unknown_words() -> Mapping[str, str]:
    """What stands for each variable where nothing is known for it."""
    return dict(_table()["variables"])


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return dict(yaml.safe_load(_TABLE.read_text("utf-8")))


def _reply(code: str, title: str, text: str, tags: list[str], situations: list[str]) -> CannedReply:
    return CannedReply(code, title, text, tuple(tags), tuple(situations))


def _as_canned(own: OwnReply) -> CannedReply:
    return CannedReply(f"own:{own.id}", own.title, own.text, own.tags, ())


def _name(reply: CannedReply) -> str:
    return " ".join((reply.title, *reply.tags))


def _moment(at: datetime) -> str:
    """Day and time in the merchant's zone, such as 11月3日 15:00."""
    local = at.astimezone(MERCHANT_ZONE)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
