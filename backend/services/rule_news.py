"""Tells customers of open cases what a new rule book changes in the steps ahead of them (N9), once for each version."""

from typing import Any

from backend.domain.case import State
from backend.domain.rule_news import ChangedLimit, changed_limits
from backend.ports import World
from backend.services import notices
from backend.services.case_rules import book_of, rules_for, rules_of
from backend.services.locking import locked_by_id

BATCH = 100
"""Cases at a time: the next call goes on after them."""


def tell_of_new_rules(world: World) -> int:
    """Go on telling of the rule book in force; how many customers were told now. Whoever nothing changes for is not."""
    now = world.clock.now()
    with world.read() as work:
        period = work.rule_books.period_at(now)
        newest = work.cases.newest_id()
        found = work.cases.under_other_rules(period.version, after=period.told_to, limit=BATCH) if period else []
    if period is None or newest <= period.told_to:
        return 0
    told = sum(_tell(world, case_id, period.version) for case_id in found)
    with world.write() as work:
        work.rule_books.mark_told(period.id, found[-1] if len(found) == BATCH else newest)
        work.commit()
    return told


def _tell(world: World, case_id: int, version: int) -> bool:
    now = world.clock.now()
    with world.write() as work:
        case = locked_by_id(work, case_id)
        other = world.rule_book_version(version)
        changes = changed_limits(case, rules_of(world, work, case, now), rules_for(work, case, other))
        if case.state is State.CLOSED or not changes:
            return False
        notices.tell(
            world,
            work,
            case,
            "rules_changed",
            book=book_of(world, case, now),
            rules=rules_of(world, work, case, now),
            now=now,
            detail={"changes": [_told(change) for change in changes]},
            by_clock=True,
            number=version,
            version=0,
        )
        work.commit()
    return True


def _told(change: ChangedLimit) -> dict[str, Any]:
    """A change as the notice words it; plain JSON."""
    return {
        "name": change.name,
        "was": {"amount": change.was.amount, "unit": change.was.unit.value},
        "now": {"amount": change.now.amount, "unit": change.now.unit.value},
        "better": change.better,
    }
