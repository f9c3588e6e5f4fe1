"""What becomes of a customer's word that the money has not arrived, or that something else is wrong (T39).

Claim, ask, record: the word is written down first, the providers are asked with no transaction open, and what they say
is told at once. Said again after a provider has confirmed the payment, it is an objection that people look into.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from backend.domain.case import Actor, Case, Role, State
from backend.domain.complaint import Cause
from backend.domain.lifecycle import Event
from backend.domain.refund_leg import Outcome, RefundLeg, outcome_of, own_legs
from backend.domain.request import Remedy
from backend.errors import BackendError
from backend.ports import UnitOfWork, World
from backend.services import disputes, notices
from backend.services.case_rules import book_of
from backend.services.conversations import Notice
from backend.services.locking import locked_case
from backend.services.moving import move
from backend.services.payouts import look_now, payout_facts, settle
from backend.services.reaching import say_about

LEFT_BEHIND = timedelta(minutes=5)
"""A look that is not over by then has died with its process, or the provider did not answer: it is made again."""

log = logging.getLogger(__name__)


class Finding(str, Enum):
    """What came of it."""

    PAID = "paid"
    UNSETTLED = "unsettled"
    TROUBLED = "troubled"
    IN_REVIEW = "in_review"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class Receipt:
    """The case as it stands then, and what was found; the customer has been told in words.

    PAID: the provider confirms it. UNSETTLED: it is at it still, does not answer or says otherwise, finance knows.
    TROUBLED: a payment has failed, finance has it. IN_REVIEW: nothing had been paid, or it is another problem: the case
    is reviewed again. DISPUTED: confirmed before and missed again, a complaint looks into it. `repeated` says that
    they were told the same a moment ago, and nothing now.
    """

    case: Case
    finding: Finding
    complaint_no: str | None = None
    repeated: bool = False


def not_received(world: World, case_no: str, actor: Actor) -> Receipt:
    """The customer misses the money of a case that was paid, or the goods of one that had none to pay.

    While REFUNDING it only asks the providers again. Raises CaseNotFound and IllegalTransition.
    """
    with world.write() as work:
        case = locked_case(work, case_no)
        goods = case.remedy == Remedy.EXCHANGE.value or not work.refunds.of_case(case.id)
        if case.state is State.AWAITING_CONFIRM and goods:
            return _reviewed_again(world, work, case, actor, "")
        if case.state is State.AWAITING_CONFIRM and _confirmed_before(work, case):
            return _disputed(world, work, case, actor)
        if case.state is not State.REFUNDING:
            now = world.clock.now()
            case = move(world, work, case, Event.NOT_RECEIVED, actor=actor, now=now, target=State.REFUNDING)
        work.commit()
    return _look(world, case_no)


def problem(world: World, case_no: str, actor: Actor, text: str) -> Receipt:
    """Something else is wrong at the end of a case: it is reviewed again. What was paid stays counted.

    Raises CaseNotFound and IllegalTransition.
    """
    with world.write() as work:
        return _reviewed_again(world, work, locked_case(work, case_no), actor, text.strip())


def look_again(world: World, limit: int = 20) -> int:
    """Make the looks again that came to no end; how many cases are settled now."""
    with world.read() as work:
        waiting = work.refunds.paid_but_refunding(world.clock.now() - LEFT_BEHIND, limit)
    return sum(_look_quietly(world, case_no) for case_no in waiting)


def _look_quietly(world: World, case_no: str) -> bool:
    try:
        return _look(world, case_no, told=False).finding is Finding.PAID
    except BackendError:
        log.exception("cannot look at the refund of %s", case_no)
        return False


def _look(world: World, case_no: str, *, told: bool = True) -> Receipt:
    """Ask the providers, and write down and tell what they say."""
    doubtful = look_now(world, case_no)
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        legs = work.refunds.of_case(case.id)
        if case.state is State.REFUNDING and not doubtful:
            case = settle(world, work, case.id, now, _looked_up(world, legs, now)) or case
        receipt = Receipt(case, _finding(case, legs))
        if receipt.finding is Finding.UNSETTLED:
            _alert_finance(work, case, now, [leg.refund_no for leg in doubtful])
            said = told and say_about(world, work, case, _notice(world, case, "refund_unsettled", now))
            receipt = replace(receipt, repeated=told and not said)
        work.commit()
    return receipt


def _finding(case: Case, legs: Sequence[RefundLeg]) -> Finding:
    if case.state is State.REFUNDING:
        return Finding.UNSETTLED
    return Finding.TROUBLED if outcome_of(legs) is Outcome.TROUBLED else Finding.PAID


def _looked_up(world: World, legs: Sequence[RefundLeg], now: datetime) -> Callable[[Case], Notice]:
    """The notice with time, account and reference of every payment."""

    def notice(case: Case) -> Notice:
        return _notice(world, case, "refund_looked_up", now, **payout_facts(legs, now))

    return notice


def _reviewed_again(world: World, work: UnitOfWork, case: Case, actor: Actor, text: str) -> Receipt:
    now = world.clock.now()
    description = "\n".join(filter(None, (case.description, text)))
    moved = move(
        world,
        work,
        case,
        Event.PROBLEM,
        actor=actor,
        now=now,
        target=State.SUBMITTED,
        detail={"reason": text},
        changes={"description": description or None, "sla_breached": False, "held_seconds": 0},
        notice=lambda moved: _notice(world, moved, "problem_noted", now),
    )
    work.commit()
    return Receipt(moved, Finding.IN_REVIEW)


def _disputed(world: World, work: UnitOfWork, case: Case, actor: Actor) -> Receipt:
    now = world.clock.now()
    _alert_finance(work, case, now, [leg.refund_no for leg in own_legs(work.refunds.of_case(case.id))])
    complaint = disputes.open_complaint(
        world, work, case.conversation_id, Cause.PAYOUT, "", (case,), actor=actor, now=now
    )
    work.commit()
    return Receipt(work.cases.get(case.id) or case, Finding.DISPUTED, complaint.complaint_no)


def _confirmed_before(work: UnitOfWork, case: Case) -> bool:
    """Whether the case waits for the customer's word because a provider confirmed a payment that they missed."""
    moves = [event for event in work.cases.events(case.id) if event.from_state is not event.to_state]
    return [event.event for event in moves[-2:]] == [Event.NOT_RECEIVED.value, Event.REFUND_SUCCEEDED.value]


def _alert_finance(work: UnitOfWork, case: Case, now: datetime, refund_nos: Sequence[str]) -> None:
    notices.alert(work, case, "task", Role.FINANCE, now, about="not_received", refunds=list(refund_nos))


def _notice(world: World, case: Case, template: str, now: datetime, **detail: Any) -> Notice:
    """Said once a minute at most, however often it is asked for."""
    params = {**notices.facts(case, book_of(world, case, now)), **detail}
    key = f"{template}:{case.id}:{case.version}:{now:%Y%m%d%H%M}"
    return Notice(template, params, case_id=case.id, dedupe_key=key)
