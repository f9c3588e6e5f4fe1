"""When a conversation is to be given to people, with which urgency, and to whom: the table `escalation.yml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

_TABLE = Path(__file__).with_name("escalation.yml")


@dataclass(frozen=True)
class Trigger:
    """Why people are needed. What `offer_at` and `hand_over_at` count is explained in the table; None is never."""

    reason: str
    skill: str
    priority: int
    mood: str | None = None
    offer_at: int | None = None
    hand_over_at: int | None = None


@lru_cache(maxsize=1)
def triggers() -> Mapping[str, Trigger]:
    """The triggers by reason, the most urgent first. Raises TypeError when the table has an unknown field."""
    rows = yaml.safe_load(_TABLE.read_text("utf-8"))
    return {row["reason"]: Trigger(**row) for row in rows}


def of_mood(mood: str | None) -> Trigger | None:
    """The trigger that messages in this mood pull, or None."""
    return next((trigger for trigger in triggers().values() if mood and trigger.mood == mood), None)
