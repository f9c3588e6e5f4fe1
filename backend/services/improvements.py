"""Actions against causes that repeat: who does what by when, and how it ended (rule book 11, `improvement.actions`)."""

from datetime import date, timedelta

from backend.domain.case import Actor, Role
from backend.domain.improvement import Improvement
from backend.domain.request import Reason
from backend.domain.workdays import local_day
from backend.errors import ImprovementNotFound, ImprovementRefused
from backend.ports import UnitOfWork, World

MAY_DECIDE = (Role.SUPERVISOR, Role.MANAGER, Role.ADMIN)
SEEN_WITHIN = timedelta(days=365)
"""An action is against something that has occurred so recently; own number."""


def add_improvement(
    world: World, *, reason: str, sku: str, action: str, owner: str, due: date, by: Actor
) -> Improvement:
    """Begin an action against a reason with a product, seen to by `owner` until the day `due`.

    Raises ImprovementRefused, and Conflict when one against this cause is open.
    """
    now = world.clock.now()
    _require(by.role in MAY_DECIDE, f"{by.name} may not: {', '.join(role.value for role in MAY_DECIDE)} decide")
    _require(reason in {each.value for each in Reason}, f"name a reason out of {', '.join(each for each in Reason)}")
    _require(action.strip(), "say what is done")
    _require(due >= local_day(now), f"name a day from {local_day(now)} on, not {due}")
    with world.write() as work:
        _require(_works_here(work, owner), f"name an active member of staff, not {owner!r}")
        cases, _sold = work.reports.cases_of_cause(reason, sku, now - SEEN_WITHIN, now + timedelta(seconds=1))
        _require(cases, f"there was no case of {reason} with {sku!r} within {SEEN_WITHIN.days} days")
        added = work.improvements.add(Improvement(0, reason, sku, action.strip(), owner, due, by.name, now))
        work.commit()
    return added


def close_improvement(world: World, action_id: int, *, outcome: str, by: Actor) -> Improvement:
    """Finish an action; its owner may too. Closed already, it stays as it is.

    Raises ImprovementNotFound and ImprovementRefused.
    """
    with world.write() as work:
        action = _found(work, action_id)
        entitled = by.role in MAY_DECIDE or by.name == action.owner
        _require(entitled, f"{by.name} may not: {action.owner} or a supervisor closes it")
        _require(outcome.strip(), "say what came of it")
        work.improvements.close(action_id, by=by.name, at=world.clock.now(), outcome=outcome.strip())
        closed = _found(work, action_id)
        work.commit()
    return closed


def list_improvements(world: World, *, only_open: bool = False) -> list[Improvement]:
    """Actions, those due first come first."""
    with world.read() as work:
        return work.improvements.all(only_open=only_open)


def _found(work: UnitOfWork, action_id: int) -> Improvement:
    action = work.improvements.get(action_id)
    if action is None:
        raise ImprovementNotFound(str(action_id))
    return action


def _works_here(work: UnitOfWork, name: str) -> bool:
    member = work.staff.get(name)
    return member is not None and member.active


def _require(fulfilled: object, what_to_do: str) -> None:
    if not fulfilled:
        raise ImprovementRefused(what_to_do)
