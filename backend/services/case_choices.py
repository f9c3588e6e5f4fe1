"""What a member of staff can do with a case now, and what not and why: by their role, by its state, by a guard.

Guards are asked by trying: each event is made to happen, with nothing given, in a unit of work that is never committed.
What only lacks an answer can be done; what would be refused whatever is answered cannot.
"""

from dataclasses import dataclass

from backend.domain.case import STAFF_ROLES, Actor, Case, Role, State
from backend.domain.lifecycle import TABLE, TRANSITIONS, Event, allowed_events, targets
from backend.errors import Conflict, GuardRefused, IllegalTransition, PayoutRefused
from backend.ports import World
from backend.services.acting import VERBS, happen
from backend.services.doing import MONEY
from backend.services.locking import locked_case
from backend.services.refunds import refuse_wrong_payer

Refusal = GuardRefused | PayoutRefused

HANDLING = (
    Event.TAKE_OVER,
    Event.ASSIGN,
    Event.PRIORITY,
    Event.NOTE,
    Event.HOLD,
    Event.RELEASE,
    Event.OPEN_REVIEW,
)
"""Events that keep the state (T43), in the order of their use; they only ever lack answers."""

FINAL_CODES = frozenset(
    {
        "award_differs",
        "filed_it_themselves",
        "gap_blocked",
        "gap_unpaid",
        "level_too_low",
        "may_approve",
        "no_award",
        "recommended_it_themselves",
        "rejected_it_themselves",
        "ruled_otherwise",
        "second_review",
        "stock_short",
        "too_early",
    }
)
"""Refusals that no answer of this member's changes."""


@dataclass(frozen=True)
class Choices:
    """`possible` events in the table's order; `refused` ones with why; `others` are events of other roles in this
    state; `later` are this role's events in other states.
    """

    possible: tuple[Event, ...]
    handling: tuple[Event, ...]
    refused: tuple[tuple[Event, Refusal], ...]
    others: tuple[tuple[Event, tuple[Role, ...]], ...]
    later: tuple[tuple[Event, tuple[State, ...]], ...]


def choices(world: World, case: Case, actor: Actor) -> Choices:
    """What there is to do for `actor`."""
    allowed = [event for event in allowed_events(case.state, actor.role) if event in VERBS or event in MONEY]
    tried = {event: _refusal(world, case, event, actor) for event in allowed if event not in HANDLING}
    return Choices(
        possible=tuple(event for event, refusal in tried.items() if refusal is None),
        handling=tuple(event for event in HANDLING if event in allowed and _makes_sense(event, case)),
        refused=tuple((event, refusal) for event, refusal in tried.items() if refusal is not None),
        others=_of_others(case.state, actor.role),
        later=_later(case.state, actor.role),
    )


def _refusal(world: World, case: Case, event: Event, actor: Actor) -> Refusal | None:
    """Why an event would be refused whatever is given with it; None when it can be done."""
    for target in (None, *targets(case.state, event, actor.role)):
        try:
            _try(world, case, event, actor, target)
        except PayoutRefused as refused:
            return refused
        except GuardRefused as refused:
            return refused if refused.code in FINAL_CODES else None
        except IllegalTransition:
            continue  # the table leaves a choice that does not follow from the case: each of it is tried
        except Conflict:
            return None
        return None
    return None


def _try(world: World, case: Case, event: Event, actor: Actor, target: State | None) -> None:
    now = world.clock.now()
    with world.write() as work:  # never committed
        locked = locked_case(work, case.case_no or "")
        if event in MONEY:
            refuse_wrong_payer(world, work, locked, actor, now)
        else:
            happen(world, work, locked, event, actor, now, target=target)


def _makes_sense(event: Event, case: Case) -> bool:
    """Of a pair that undo each other, the one that changes something; a review is opened once, before any decision."""
    if event is Event.OPEN_REVIEW:
        return case.state is State.SUBMITTED
    return event is not (Event.HOLD if case.risk_hold else Event.RELEASE)


def _of_others(state: State, own: Role) -> tuple[tuple[Event, tuple[Role, ...]], ...]:
    mine = set(allowed_events(state, own))
    able = {
        event: tuple(role for role in STAFF_ROLES if move.by(role))
        for (origin, event), move in TRANSITIONS.items()
        if origin is state and event not in mine and event not in HANDLING
    }
    return tuple((event, roles) for event, roles in able.items() if roles)


def _later(state: State, own: Role) -> tuple[tuple[Event, tuple[State, ...]], ...]:
    now = set(allowed_events(state, own))
    found: dict[Event, list[State]] = {}
    for row in TABLE:
        for event in row.events:
            if own in row.roles and event not in now and (event in VERBS or event in MONEY):
                found.setdefault(event, []).extend(each for each in row.froms if each is not None)
    return tuple((event, tuple(dict.fromkeys(states))) for event, states in found.items())
