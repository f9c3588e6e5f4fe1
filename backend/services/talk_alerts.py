"""What staff are told about conversations: one that needs people, one that nobody takes, one whose owner is silent."""

from datetime import datetime
from typing import Any

from backend.domain.case import Role
from backend.domain.ownership import ROLE_OF_SKILL, Episode
from backend.domain.work import Alert
from backend.ports import UnitOfWork


def alert_talk(
    work: UnitOfWork,
    episode: Episode,
    kind: str,
    role: Role,
    now: datetime,
    *,
    about: str,
    staff_name: str | None = None,
    **detail: Any,
) -> bool:
    """Tell a role, or one member of it, something about a conversation; once for the episode and what it is about."""
    key = f"talk:{episode.id}:{about}:{staff_name or role.value}"
    told = {"about": about, "reason": episode.reason, "episode": episode.id, **detail}
    return work.alerts.add(Alert(None, kind, role, key, now, staff_name, told, conversation_id=episode.conversation_id))


def ask_people(work: UnitOfWork, conversation_id: str, now: datetime) -> None:
    """A conversation needs somebody with its skill; supervisors know too where nobody with it is free."""
    episode = work.episodes.current(conversation_id)
    assert episode is not None  # it was given to people in this unit of work
    role = role_for(episode)
    alert_talk(work, episode, "task", role, now, about=f"wanted:{episode.priority}", priority=episode.priority)
    if role is not Role.SUPERVISOR and not _anybody_free(work, role, now):
        alert_talk(work, episode, "warning", Role.SUPERVISOR, now, about="nobody_free")


def ask_answer(work: UnitOfWork, conversation_id: str, promised_at: datetime, now: datetime) -> None:
    """Nobody took it in time: it must be answered by then, which supervisors know too."""
    episode = work.episodes.current(conversation_id)
    assert episode is not None  # a ticket is of an open episode
    promise = promised_at.isoformat()
    for role in {role_for(episode), Role.SUPERVISOR}:
        alert_talk(work, episode, "escalation", role, now, about=f"ticket:{promise}", promised_at=promise)


def role_for(episode: Episode) -> Role:
    """Whose work it is, by the skill it needs."""
    return ROLE_OF_SKILL.get(episode.summary.get("skill", ""), Role.AGENT)


def free_agents(work: UnitOfWork, now: datetime) -> list[str]:
    """Who is there and takes one more conversation, whoever has the fewest first."""
    loads = work.ownership.loads()
    free = [each.name for each in work.presences.all() if each.free(now, loads.get(each.name, 0))]
    return sorted(free, key=lambda name: loads.get(name, 0))


def _anybody_free(work: UnitOfWork, role: Role, now: datetime) -> bool:
    members = (work.staff.get(name) for name in free_agents(work, now))
    return any(member is not None and member.role is role for member in members)
