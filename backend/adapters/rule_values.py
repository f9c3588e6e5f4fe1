"""Values of a rule file made into the types of the rules, each held to its kind and range, each mistake to
its line.
"""

import re
import string
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime, timezone
from enum import Enum
from functools import cache
from typing import Annotated, Any, NoReturn, Union, get_args, get_origin, get_type_hints

from backend.adapters.rule_text import Listing, Place, Scalar, Section, Value
from backend.domain.money import parse_yuan
from backend.domain.rule_types import Clock, Complete, Money, Only, Range, Sentences, Span, Unit

_CLOCK = re.compile("([1-9][0-9]{0,3}) (workday|day|hour)s?")
_WHOLE = re.compile("-?[0-9]{1,9}")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Asked:
    """What is being read: the dotted name, and the type it must have."""

    name: str
    hint: Any
    limits: tuple[Any, ...] = ()

    def below(self, step: str, hint: Any) -> "Asked":
        return Asked(f"{self.name}.{step}" if self.name else step, hint)

    def refuse(self, place: Place, reason: str) -> NoReturn:
        raise place.error(self.name, reason)


def build(value: Value, asked: Asked) -> Any:
    """The value as the type that is asked for. Raises RuleBookError naming file, line, parameter and what
    is wrong.
    """
    if get_origin(asked.hint) is Annotated:
        inner, *limits = get_args(asked.hint)
        return build(value, Asked(asked.name, inner, (*asked.limits, *limits)))
    built = _unlimited(value, asked)
    for limit in asked.limits:
        _hold_to(built, limit, value.place, asked)
    return built


def hint_of(holder: type, attribute: str) -> Any:
    """The declared type of a field, limits included."""
    return _hints(holder)[attribute]


@cache
def _hints(holder: type) -> dict[str, Any]:
    return get_type_hints(holder, include_extras=True)


def _unlimited(value: Value, asked: Asked) -> Any:
    hint, origin = asked.hint, get_origin(asked.hint)
    for limit in asked.limits:
        if isinstance(limit, Sentences):
            return _sentences(value, asked, limit.fields)
    if origin in (Union, types.UnionType):
        return _optional(value, asked)
    if origin is tuple:
        return _tuple(value, asked)
    if origin in (Mapping, dict) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return _mapping(value, asked)
    if hint in _SPECIAL:
        return _SPECIAL[hint](value, asked)
    if is_dataclass(hint):
        return _section(value, asked)
    return _scalar(value, asked)


def _optional(value: Value, asked: Asked) -> Any:
    if isinstance(value, Scalar) and value.tag == "null":
        return None
    (inner,) = (each for each in get_args(asked.hint) if each is not type(None))
    return build(value, Asked(asked.name, inner))


def _tuple(value: Value, asked: Asked) -> tuple[Any, ...]:
    if not isinstance(value, Listing):
        asked.refuse(value.place, "must be a list")
    inner = get_args(asked.hint)[0]
    return tuple(build(item, asked.below(str(number), inner)) for number, item in enumerate(value.items, 1))


def _mapping(value: Value, asked: Asked) -> dict[Any, Any]:
    if not isinstance(value, Section):
        asked.refuse(value.place, "must be a section of named values")
    key_hint, inner = get_args(asked.hint)
    built = {}
    for name, item in value.items.items():
        key = _code(key_hint, name, item.place, asked) if key_hint is not str else name
        built[key] = build(item, asked.below(name, inner))
    return built


def _section(value: Value, asked: Asked) -> Any:
    if not isinstance(value, Section):
        asked.refuse(value.place, "must be a section of named values")
    known = {each.name.rstrip("_"): each for each in fields(asked.hint)}
    for name, item in value.items.items():
        if name not in known:
            asked.below(name, None).refuse(item.place, f"is not known here; known are {', '.join(sorted(known))}")
    built = {}
    for name, each in known.items():
        below = asked.below(name, hint_of(asked.hint, each.name))
        if name in value.items:
            built[each.name] = build(value.items[name], below)
        elif each.default is MISSING:
            below.refuse(value.place, "is missing")
    return asked.hint(**built)


