"""Refund legs on their way: claim, call, record. The provider is called with no transaction open.

Whoever learns something of a refund (the answer to the sending, a callback, our own question) hands it to
`record_result`. Where there is no answer the leg is only marked, under the version it was taken with: somebody who
knows more has the last word.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from backend.domain.case import SYSTEM, Actor, Case, State
from backend.domain.lifecycle import Event
from backend.domain.payout import MANUAL_GATEWAY, POINTS_GATEWAY
from backend.domain.refund_leg import (
    FINAL,
    LegState,
    Outcome,
    RefundAnswer,
    RefundLeg,
    Source,
    after_answer,
    after_not_known,
    after_refusal,
    after_silence,
    outcome_of,
    own_legs,
    sent_again,
    taken,
)
from backend.errors import CaseNotFound, GatewayRefused, GatewayUnreachable, NotFound, RefundNotFound
from backend.logs import once_committed
from backend.ports import UnitOfWork, World
from backend.ports.payments import PaymentGateway
from backend.services import coupons
from backend.services.case_rules import rules_of
from backend.services.collections import heard_beside
from backend.services.conversations import Notice
from backend.services.locking import locked_by_id, locked_leg
from backend.services.moving import move
from backend.services.spot_checks import draw

WORKER = "worker"

log = logging.getLogger(__name__)


def due_refunds(world: World, limit: int = 50) -> list[str]:
    """The numbers of the refunds that wait to be sent or asked about."""
    with world.read() as work:
        return [leg.refund_no for leg in work.refunds.due(world.clock.now(), limit)]


def look_after_refund(world: World, refund_no: str) -> bool:
    """Bring one refund a step on; False when nothing is due of it, or somebody else has it."""
    with world.read() as work:
        leg = work.refunds.by_number(refund_no)
    due = leg is not None and leg.due_at is not None and leg.due_at <= world.clock.now()
    return leg is not None and due and _look_after(world, leg)


def look_now(world: World, case_no: str) -> list[RefundLeg]:
    """Ask the providers about every leg of a case, those that were paid too (T39).

    Gives the legs of which the books say more than the provider does: paid by us, not confirmed there now. Raises
    CaseNotFound.
    """
    with world.read() as work:
        case = work.cases.by_number(case_no)
        if case is None:
            raise CaseNotFound(case_no)
        legs = work.refunds.of_case(case.id)
    for leg in legs:
        if leg.state not in FINAL:
            _look_after(world, leg)
    return [leg for leg in legs if leg.state is LegState.SUCCESS and not _confirmed(world, leg)]


def record_result(world: World, answer: RefundAnswer, source: Source, *, by: str) -> RefundLeg:
    """Write down what a provider says of a refund, and what it means for the case; the leg as it stands then.

    The same answer any number of times changes nothing more. Raises RefundNotFound.
    """
    with world.write() as work:
        leg = _record(world, work, answer, source, by)
        work.commit()
    return leg


def receive_notification(world: World, gateway: str, headers: Mapping[str, str], body: bytes) -> None:
    """Take a provider's callback; one that was taken before changes nothing.

    Raises NotFound for an unknown provider and NotificationRefused for a callback that is not believed.
    """
    if gateway not in world.gateways:
        raise NotFound(f"there is no payment gateway {gateway!r}")
    now = world.clock.now()
    notification = world.gateways[gateway].read_notification(headers, body, now)
    with world.write() as work:
        if not work.refunds.take_notification(gateway, notification.id, now):
            return
        try:
            _record(world, work, notification.answer, Source.CALLBACK, gateway)
        except RefundNotFound:  # the reconciliation reports it too; to be told again would not help
            log.error("%s tells of a refund that is not ours: %s", gateway, notification.answer.refund_no)
        work.commit()


def settle(
    world: World, work: UnitOfWork, case_id: int, now: datetime, notice: Callable[[Case], Notice] | None = None
) -> Case | None:
    """Move a case that is being refunded on once its legs have come to something (T30, T31); None before that.

    `notice` is said of a success instead of the usual one.
    """
    legs = work.refunds.of_case(case_id)
    event = {Outcome.SUCCEEDED: Event.REFUND_SUCCEEDED, Outcome.TROUBLED: Event.REFUND_FAILED}.get(outcome_of(legs))
    case = None if event is None else work.cases.get(case_id)
    if case is None or event is None or case.state is not State.REFUNDING:
        return None
    said = notice if event is Event.REFUND_SUCCEEDED else None
    if event is Event.REFUND_SUCCEEDED:
        rules = rules_of(world, work, case, now)
        draw(work, case, legs, rules, now)
        coupons.give_back(work, case, rules, now)
    return move_payout(world, work, case, event, SYSTEM, now, legs, notice=said)


def move_payout(
    world: World,
    work: UnitOfWork,
    case: Case,
    event: Event,
    actor: Actor,
    now: datetime,
    legs: Sequence[RefundLeg],
    *,
    notice: Callable[[Case], Notice] | None = None,
    **detail: Any,
) -> Case:
    """`moving.move` by an event of a payout; log and notice have `payout_facts`."""
    told = {**payout_facts(legs, now), **detail}
    return move(world, work, case, event, actor=actor, now=now, detail=told, notice=notice)


def payout_facts(legs: Sequence[RefundLeg], now: datetime) -> dict[str, Any]:
    """`at`, when all was paid (else now), and `parts`: `refund_no, method, gateway, amount_fen, state, account, …`."""
    current = own_legs(legs)
    settled = [leg.settled_at for leg in current if leg.settled_at is not None]
    at = max(settled) if current and len(settled) == len(current) else now
    return {"at": at.isoformat(), "parts": [_part(leg) for leg in current]}


def _part(leg: RefundLeg) -> dict[str, Any]:
    return {
        "refund_no": leg.refund_no,
        "method": leg.method.value,
        "gateway": leg.gateway,
        "amount_fen": leg.amount_fen,
        "state": leg.state.value,
        "account": leg.account,
        "code": leg.code,
        "provider_no": leg.provider_no,
        "settled_at": leg.settled_at.isoformat() if leg.settled_at else None,
    }


def _confirmed(world: World, leg: RefundLeg) -> bool:
    """Whether the provider says today too that it has paid; points and vouchers have nobody to ask."""
    if leg.gateway in (POINTS_GATEWAY, MANUAL_GATEWAY):
        return True
    if leg.gateway not in world.gateways:
        return False  # its credentials are gone: nobody can ask any more
    try:
        answer = _gateway(world, leg).query(leg)
    except GatewayUnreachable as silence:
        log.warning("no answer: %s", silence)
        return False
    if answer is None:
        return False
    record_result(world, answer, Source.QUERY, by=WORKER)
    return answer.state is LegState.SUCCESS and answer.amount_fen == leg.amount_fen


def _record(world: World, work: UnitOfWork, answer: RefundAnswer, source: Source, by: str) -> RefundLeg:
    now = world.clock.now()
    leg = _locked(work, answer.refund_no)
    after = after_answer(leg, answer, source, now, _schedule(world, now))
    if after is not leg:
        _write(world, work, leg, after, now, by)
    elif leg.state in FINAL and answer.state not in (leg.state, LegState.PROCESSING):
        log.error("refund %s is %s, but is now said to be %s", leg.refund_no, leg.state.value, answer.state.value)
    return after


def _write(world: World, work: UnitOfWork, was: RefundLeg, leg: RefundLeg, now: datetime, by: str) -> None:
    """Write a leg, and what it means for its case once it has come to something."""
    work.refunds.save(leg, was=was, at=now, by=by)
    _note(work, was, leg)
    ended = leg.state in FINAL or leg.state is LegState.ABNORMAL
    beside = heard_beside(world, work, leg, now) if ended else None
    if beside is not None:
        case = locked_by_id(work, leg.case_id)
        move(world, work, case, Event.NOTE, actor=SYSTEM, now=now, detail=beside)
    elif ended:
        settle(world, work, leg.case_id, now)


def _note(work: UnitOfWork, was: RefundLeg, leg: RefundLeg) -> None:
    case = work.cases.get(leg.case_id)
    assert case is not None  # the database holds legs to their cases
    facts = {"conversation": case.conversation_id, "case": case.case_no, "refund": leg.refund_no}
    once_committed(work, log, "refund: %s to %s", was.state.value, leg.state.value, **facts)


def _locked(work: UnitOfWork, refund_no: str) -> RefundLeg:
    found = locked_leg(work, refund_no)
    if found is None:
        raise RefundNotFound(refund_no)
    return found[1]


def _look_after(world: World, leg: RefundLeg) -> bool:
    """Take a leg and bring it one step on; False when somebody else has it."""
    mine = _replace(world, leg, lambda: taken(leg, world.clock.now()))
    if mine is None:
        return False
    if leg.state is LegState.PLANNED:
        _send(world, mine)
    else:
        _ask(world, mine)
    return True


def _replace(world: World, leg: RefundLeg, change: Callable[[], RefundLeg]) -> RefundLeg | None:
    """Change a leg that is still as it was read; None when it is not."""
    with world.write() as work:
        if _locked(work, leg.refund_no).version != leg.version:
            return None
        after = change()
        if after is not leg:
            _write(world, work, leg, after, world.clock.now(), WORKER)
            work.commit()
    return after


def _send(world: World, leg: RefundLeg) -> None:
    _hear(world, leg, Source.ANSWER, _gateway(world, leg).refund)


def _ask(world: World, leg: RefundLeg) -> None:
    """What became of a leg; sent again under its number where the provider does not know it."""
    try:
        answer = _gateway(world, leg).query(leg)
    except GatewayUnreachable as silence:
        _mark_silent(world, leg, silence)
        return
    if answer is None:
        _send_again_or_fail(world, leg)
    elif answer.state is LegState.ABNORMAL and leg.finish:
        _hear(world, leg, Source.ANSWER, _gateway(world, leg).finish)
    else:
        record_result(world, answer, Source.QUERY, by=WORKER)


def _send_again_or_fail(world: World, leg: RefundLeg) -> None:
    now = world.clock.now()
    failed = after_not_known(leg, now)
    if failed is not None:
        _replace(world, leg, lambda: failed)
        return
    again = _replace(world, leg, lambda: sent_again(leg, now))
    if again is not None:
        _send(world, again)


def _hear(world: World, leg: RefundLeg, source: Source, call: Callable[[RefundLeg], RefundAnswer]) -> None:
    try:
        answer = call(leg)
    except GatewayRefused as refusal:
        code = refusal.code
        _replace(world, leg, lambda: after_refusal(leg, world.clock.now(), code))
    except GatewayUnreachable as silence:
        _mark_silent(world, leg, silence)
    else:
        record_result(world, answer, source, by=WORKER)


def _mark_silent(world: World, leg: RefundLeg, silence: GatewayUnreachable) -> None:
    log.warning("no answer: %s", silence)
    now = world.clock.now()
    _replace(world, leg, lambda: after_silence(leg, now, _schedule(world, now)))


def _gateway(world: World, leg: RefundLeg) -> PaymentGateway:
    return world.gateways[leg.gateway]


def _schedule(world: World, now: datetime) -> tuple[int, ...]:
    return world.rule_book(now).rules.refund.poll_minutes
