"""What codes are called on the pages of cases: this desk's own words, those on paper, and the rule book's labels."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from backend.domain.alert_list import URGED
from backend.domain.case import STAFF_ROLES, CaseEvent, Role
from backend.domain.money import price
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_book import RuleBook
from backend.services.care_return import PICKUP
from backend.services.care_supply import SUPPLIED
from bot.desk import rule_words
from bot.documents.paper import words_of_codes

_PATH = Path(__file__).parents[1] / "templates" / "cases" / "words.yml"


@lru_cache(maxsize=1)
def words() -> Mapping[str, Any]:
    """Words by group and code: the desk's, then those that documents use for the same codes."""
    return {**words_of_codes(), **yaml.safe_load(_PATH.read_text("utf-8"))}


def form_words(code: str, **told: str) -> str:
    """What is said of a form that cannot be used."""
    return str(words()["forms"][code]).format(**told)


def told_of(event: CaseEvent, book: RuleBook) -> list[tuple[str, str]]:
    """What an entry of the log says beside who did what: names and values, both in words."""
    names = words()["detail"]
    return [(names[key], _value(key, event.detail[key], book)) for key in names if _says(event.detail.get(key))]


def who(event: CaseEvent, named: Mapping[str, Any]) -> str:
    """Who made an event happen: of staff with their name, of all others what they are.

    What a customer supplies is noted by the system, and theirs.
    """
    theirs = any(event.detail.get(key) for key in (SUPPLIED, PICKUP))
    role = str(named["roles"][Role.CUSTOMER.value if theirs else event.role.value])
    return f"{role} {event.actor}" if event.role in STAFF_ROLES else role


def _says(value: object) -> bool:
    return value not in (None, "", "-", [], {})


def _value(key: str, value: Any, book: RuleBook) -> str:
    if key.endswith("_fen"):
        return price(int(value))
    if key in ("remedy_code", "offer_remedy"):
        return book.label(Remedy(value))
    if key == "rules":
        return " · ".join(rule_words.words()["checks"].get(each, each) for each in value)
    if key == URGED:
        return str(words()["states"][value])
    if key == "alternatives":
        return " · ".join(book.label(Wish(each)) for each in value)
    if key == "reason_confirmed":
        return book.label(Reason(value))
    if isinstance(value, Mapping):
        return " · ".join(f"#{line} {each}" for line, each in value.items())
    return " · ".join(map(str, value)) if isinstance(value, list) else str(value)
