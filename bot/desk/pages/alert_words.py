"""What an alert says, in the words of `alerts/words.yml`."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from backend.domain.work import Alert
from backend.domain.workdays import MERCHANT_ZONE
from bot.desk.pages.case_words import words

_PATH = Path(__file__).parents[1] / "templates" / "alerts" / "words.yml"


def told_of_alert(alert: Alert) -> str:
    """One sentence: what it is about, with what stands in its detail."""
    about = str(alert.detail.get("about", ""))
    sentence = _about(about)
    if sentence is None:
        sentence = _of_clock(alert, about) or _table()["kinds"][alert.kind]["sentence"]
    return str(sentence).format_map(_Told(_worded(alert.detail)))


def kind_of(alert: Alert) -> Mapping[str, str]:
    """`title` and `tone` of its kind."""
    return dict(_table()["kinds"].get(alert.kind, _table()["kinds"]["task"]))


class _Told(dict[str, str]):
    """What an alert of long ago does not tell is left out."""

    def __missing__(self, _name: str) -> str:
        return ""


def _about(about: str) -> str | None:
    """The sentence of what it is about: by all of it, else by its beginning, the longest first."""
    table: Mapping[str, str] = _table()["about"]
    steps = about.split(":")
    known = (":".join(steps[:length]) for length in range(len(steps), 0, -1))
    return next((table[each] for each in known if each in table), None)


def _of_clock(alert: Alert, about: str) -> str | None:
    """A case's or a complaint's clock that runs out."""
    clocks: Mapping[str, str] = {**words()["clocks"], **_table()["clocks"]}
    clock = clocks.get(about) or clocks.get(about.rsplit(":", 1)[0])
    return None if clock is None else _table()["clock"][alert.kind].replace("{clock}", clock)


def _worded(detail: Mapping[str, Any]) -> dict[str, str]:
    told = {name: str(value) for name, value in detail.items() if value is not None}
    for name in told:
        if name.endswith("_at"):
            told[name] = datetime.fromisoformat(told[name]).astimezone(MERCHANT_ZONE).strftime("%m-%d %H:%M")
    return told


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return dict(yaml.safe_load(_PATH.read_text("utf-8")))
