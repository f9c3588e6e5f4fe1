"""What a member of staff still has to know of, and that they have dealt with it."""

from collections.abc import Sequence
from dataclasses import replace

from backend.domain.alert_list import AlertLine, Reader
from backend.domain.case import SYSTEM
from backend.domain.work import Staff
from backend.errors import Conflict
from backend.ports import UnitOfWork, World

SHOWN = 100
BATCH = 1000
"""Alerts that are put away at a time."""
_CALL_BACK = "call_back"


def open_alerts(world: World, member: Staff) -> list[AlertLine]:
    """For them or their role, newest first; call-backs with what the customer said."""
    with world.read() as work:
        lines = work.alert_lists.open_of(_reader(member), SHOWN)
        return [replace(line, comment=_comment(work, line)) for line in lines]


def count_alerts(world: World, member: Staff) -> int:
    """How many are open."""
    with world.read() as work:
        return work.alert_lists.count(_reader(member))


def settle_alerts(world: World, member: Staff, alert_ids: Sequence[int]) -> int:
    """They have dealt with these. Raises Conflict when none of them is theirs and open (any more)."""
    with world.write() as work:
        settled = work.alert_lists.settle(_reader(member), list(alert_ids), member.name, world.clock.now())
        if not settled:
            raise Conflict("somebody has dealt with it already", subject="alert")
        work.commit()
    return settled


def settle_moot_alerts(world: World) -> int:
    """Put away what a queue shows anyhow, and what has passed: what is open stays little; returns how many were."""
    with world.write() as work:
        settled = work.alert_lists.settle_moot(SYSTEM.name, world.clock.now(), BATCH)
        work.commit()
    return settled


def _reader(member: Staff) -> Reader:
    return Reader(member.name, member.role)


def _comment(work: UnitOfWork, line: AlertLine) -> str:
    """What a customer said with a low score: of a case, or of a conversation."""
    alert = line.alert
    if not str(alert.detail.get("about", "")).startswith(_CALL_BACK):
        return ""
    if alert.case_id is not None:
        rating = work.ratings.of_case(alert.case_id)
        return rating.comment if rating is not None else ""
    episodes = work.episodes.of_conversation(alert.conversation_id or "")
    return next((each.comment or "" for each in episodes if each.id == alert.detail.get("episode")), "")
