"""What a member of staff still has to know of: alerts for them, or for their role, that nobody has dealt with."""

from dataclasses import dataclass

from backend.domain.case import Role, State
from backend.domain.complaint import Stage
from backend.domain.work import Alert

QUEUED = (*(state.value for state in State), *(stage.value for stage in Stage))
"""What a task is about that says no more than that a case or a complaint has come to a role: its queue shows it."""
PASSING = ("warning", "escalation")
"""Kinds of alerts that mean nothing any more once the case or the time with people is over."""
WANTED = "wanted:"
"""What a task is about that says no more than that a conversation waits for people."""

URGED = "urged"
"""What an alert is about that passes on a customer's pressing; its detail has the state that was pressed in."""


@dataclass(frozen=True)
class AlertLine:
    """An alert as it is listed: `case_no` where it is about a case, `comment` what a customer said with a low score."""

    id: int
    alert: Alert
    case_no: str | None = None
    comment: str = ""


@dataclass(frozen=True)
class Reader:
    """Whose alerts: those for them by name, and those for their role that name nobody."""

    name: str
    role: Role
