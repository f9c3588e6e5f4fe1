"""Codes that carry the words people read for them."""

from enum import Enum
from typing import TypeVar

L = TypeVar("L", bound="Labelled")


class Labelled(str, Enum):
    """A code with its label: `OPEN = "OPEN", "已受理"`."""

    label: str

    def __new__(cls: type[L], code: str, label: str = "") -> L:
        made = str.__new__(cls, code)
        made._value_ = code
        made.label = label
        return made
