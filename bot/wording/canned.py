"""Canned replies: what agents send again and again, found by words or by situation, with its variables filled."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from backend.domain.canned import OwnReply
from backend.domain.handoff_card import HandoffCard
from backend.domain.money import price
from backend.domain.workdays import MERCHANT_ZONE

_TABLE = Path(__file__).with_name("canned.yml")
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


def search(words: str, own: Sequence[OwnReply] = (), statements: Sequence[str] = ()) -> tuple[CannedReply, ...]:
    """Those that have every word somewhere: in titles and tags first, then in the text. No word finds all.

    The merchant's own stand before the statements approved for a crisis, and these before the shipped ones.
    """
    wanted, known = words.split(), (*map(_as_canned, own), *_stated(statements), *canned_replies())
    named = [each for each in known if all(word in _name(each) for word in wanted)]
    told = [each for each in known if all(word in _name(each) + each.text for word in wanted)]
    return tuple(dict.fromkeys([*named, *told]))


def suggested(situations: Sequence[str], most: int = 6) -> tuple[CannedReply, ...]:
    """Those that fit the situations, the first situation's first."""
    found = [each for situation in situations for each in canned_replies() if situation in each.situations]
    return tuple(dict.fromkeys(found))[:most]


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


def _stated(statements: Sequence[str]) -> list[CannedReply]:
    head = _table()["statement"]
    return [
        CannedReply(f"statement:{number}", head["title"].format(number=number), text, tuple(head["tags"]), ())
        for number, text in enumerate(statements, 1)
    ]


def _name(reply: CannedReply) -> str:
    return " ".join((reply.title, *reply.tags))


def _moment(at: datetime) -> str:
    """Day and time in the merchant's zone, such as 11月3日 15:00."""
    local = at.astimezone(MERCHANT_ZONE)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
