"""What staff read when a guard refuses an event, at the desk and on the command line: `guard_words.yml` by code."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from backend.domain.labelled import Labelled
from backend.domain.money import price
from backend.domain.workdays import MERCHANT_ZONE
from backend.errors import GuardRefused


def words_of(refused: GuardRefused) -> str:
    """What is missing or wrong, in Chinese, without a full stop."""
    shown = {name: _shown(value, money=name.endswith("_fen")) for name, value in refused.params.items()}
    return guard_words()[refused.code].format(**shown)


@lru_cache(maxsize=1)
def guard_words() -> dict[str, str]:
    """The words by code; fields of the refusal's `params` in braces."""
    return dict(_read()["refusals"])


def listed(words: Iterable[str]) -> str:
    """Several in one line, sentences without their stops; empty where there are none."""
    told, stop = list(words), str(_read()["stop"])
    between = _read()["between"]["sentences" if any(each.endswith(stop) for each in told) else "words"]
    return str(between).join(each.removesuffix(stop) for each in told)


@lru_cache(maxsize=1)
def _read() -> dict[str, Any]:
    return dict(yaml.safe_load((Path(__file__).parent / "guard_words.yml").read_text("utf-8")))


def _shown(value: Any, *, money: bool = False) -> str:
    """Money in yuan, times in the merchant's zone, codes by their words; several with a Chinese comma."""
    if isinstance(value, (list, tuple)):
        return listed(_shown(each) for each in value) or "-"
    if isinstance(value, datetime):
        return value.astimezone(MERCHANT_ZONE).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Labelled):
        return value.label
    if money and isinstance(value, int):
        return price(value)
    code = str(getattr(value, "value", value))
    return str(_read()["codes"].get(f"{type(value).__name__}.{code}", code))
