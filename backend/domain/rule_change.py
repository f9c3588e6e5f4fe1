"""A change of the rule book on its way: written by one person, put in force by another."""

from dataclasses import dataclass
from datetime import datetime

from backend.domain.labelled import Labelled


class ChangeState(Labelled):
    """What became of a change."""

    OPEN = "open", "待确认"
    CONFIRMED = "confirmed", "已生效"
    REFUSED = "refused", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


@dataclass(frozen=True)
class RuleChange:
    """A whole new text of the rule book, made from `base_version`, that is to hold from a time on (aware UTC).

    `follows` is the period that was the newest when it was written: where another came after it, this one is stale.
    """

    id: int
    text: str
    base_version: int
    follows: int
    author: str
    note: str
    effective_from: datetime
    opened_at: datetime
    state: ChangeState = ChangeState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    answer: str | None = None
    version: int | None = None


@dataclass(frozen=True)
class RuleBookEdition:
    """A time in which a version of the rule book holds, as it stands in the list of versions."""

    id: int
    version: int
    effective_from: datetime
    source: str
    author: str
    approver: str | None
    note: str
