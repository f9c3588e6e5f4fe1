"""The clocks of a time with people: until the first answer and until it is solved, in working time (hand-off page,
section 6; rule book, `handoff.sla`).

Nothing is stored of them: they are read from the episode and its log whenever they are asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from backend.domain.agent_hours import AgentHours
from backend.domain.clocks import WARNINGS
from backend.domain.conversation import Conversation, Mode
from backend.domain.ownership import Episode, OwnerChange

BREACH = 100
MARKS = (*WARNINGS, BREACH)
"""Percent of a clock's time at which staff are told."""


class TalkClockName(str, Enum):
    """What is waited for."""

    FIRST_ANSWER = "first_answer"
    SOLUTION = "solution"


@dataclass(frozen=True)
class TalkLimits:
    """Working time that the shop allows itself."""

    first_answer: timedelta
    solution: timedelta


@dataclass(frozen=True)
class TalkClock:
    """A clock that runs, or stands still while the customer is waited for. `due_at` and `marks` are aware UTC: when
    it is over, and when each of `MARKS` was or will be reached if it does not stop again.
    """

    name: TalkClockName
    due_at: datetime
    marks: tuple[datetime, ...]
    stands: bool
    used: int

    @property
    def mark(self) -> int:
        """The highest of `MARKS` that was reached; 0 for none."""
        return max((mark for mark in MARKS if self.used >= mark), default=0)


def talk_clocks(
    conversation: Conversation,
    episode: Episode,
    changes: Sequence[OwnerChange],
    limits: TalkLimits,
    hours: AgentHours,
    now: datetime,
) -> tuple[TalkClock, ...]:
    """The clocks of an open episode, the first answer's only until there was one; `changes` are its log.

    What was promised to the customer of a ticket counts where it is later than the limit.
    """
    running = []
    if not _answered(conversation, episode):
        running.append(_first_answer(episode, limits, hours, now))
    running.append(_solution(conversation, episode, changes, limits, hours, now))
    return tuple(running)


def _answered(conversation: Conversation, episode: Episode) -> bool:
    """Whether staff have written to the customer since people were asked for, whoever owns it now."""
    last = conversation.last_agent_at
    return episode.first_answer_at is not None or (last is not None and last >= episode.requested_at)


def _first_answer(episode: Episode, limits: TalkLimits, hours: AgentHours, now: datetime) -> TalkClock:
    whole = max(limits.first_answer, _until_promised(episode, hours))
    return _clock(TalkClockName.FIRST_ANSWER, episode, whole, hours, now)


def _until_promised(episode: Episode, hours: AgentHours) -> timedelta:
    return hours.between(episode.requested_at, episode.promised_at or episode.requested_at)


def _solution(
    conversation: Conversation,
    episode: Episode,
    changes: Sequence[OwnerChange],
    limits: TalkLimits,
    hours: AgentHours,
    now: datetime,
) -> TalkClock:
    """What was waited for the customer is added to the limit; while they are waited for it stands still."""
    stops = _waits(changes, now)
    lost = sum((hours.between(since, until) for since, until in stops), timedelta(0))
    stands = conversation.mode is Mode.WAIT_CUSTOMER
    whole = max(limits.solution, _until_promised(episode, hours))
    return _clock(TalkClockName.SOLUTION, episode, whole, hours, now, lost=lost, stands=stands)


def _waits(changes: Sequence[OwnerChange], now: datetime) -> list[tuple[datetime, datetime]]:
    """From when to when the customer was waited for; the last time may go on."""
    found: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for change in changes:
        if change.to_mode is Mode.WAIT_CUSTOMER:
            since = since or change.at
        elif since is not None:
            found.append((since, change.at))
            since = None
    return found if since is None else [*found, (since, now)]


def _clock(
    name: TalkClockName,
    episode: Episode,
    whole: timedelta,
    hours: AgentHours,
    now: datetime,
    *,
    lost: timedelta = timedelta(0),
    stands: bool = False,
) -> TalkClock:
    """No clock is over before what was promised: the moment at which people begin again is, in working time, the one
    at which they stopped the evening before, and the customer was told the later.
    """
    start = episode.requested_at
    *warned, over = (hours.after(start, lost + whole * mark // 100) for mark in MARKS)
    due = max(over, episode.promised_at or over)
    used = int((hours.between(start, now) - lost) * 100 // whole) if whole else BREACH
    return TalkClock(name, due, (*warned, due), stands, used if now >= due else min(used, BREACH - 1))
