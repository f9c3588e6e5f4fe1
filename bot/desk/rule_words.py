"""The rule book in the words of `rules/words.yml`: names of parameters, their values, and what is wrong with a text."""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from backend.domain.evidence import EvidenceKind
from backend.domain.money import price
from backend.domain.order import PaymentMethod
from backend.domain.request import Reason, Wish
from backend.domain.rule_book import RuleBook
from backend.domain.rule_types import Clock, Fault, FreightPayer, Span
from backend.domain.rule_wording import term_of
from backend.errors import RuleBookError
from backend.services.error_words import in_words
from backend.services.rules_view import Parameter

_LABELLED = (Reason, Wish, EvidenceKind, PaymentMethod, FreightPayer, Fault)


@lru_cache(maxsize=1)
def words() -> Mapping[str, Any]:
    """All of `rules/words.yml`."""
    path = Path(__file__).parent / "templates" / "rules" / "words.yml"
    return dict(yaml.safe_load(path.read_text("utf-8")))


def title(name: str, book: RuleBook) -> str:
    """What a parameter is called; its own name where the book of words has none."""
    steps = name.split(".")
    labels: Mapping[str, str] = words()["parameters"]
    if steps[0] == "reasons":
        return f"{_reason(steps[1], book)} · {labels.get(_starred(steps, 1), steps[-1])}"
    if name in labels:
        return labels[name]
    for place in range(len(steps) - 1, 0, -1):
        if (starred := _starred(steps, place)) in labels:
            return f"{labels[starred]} · {_step(steps[place], book)}"
    return name


def told(parameter: Parameter | None, book: RuleBook) -> str:
    """A parameter's value as people read it."""
    if parameter is None:
        return "—"
    value = parameter.value
    if parameter.money and isinstance(value, int):
        return price(value)
    unit = unit_of(parameter.name) if isinstance(value, int) and not isinstance(value, bool) else ""
    return f"{_told(value, book)}{unit and ' '}{unit}"


def mistake(error: RuleBookError) -> str:
    """What is wrong with a text, without its place; as it was raised where there are no words for it."""
    return in_words(error.reason)


def warning(text: str) -> tuple[str, str, str]:
    """What is strange, as a rule book keeps it: where it stands, the parameter, and what about it in words."""
    place, name, reason = text.split(": ", 2)
    return place, name, in_words(reason)


def _told(value: Any, book: RuleBook) -> str:
    values: Mapping[str, str] = words()["values"]
    if value is None:
        return values["none"]
    if isinstance(value, bool):
        return values[str(value).lower()]
    if isinstance(value, tuple):
        return "、".join(_told(each, book) for each in value) or values["empty"]
    if isinstance(value, Clock):
        return f"{value.amount} {words()['units'][value.unit.value]}"
    if isinstance(value, Span):
        return f"{value.shortest}–{value.longest}"
    if isinstance(value, Enum):
        return _code(value, book)
    return values.get(str(value), str(value)) or values["empty"]


def _code(value: Enum, book: RuleBook) -> str:
    if isinstance(value, _LABELLED):
        return book.label(value)
    terms = book.wording.labels.terms
    return terms.get(term_of(value), words()["values"].get(str(value.value), str(value.value)))


def unit_of(name: str) -> str:
    """The end of a name tells the unit of its number."""
    last = name.rpartition(".")[2]
    units: Mapping[str, str] = words()["units"]
    return next((unit for end, unit in units.items() if last == end or last.endswith(f"_{end}")), "")


def _starred(steps: list[str], place: int) -> str:
    return ".".join([*steps[:place], "*", *steps[place + 1 :]])


def _step(step: str, book: RuleBook) -> str:
    known: Mapping[str, str] = words()["steps"]
    return known.get(step) or _reason(step, book)


def _reason(code: str, book: RuleBook) -> str:
    try:
        return book.label(Reason(code))
    except ValueError:
        return code
