"""Sentences that are trained from, read once, and merged and compared in a fraction of the time.

Rasa 3.6.21 reads all files five times before it trains, and merges their sentences some twenty times. Each time it
copies every one of them the slow way and strips its intent, upon which the sentence forgets by what it is compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import lru_cache
from typing import Any

from rasa.shared.importers import utils
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_read, _set = utils.training_data_from_paths, Message.set
_PLAIN = (str, int, float, bool, type(None))


def make_light() -> None:
    """Begin it; for a process that trains, whose files stay as they are meanwhile."""
    utils.training_data_from_paths = _read_once
    Message.set = _set_what_is_new
    Message.__deepcopy__ = _deep_copy


def _read_once(paths: Iterable[str], _language: str) -> TrainingData:
    """Whoever asks makes a copy. Of our YAML the same is read whatever the language."""
    return _read_by_name(tuple(paths))


@lru_cache
def _read_by_name(paths: tuple[str, ...]) -> TrainingData:
    return _read(paths, "zh")


def _set_what_is_new(message: Message, prop: str, info: Any, add_to_output: bool = False) -> None:
    """What says the same as before is not set anew."""
    if add_to_output or type(info) is not str or message.data.get(prop) != info:
        _set(message, prop, info, add_to_output)


def _deep_copy(message: Message, memo: dict[int, Any]) -> Message:
    twin = object.__new__(type(message))
    memo[id(message)] = twin
    vars(twin).update(_copied(vars(message), memo))
    return twin


def _copied(value: Any, memo: dict[int, Any]) -> Any:
    """As `deepcopy` makes it, without asking how each word is to be copied."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict:
        return {name: _copied(each, memo) for name, each in value.items()}
    if kind is list:
        return [_copied(each, memo) for each in value]
    if kind is set and all(type(each) in _PLAIN for each in value):
        return set(value)
    return deepcopy(value, memo)