def _scalar(value: Value, asked: Asked) -> Any:
    if not isinstance(value, Scalar):
        asked.refuse(value.place, "must be a single value")
    if any(isinstance(limit, Money) for limit in asked.limits):
        return _fen(value, asked)
    if asked.hint is bool:
        return _truth(value, asked)
    if asked.hint is int:
        return _integer(value, asked)
    if asked.hint is str:
        return _text(value, asked)
    return _code(asked.hint, value.text, value.place, asked)


def _fen(value: Scalar, asked: Asked) -> int:
    try:
        return parse_yuan(value.text)
    except ValueError as problem:
        raise value.place.error(asked.name, str(problem)) from problem


def _truth(value: Scalar, asked: Asked) -> bool:
    if value.tag != "bool" or value.text not in _TRUTH:
        asked.refuse(value.place, f"must be true or false, not {value.text!r}")
    return _TRUTH[value.text]


def _integer(value: Scalar, asked: Asked) -> int:
    if value.tag != "int" or not _WHOLE.fullmatch(value.text):
        asked.refuse(value.place, f"must be a whole number of at most nine digits, not {value.text[:40]!r}")
    return int(value.text)


def _text(value: Scalar, asked: Asked) -> str:
    if value.tag != "str":
        asked.refuse(value.place, f"must be text, not {value.text!r}; put it in quotes")
    return value.text


def _code(hint: type[Enum], text: str, place: Place, asked: Asked) -> Enum:
    try:
        return hint(text)
    except ValueError:
        asked.refuse(place, f"{text!r} is not one of {', '.join(str(each.value) for each in hint)}")


def _clock(value: Value, asked: Asked) -> Clock:
    match = _CLOCK.fullmatch(value.text) if isinstance(value, Scalar) else None
    if match is None:
        asked.refuse(value.place, 'must be a time limit such as "1 workday", "48 hours" or "7 days", 9999 at most')
    return Clock(int(match[1]), Unit(match[2]))


def _span(value: Value, asked: Asked) -> Span:
    ends = build(value, Asked(asked.name, tuple[int, ...]))
    if len(ends) != 2 or not 0 <= ends[0] <= ends[1]:
        asked.refuse(value.place, "must be the shortest and the longest, such as [1, 3]")
    return Span(*ends)


def _moment(value: Value, asked: Asked) -> datetime:
    try:
        moment = datetime.fromisoformat(value.text) if isinstance(value, Scalar) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        asked.refuse(value.place, "must be a time with its zone, such as 2026-11-01T00:00:00+08:00")
    return moment.astimezone(timezone.utc)


_SPECIAL: dict[Any, Callable[[Value, Asked], Any]] = {Clock: _clock, Span: _span, datetime: _moment}


def _hold_to(built: Any, limit: Any, place: Place, asked: Asked) -> None:
    if isinstance(limit, Range) and not limit.least <= built <= limit.most:
        asked.refuse(place, f"must be {limit.least} to {limit.most}, not {built}")
    if isinstance(limit, Only) and built != limit.value:
        asked.refuse(place, f"can only be {_yaml(limit.value)}: {limit.why}")
    if isinstance(limit, Complete):
        _hold_complete(built, place, asked)


def _hold_complete(built: Mapping[Any, Any], place: Place, asked: Asked) -> None:
    for code in get_args(asked.hint)[0]:
        if code not in built:
            asked.below(str(code.value), None).refuse(place, "is missing")


def _sentences(value: Value, asked: Asked, known: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Exactly the sentences that are known, none of which names a field that nothing will fill."""
    if not isinstance(value, Section):
        asked.refuse(value.place, "must be a section of named sentences")
    for key, item in value.items.items():
        if key not in known:
            asked.below(key, None).refuse(item.place, "is not known here")
    for key in known:
        if key not in value.items:
            asked.below(key, None).refuse(value.place, "is missing")
    return {key: _sentence(item, asked.below(key, str), known[key]) for key, item in value.items.items()}


def _sentence(value: Value, asked: Asked, known: tuple[str, ...]) -> str:
    text: str = _scalar(value, asked)
    try:
        named = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as problem:
        raise value.place.error(asked.name, f"has braces that do not match: {problem}") from problem
    for name in named:
        if name not in known:
            told = ", ".join(f"{{{each}}}" for each in known) or "none"
            asked.refuse(value.place, f"names {{{name}}}, which is not known here; known are {told}")
    return text


def _yaml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_yaml, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(getattr(value, "value", value))
