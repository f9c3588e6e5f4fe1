"""What the rules approve without people: after filing (`approval.auto`), or when the review has missed its time.

Only what the rules allow outright, without any risk signal, below `approval.auto.max_amount`, and of which nobody of
the shop has decided anything yet.
"""

import logging
from datetime import datetime

from backend.domain.case import SYSTEM, Case, State
from backend.domain.lifecycle import Event
from backend.domain.rule_types import ReviewBreach
from backend.domain.rules import Rules
from backend.errors import Conflict, GuardRefused, IllegalTransition
from backend.ports import UnitOfWork, World
from backend.services import acting
from backend.services.case_rules import rules_of

log = logging.getLogger(__name__)


def approve_filed(world: World, case: Case) -> Case:
    """Approve a case that was just filed, where the rules do so by themselves (T12 to T14); else as it was."""
    now = world.clock.now()
    with world.read() as work:
        wanted = rules_of(world, work, case, now).approval.auto.enabled
    if not wanted:
        return case
    try:
        return acting.act(world, case.case_no or "", Event.APPROVE, actor=SYSTEM, expected_version=case.version)
    except (GuardRefused, IllegalTransition, Conflict) as left:
        log.info("case %s is left to people: %s", case.case_no, left)
        return case


def approve_overdue(world: World, work: UnitOfWork, case: Case, rules: Rules, now: datetime) -> Case | None:
    """Approve a locked case whose review has missed its time, where the rules say so; None where they do not."""
    if rules.sla.review_breach_action is not ReviewBreach.AUTO_APPROVE or case.state is not State.SUBMITTED:
        return None
    try:
        return acting.happen(world, work, case, Event.APPROVE, SYSTEM, now)
    except (GuardRefused, IllegalTransition, Conflict) as left:
        log.info("case %s is left to people: %s", case.case_no, left)
        return None
