"""Errors as staff and operators read them, at the desk and on the command line: `error_words.yml` by class."""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from backend.errors import GuardRefused, IllegalTransition, NotAllowed, RuleBookError
from backend.services import guard_words


def words_of(error: Exception, table: Mapping[str, Any] | None = None) -> str:
    """The error in words, without a full stop: by its class in `table` (our own by default), else by what it is a
    kind of. Raises KeyError for an error that nothing in the table speaks of.
    """
    words = _words() if table is None else table
    kind = next((each.__name__ for each in type(error).__mro__ if each.__name__ in words), None)
    if kind is None:
        raise KeyError(type(error).__name__)
    text = words[kind]
    if isinstance(text, Mapping):  # errors of one class are told apart by the attribute that `by` names
        text = text.get(str(getattr(error, text["by"])), text["else"])
    return str(text).format(error=error, **_fields(error))


def in_words(text: str) -> str:
    """A developer's text put into Chinese by the patterns; as it is where none fits."""
    for pattern, sentence in _read()["patterns"]:
        found = re.search(pattern, text)
        if found:
            return str(sentence).format(*found.groups())
    return text


def _fields(error: Exception) -> dict[str, str]:
    reason = str(getattr(error, "reason", None) or getattr(error, "what_to_do", None) or error)
    allowed = guard_words.listed(error.allowed) if isinstance(error, IllegalTransition) else ""
    return {
        "told": in_words(reason),
        "words": guard_words.words_of(error) if isinstance(error, GuardRefused) else "",
        "allowed": allowed or "-",
        "checks": guard_words.listed(check.reason for check in error.verdict.failed)
        if isinstance(error, NotAllowed)
        else "",
        "place": _place(error) if isinstance(error, RuleBookError) else "",
    }


def _place(error: RuleBookError) -> str:
    """Where in a rule file it is, as far as that is known."""
    line = f"{error.file}:{error.line}" if error.line else error.file
    return "".join(f"{part}: " for part in (line, error.rule_id) if part)


def _words() -> Mapping[str, Any]:
    return dict(_read()["words"])


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_name("error_words.yml").read_text("utf-8")))
