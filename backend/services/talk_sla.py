"""How long customers may wait for people: what each open episode has used of its time, and who is told of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from backend.domain.case import Role
from backend.domain.conversation import Conversation
from backend.domain.ownership import Episode
from backend.domain.talk_clocks import BREACH, TalkClock, TalkLimits, talk_clocks
from backend.ports import UnitOfWork, World
from backend.services.talk_alerts import alert_talk, role_for
from backend.services.working_hours import agent_hours

MOST = 1000
"""Open episodes that are looked at; the oldest first."""


def clocks_of_talks(world: World) -> Mapping[str, tuple[TalkClock, ...]]:
    """The clocks of every conversation with an open episode, by its id."""
    return {conversation.id: clocks for conversation, _, clocks in _running(world)}


def clocks_of_talk(world: World, conversation: Conversation, episode: Episode) -> tuple[TalkClock, ...]:
    """The clocks of one open episode."""
    now = world.clock.now()
    with world.read() as work:
        changes = work.episodes.log_of(episode.id)
    return talk_clocks(conversation, episode, changes, _limits(world, now), agent_hours(world, now), now)


def watch_talk_clocks(world: World) -> int:
    """Warn whoever has a conversation at 50 and 80 percent of its time, tell supervisors at its end.

    Each mark is told once for an episode, of marks that were missed only the highest. Returns how many were told.
    """
    late = [(each, episode, clock) for each, episode, clocks in _running(world) for clock in clocks if clock.mark]
    return sum(_tell(world, *each) for each in late)


def _running(world: World) -> list[tuple[Conversation, Episode, tuple[TalkClock, ...]]]:
    now = world.clock.now()
    hours, limits = agent_hours(world, now), _limits(world, now)
    with world.read() as work:
        found = work.talk.open_episodes(MOST)
    return [
        (conversation, episode, talk_clocks(conversation, episode, changes, limits, hours, now))
        for conversation, episode, changes in found
    ]


def _limits(world: World, now: datetime) -> TalkLimits:
    sla = world.rule_book(now).rules_for().handoff.sla
    return TalkLimits(timedelta(minutes=sla.first_answer_minutes), timedelta(hours=sla.solution_hours))


def _tell(world: World, conversation: Conversation, episode: Episode, clock: TalkClock) -> bool:
    about = f"sla:{clock.name.value}:{clock.mark}"
    with world.read() as work:
        if about in work.talk.told_of(episode.id):
            return False
    with world.write() as work:
        told = _alert(world, work, conversation, episode, clock, about)
        work.commit()
    return told


def _alert(
    world: World, work: UnitOfWork, conversation: Conversation, episode: Episode, clock: TalkClock, about: str
) -> bool:
    """A warning is for whoever has it, else for those who could take it; what is late is for supervisors."""
    now, breached = world.clock.now(), clock.mark == BREACH
    owner = None if breached else work.staff.get(conversation.owner or "")
    role = Role.SUPERVISOR if breached else owner.role if owner is not None else role_for(episode)
    return alert_talk(
        work,
        episode,
        "breach" if breached else "warning",
        role,
        now,
        about=about,
        staff_name=owner.name if owner is not None else None,
        percent=clock.mark,
        due_at=clock.due_at.isoformat(),
        owner=conversation.owner,
    )
