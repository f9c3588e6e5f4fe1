"""Makes an event happen to a case: reads it, asks the table, asks the verb's guard, moves it. One transaction.

The operator's command line, the desk and the chat all come in here.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from backend.domain.case import Actor, Case, State
from backend.domain.lifecycle import Event, Step
from backend.domain.rules import Rules
from backend.errors import Conflict, GuardRefused, IllegalTransition
from backend.ports import UnitOfWork, World
from backend.services import closing, disputes, handling, inspection, proposals, replacement, returns, review, risk
from backend.services.acts import Act, Given, Plan
from backend.services.case_rules import book_of, rules_of
from backend.services.freight import approve_at_inspection
from backend.services.locking import locked_case
from backend.services.moving import illegal, move, step_of

NOTHING = Given()
"""An event that brings nothing along."""

Verb = Callable[[Act], Plan]


def _approve(act: Act) -> Plan:
    offered = act.step.from_state is State.PROPOSED
    return proposals.accept_for(act) if offered else review.approve(act)


VERBS: Mapping[Event, Verb] = {
    Event.ASK_INFO: review.ask_info,
    Event.INFO_ADDED: review.add_info,
    Event.RECOMMEND: review.recommend,
    Event.SEND_BACK: review.send_back,
    Event.APPROVE: _approve,
    Event.REJECT: review.reject,
    Event.APPEAL: review.appeal,
    Event.EDIT: review.edit,
    Event.PROPOSE: proposals.propose,
    Event.ACCEPT: proposals.accept,
    Event.DECLINE: proposals.decline,
    Event.TRACKING_ADDED: returns.add_waybill,
    Event.PICKUP_SCANNED: returns.add_waybill,
    Event.RECEIVE: returns.receive,
    Event.REFUSE_RECEIPT: returns.refuse_receipt,
    Event.INSPECT_PASS: inspection.inspect_pass,
    Event.INSPECT_FAIL: inspection.inspect_fail,
    Event.ACCEPT_PARTIAL: inspection.accept_partial,
    Event.CHOOSE_SEND_BACK: inspection.choose_send_back,
    Event.OBJECT: inspection.object_to,
    Event.ESCALATE: closing.expire_quietly,
    Event.EXECUTE_RULING: inspection.execute_ruling,
    Event.SHIP: replacement.ship,
    Event.OUT_OF_STOCK: replacement.out_of_stock,
    Event.DELIVERED: replacement.deliver,
    Event.REPAIRED: replacement.repaired,
    Event.UNREPAIRABLE: replacement.unrepairable,
    Event.EXPIRE: closing.expire,
    Event.WITHDRAW: closing.withdraw,
    Event.CONFIRM: closing.confirm,
    Event.AUTO_CONFIRM: closing.confirm,
    Event.REOPEN: closing.reopen,
    Event.AMOUNT_MISMATCH: closing.return_to_approver,
    Event.ASSIGN: handling.assign,
    Event.TAKE_OVER: handling.take_over,
    Event.PRIORITY: handling.prioritise,
    Event.NOTE: handling.note,
    Event.HOLD: handling.hold,
    Event.RELEASE: handling.release,
    Event.OPEN_REVIEW: handling.open_review,
}
"""What judges and prepares each event. Filing (`services.filing`) and money have services of their own."""

_TARGETS: Mapping[Event, Callable[[Case, Given, Rules], State]] = {
    Event.APPROVE: review.approved_target,
    Event.INSPECT_PASS: inspection.passed_target,
}
"""Where the table leaves a choice that follows from the case."""


def act(
    world: World,
    case_no: str,
    event: Event,
    *,
    actor: Actor,
    given: Given = NOTHING,
    target: State | None = None,
    expected_version: int | None = None,
) -> Case:
    """Make an event happen and give the case as it is then; the event that led here changes nothing.

    `target` names the state where the table leaves a choice that does not follow from the case. Raises CaseNotFound,
    IllegalTransition (naming what is allowed), GuardRefused (naming what to do), and Conflict.
    """
    now = world.clock.now()
    try:
        with world.write() as work:
            case = locked_case(work, case_no)
            moved = happen(world, work, case, event, actor, now, given, target, expected_version)
            work.commit()
    except Conflict as taken:
        if taken.subject == "waybill":
            risk.remember_refused_waybill(world, case_no, given)
        raise
    return moved


def happen(
    world: World,
    work: UnitOfWork,
    case: Case,
    event: Event,
    actor: Actor,
    now: datetime,
    given: Given = NOTHING,
    target: State | None = None,
    expected_version: int | None = None,
) -> Case:
    """`act` on a case that is locked in this unit of work; the caller commits."""
    rules, book = rules_of(world, work, case, now), book_of(world, case, now, work)
    step = step_of(work, case, event, actor, _meant(work, case, event, given, target, rules))
    if step.repeated:
        _refuse_other(work, case, event, actor, given)
        return case
    tried = Act(world, work, case, step, event, actor, given, rules, book, now)
    plan = _verb(event)(tried)
    changes = {**plan.changes, **risk.after(tried, plan)}
    moved = move(
        world,
        work,
        case,
        event,
        actor=actor,
        now=now,
        target=step.to_state,
        detail=plan.detail,
        changes=changes,
        expected_version=expected_version,
    )
    if event is Event.INSPECT_PASS:
        approve_at_inspection(work, moved, actor, book, rules, now)
    return moved


def _meant(
    work: UnitOfWork, case: Case, event: Event, given: Given, target: State | None, rules: Rules
) -> State | None:
    """The target that follows from the case; one that was named as well must be the same."""
    computed = _computed(work, case, event, given, rules)
    if target is not None and computed is not None and target is not computed:
        raise GuardRefused(
            event.value,
            "leads_elsewhere",
            "this remedy leads to {state}, not to {target}",
            state=computed,
            target=target,
        )
    return computed or target


def _computed(work: UnitOfWork, case: Case, event: Event, given: Given, rules: Rules) -> State | None:
    if event in (Event.ACCEPT, Event.APPROVE) and case.state is State.PROPOSED:
        offer = work.cases.last_move(case.id)
        assert offer is not None
        return proposals.accepted_target(case, offer, rules)
    if event is Event.EXECUTE_RULING:
        return disputes.ruled_target(work, case)
    if event in _TARGETS and case.state is not State.CLOSED and case.remedy is not None:
        return _TARGETS[event](case, given, rules)
    return None


def _verb(event: Event) -> Verb:
    if event not in VERBS:
        raise GuardRefused(event.value, "own_command", "this event has a command of its own")
    return VERBS[event]


def _refuse_other(work: UnitOfWork, case: Case, event: Event, actor: Actor, given: Given) -> None:
    """A repeat that says something else is no repeat."""
    last = work.cases.last_move(case.id)
    if last is not None and given.differs_from(last.detail):
        raise illegal(case, event, actor)


__all__ = ["VERBS", "Act", "Given", "IllegalTransition", "Plan", "Step", "act"]
