"""People and conversations: who is there to talk, how long they may take, what an episode with them holds.

Numbers: hand-off page, section 6.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from backend.domain.case import Role
from backend.domain.conversation import Mode
from backend.domain.labelled import Labelled

HEARTBEAT_LOST = timedelta(seconds=45)
"""Whoever has not been heard of for so long is gone: their conversations go back to the queue."""
FIRST_ANSWER_WARN = timedelta(seconds=60)
FIRST_ANSWER_LIMIT = timedelta(seconds=120)
"""Whoever claims and then says nothing for so long loses the conversation again."""
OFFER_LASTS = timedelta(seconds=60)
"""A transfer that nobody accepts in time is none."""
STICKY = timedelta(hours=24)
"""So long a returning customer may ask for the agent they talked with."""
CAPACITY = 5
"""Conversations that an agent holds at once, where nothing else is set for them."""

TYPING_SHOWS = timedelta(seconds=6)
"""Whoever typed is shown typing for so long; a page that goes on typing says so again before."""
SOFT_LIMIT = timedelta(minutes=3)
"""Whoever has waited for so long is offered a ticket or the bot."""

WITH_PEOPLE = (Mode.HUMAN, Mode.WAIT_CUSTOMER)
"""Modes in which a member of staff owns the conversation."""
CLAIMABLE = (Mode.QUEUED, Mode.TICKET)

ROLE_OF_SKILL = {
    "general": Role.AGENT,
    "vip": Role.AGENT,
    "complaints": Role.SUPERVISOR,
    "safety": Role.SUPERVISOR,
    "approval": Role.SUPERVISOR,
    "risk": Role.SUPERVISOR,
}
"""Whom a conversation that needs a skill is brought to; supervisors are told of what agents do not take too."""


class PresenceState(Labelled):
    """Whether a member of staff takes conversations."""

    ONLINE = "online", "在线"
    BUSY = "busy", "忙碌"
    AWAY = "away", "离开"
    OFFLINE = "offline", "离线"


class Outcome(Labelled):
    """How an episode with people ended."""

    SOLVED = "solved", "已解决"
    CASE_FOLLOWS = "case_follows", "转售后单跟进"
    NO_ANSWER = "no_answer", "顾客未回复"
    NOT_OURS = "not_ours", "非售后问题"
    UNSOLVED = "unsolved", "未解决"
    CUSTOMER_IDLE = "customer_idle", "顾客长时间未回复"
    CANCELLED = "cancelled", "顾客取消排队"


ENDINGS = (Outcome.SOLVED, Outcome.CASE_FOLLOWS, Outcome.NO_ANSWER, Outcome.NOT_OURS, Outcome.UNSOLVED)
"""Outcomes that an agent chooses from."""


@dataclass(frozen=True)
class Presence:
    """What a member of staff said of themselves, and when their page was last heard of (aware UTC)."""

    name: str
    state: PresenceState
    heard_at: datetime
    capacity: int = CAPACITY

    def there(self, now: datetime) -> bool:
        """Whether they can be reached at all."""
        return self.state is not PresenceState.OFFLINE and now - self.heard_at < HEARTBEAT_LOST

    def free(self, now: datetime, load: int) -> bool:
        """Whether they take one more conversation."""
        return self.state is PresenceState.ONLINE and self.there(now) and load < self.capacity


@dataclass(frozen=True)
class Episode:
    """One time with people, from the request to its end. Times are aware UTC.

    `score` and `comment` are what the customer thought of it afterwards, None until they say.
    """

    id: int
    conversation_id: str
    reason: str
    priority: int
    requested_at: datetime
    ranked_at: datetime
    summary: dict[str, Any] = field(default_factory=dict)
    promised_at: datetime | None = None
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    first_answer_at: datetime | None = None
    offered_to: str | None = None
    offered_until: datetime | None = None
    score: int | None = None
    comment: str | None = None

    def offered(self, name: str, now: datetime) -> bool:
        """Whether it is offered to that member of staff."""
        return self.offered_to == name and self.offered_until is not None and now < self.offered_until

    def answered(self, last_agent_at: datetime | None) -> bool:
        """Whether somebody of the shop wrote in it, its owner or one before; that time is the conversation's.

        `first_answer_at` is its present owner's alone.
        """
        return last_agent_at is not None and last_agent_at >= self.requested_at


@dataclass(frozen=True)
class OwnerChange:
    """A line of an episode's log: who changed the mode, from what to what, under which new epoch."""

    at: datetime
    actor: str
    from_mode: Mode
    to_mode: Mode
    epoch: int


@dataclass(frozen=True)
class TalkSign:
    """What the owner of a conversation is doing there: typing until then (aware UTC), and how far they have read."""

    conversation_id: str
    typing_until: datetime | None = None
    read_seq: int = 0

    def typing(self, now: datetime) -> bool:
        """Whether they type."""
        return self.typing_until is not None and now < self.typing_until


@dataclass(frozen=True)
class Note:
    """What staff write for each other beside a conversation; a customer never sees it."""

    conversation_id: str
    author: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Handback:
    """What people leave to the bot when they give a conversation back: plain JSON `slots`, and whether it goes on."""

    id: int
    conversation_id: str
    outcome: str
    note: str
    slots: dict[str, Any]
    resume: bool
