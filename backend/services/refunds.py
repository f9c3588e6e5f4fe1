"""What finance does about a case's money: pay it, try again, pay by another way, note a voucher, compare the books.

Who approved does not pay. Nothing here calls a provider: legs are written, `services.payouts` brings them on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from backend.domain.case import Actor, Case, Role
from backend.domain.collection import number_given_back
from backend.domain.lifecycle import Event
from backend.domain.payout import MANUAL_GATEWAY, Difference, compare, last_approver, next_attempt, plan_payout
from backend.domain.refund import AmountAboveRest
from backend.domain.refund_leg import (
    FINAL,
    LegState,
    RefundAnswer,
    RefundLeg,
    Source,
    counted_fen,
    current_legs,
    own_legs,
    taken_over,
    to_be_finished,
)
from backend.errors import Conflict, PayoutRefused, RefundNotFound
from backend.ports import UnitOfWork, World
from backend.services.case_rules import rules_of
from backend.services.collections_books import compare_payments
from backend.services.locking import locked_case, locked_leg, refuse_stale
from backend.services.moving import step_of
from backend.services.payouts import move_payout, record_result, settle


def pay_refund(world: World, case_no: str, actor: Actor, *, expected_version: int | None = None) -> Case:
    """Pay what was approved (T28): a leg for each payment, its money reserved, all in one transaction.

    Asked again it changes nothing. A case with nothing but points to give back goes through without a provider.
    `expected_version` is the one that whoever pays has seen. Raises CaseNotFound, IllegalTransition, Conflict, and
    PayoutRefused: `not_approved, payer_is_approver, disputed, on_hold, above_cap`.
    """
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        if step_of(work, case, Event.PAY, actor).repeated:
            return case
        refuse_stale(case, expected_version)
        refuse_wrong_payer(world, work, case, actor, now)
        _take_over(work, case, actor, now)
        for leg in _planned(world, work, case, now):
            _add(work, leg, actor)
        moved = move_payout(world, work, case, Event.PAY, actor, now, work.refunds.of_case(case.id))
        moved = settle(world, work, case.id, now) or moved
        work.commit()
    return moved


def retry_refund(world: World, case_no: str, actor: Actor, *, expected_version: int | None = None) -> Case:
    """Try again what is in trouble (T32): a failed leg under a new number, an abnormal one under its own.

    Raises CaseNotFound, IllegalTransition and PayoutRefused like `pay_refund`.
    """
    now = world.clock.now()
    with world.write() as work:
        case = locked_case(work, case_no)
        if step_of(work, case, Event.RETRY, actor).repeated:
            return case
        refuse_stale(case, expected_version)
        refuse_wrong_payer(world, work, case, actor, now)
        for leg in own_legs(work.refunds.of_case(case.id)):
            _tried_again(work, case, leg, actor, now)
        moved = move_payout(world, work, case, Event.RETRY, actor, now, work.refunds.of_case(case.id))
        moved = settle(world, work, case.id, now) or moved
        work.commit()
    return moved


def reroute_refund(
    world: World, case_no: str, actor: Actor, consent: str, *, expected_version: int | None = None
) -> Case:
    """Let finance pay outside what has failed for good (T32); `consent` is how the customer agreed to it.

    What is abnormal is still held by the provider and is only finished there. Raises CaseNotFound,
    IllegalTransition and PayoutRefused: also `no_consent` and `nothing_to_reroute`.
    """
    now = world.clock.now()
    if not consent.strip():
        raise PayoutRefused("no_consent", "say how the customer agreed to be paid another way")
    with world.write() as work:
        case = locked_case(work, case_no)
        if step_of(work, case, Event.REROUTE, actor).repeated:
            return case
        refuse_stale(case, expected_version)
        refuse_wrong_payer(world, work, case, actor, now)
        failed = [leg for leg in own_legs(work.refunds.of_case(case.id)) if leg.state is LegState.FAILED]
        if not failed:
            raise PayoutRefused("nothing_to_reroute", f"no refund of {case_no} has failed for good")
        for leg in failed:
            _tried_again(work, case, leg, actor, now, MANUAL_GATEWAY)
        legs = work.refunds.of_case(case.id)
        moved = move_payout(world, work, case, Event.REROUTE, actor, now, legs, consent=consent.strip())
        moved = settle(world, work, case.id, now) or moved
        work.commit()
    return moved


def retry_leg(world: World, refund_no: str, actor: Actor, consent: str = "") -> RefundLeg:
    """Try again a refund that has failed beside its case: a price gap, or a collection that goes back.

    Failed for good it gets a new number, by finance outside where the customer agreed to that (`consent`); abnormal it
    is finished under its own. Raises RefundNotFound, and PayoutRefused: `not_finance`, `nothing_to_retry` also where
    the case itself waits for it (`retry_refund`), `not_owed` where it was paid anew since, and for a gap, like
    `pay_refund`, `payer_is_approver, disputed, on_hold`. A collection that goes back is the customer's own money:
    nothing about the case keeps it here.
    """
    now = world.clock.now()
    if actor.role is not Role.FINANCE:
        raise PayoutRefused("not_finance", "only finance tries a refund again")
    with world.write() as work:
        found = locked_leg(work, refund_no)
        if found is None:
            raise RefundNotFound(refund_no)
        case, leg = found
        if not leg.beside or leg.state not in (LegState.FAILED, LegState.ABNORMAL):
            raise PayoutRefused("nothing_to_retry", f"{refund_no} is not in trouble, or its case is tried again as one")
        if number_given_back(leg) is None:
            refuse_wrong_payer(world, work, case, actor, now)
        again = _tried_again(work, case, leg, actor, now, MANUAL_GATEWAY if consent.strip() else None)
        work.commit()
    return again


def pay_beside(world: World, work: UnitOfWork, case: Case, actor: Actor, now: datetime) -> None:
    """Plan what is approved for a case and not paid yet without moving it: the gap of a cheaper article.

    The caller commits. Raises PayoutRefused (`above_cap`).
    """
    for leg in _planned(world, work, case, now):
        _add(work, replace(leg, beside=True), actor)


def record_voucher(world: World, refund_no: str, voucher: str, actor: Actor) -> RefundLeg:
    """Finance has paid a refund of the gateway `manual` outside: `voucher` is the proof's number.

    Raises RefundNotFound, PayoutRefused (`not_manual`, `payer_is_approver`) and Conflict when it is at its end already.
    """
    now = world.clock.now()
    with world.read() as work:
        leg = work.refunds.by_number(refund_no)
        if leg is None:
            raise RefundNotFound(refund_no)
        case = work.cases.get(leg.case_id)
        assert case is not None
        refuse_wrong_payer(world, work, case, actor, now)
    if actor.role is not Role.FINANCE or leg.gateway != MANUAL_GATEWAY or not voucher.strip():
        raise PayoutRefused("not_manual", f"{refund_no} needs finance, the gateway manual and a voucher's number")
    if leg.state in FINAL and leg.provider_no != voucher.strip():
        raise Conflict(f"refund {refund_no} is {leg.state.value} already", subject=refund_no)
    answer = RefundAnswer(refund_no, LegState.SUCCESS, leg.amount_fen, provider_no=voucher.strip())
    return record_result(world, answer, Source.QUERY, by=actor.name)


@dataclass(frozen=True)
class Reconciliation:
    """What comparing the books has found: so many refunds compared, and every difference."""

    compared: int
    differences: tuple[Difference, ...]


def reconcile(world: World, since: datetime, until: datetime) -> Reconciliation:
    """Compare our legs planned and collections opened from `since` to before `until` with every provider's books.

    Changes nothing. Raises GatewayUnreachable when a provider does not show its books.
    """
    results = [_reconcile(world, name, since, until) for name in world.gateways]
    results += [Reconciliation(*compare_payments(world, name, since, until)) for name in world.collectors]
    return Reconciliation(
        compared=sum(result.compared for result in results),
        differences=tuple(difference for result in results for difference in result.differences),
    )


def list_refunds(world: World, state: LegState | None = None, limit: int = 100) -> list[RefundLeg]:
    """Refund legs, newest first."""
    with world.read() as work:
        return work.refunds.find(state=state, limit=limit)


def to_pay_by_hand(world: World, limit: int = 100) -> list[RefundLeg]:
    """What finance pays outside and has not noted a voucher of yet, the longest waiting first."""
    with world.read() as work:
        return work.refunds.unsettled(MANUAL_GATEWAY, limit)


def refuse_wrong_payer(world: World, work: UnitOfWork, case: Case, actor: Actor, now: datetime) -> None:
    """The guards of T28: nothing disputed or held, and payer and last approver are two people."""
    refuse_blocked(case)
    two_people = world.rule_book(now).rules.approval.maker_checker
    if two_people and last_approver(work.cases.events(case.id)) == actor.name:
        raise PayoutRefused("payer_is_approver", f"{actor.name} has approved {case.case_no}: somebody else pays it")


def refuse_blocked(case: Case) -> None:
    """Raises PayoutRefused while a dispute is open or the case is held."""
    if case.dispute_open:
        raise PayoutRefused("disputed", f"a dispute about {case.case_no} is open: it is settled first")
    if case.risk_hold:
        raise PayoutRefused("on_hold", f"{case.case_no} is held: it is released first")


def _reconcile(world: World, name: str, since: datetime, until: datetime) -> Reconciliation:
    with world.read() as work:
        if name not in world.gateway_of.values() and not work.refunds.of_gateway(name, since, until):
            return Reconciliation(0, ())
    # The provider enters a refund after we planned it: its books are read beyond `until`, by its own clock.
    ledger = world.gateways[name].ledger(since, max(until, world.clock.now()) + timedelta(days=1))
    if ledger is None:
        return Reconciliation(0, ())
    entries = {entry.refund_no: entry for entry in ledger}
    with world.read() as work:
        legs = {leg.refund_no: leg for leg in work.refunds.of_gateway(name, since, until)}
        foreign = [entry for number, entry in entries.items() if number not in legs]
        unknown = [entry for entry in foreign if work.refunds.by_number(entry.refund_no) is None]
    pairs: list[tuple[RefundLeg | None, RefundAnswer | None]] = [(leg, entries.get(no)) for no, leg in legs.items()]
    pairs += [(None, entry) for entry in unknown]
    found = tuple(difference for leg, entry in pairs for difference in _differences(world, name, leg, entry))
    return Reconciliation(len(pairs), found)


def _differences(world: World, name: str, leg: RefundLeg | None, entry: RefundAnswer | None) -> list[Difference]:
    """Where a provider's books may be those of yesterday and do not show what ours do, it is asked."""
    found, gateway = compare(name, leg, entry), world.gateways[name]
    if gateway.whole_ledger or leg is None or leg.sends == 0 or (entry is not None and not found):
        return found
    return compare(name, leg, gateway.query(leg))


def _planned(world: World, work: UnitOfWork, case: Case, now: datetime) -> Sequence[RefundLeg]:
    order = work.orders.get(case.order_no or "")
    if order is None or case.approved_fen is None:
        raise PayoutRefused("not_approved", f"no amount is approved for {case.case_no}")
    legs = work.refunds.of_case(case.id)
    reserved, drain_first = work.refunds.reserved(order.order_no), rules_of(world, work, case, now).refund.drain_first
    try:
        return plan_payout(case, order, reserved, legs, world.gateway_of, now, drain_first)
    except AmountAboveRest as above:
        raise PayoutRefused("above_cap", str(above)) from above


def _take_over(work: UnitOfWork, case: Case, actor: Actor, now: datetime) -> None:
    """What was paid beside the case before is part of its payout; what has failed of it, the payout replaces."""
    for leg in current_legs(work.refunds.of_case(case.id)):
        if leg.beside and leg.state is not LegState.FAILED:
            work.refunds.save(taken_over(leg), was=leg, at=now, by=actor.name)


def _add(work: UnitOfWork, leg: RefundLeg, actor: Actor) -> None:
    try:
        work.refunds.add(leg, by=actor.name)
    except Conflict as conflict:
        if conflict.subject != "above_cap":
            raise
        raise PayoutRefused("above_cap", str(conflict)) from conflict


def _tried_again(
    work: UnitOfWork, case: Case, leg: RefundLeg, actor: Actor, now: datetime, gateway: str | None = None
) -> RefundLeg:
    """A leg that has failed under a new number, an abnormal one under its own; any other as it is."""
    again = leg
    if leg.state is LegState.FAILED:
        _refuse_not_owed(work, case, leg)
        again = next_attempt(leg, now, gateway)
        _add(work, again, actor)
    elif leg.state is LegState.ABNORMAL:
        again = to_be_finished(leg, now)
        work.refunds.save(again, was=leg, at=now, by=actor.name)
    return again


def _refuse_not_owed(work: UnitOfWork, case: Case, leg: RefundLeg) -> None:
    """What has failed is tried again only as far as it was not paid anew: by a payout of the whole, or a later gap."""
    owed_fen = (case.approved_fen or 0) - counted_fen(work.refunds.of_case(case.id))
    if number_given_back(leg) is None and leg.amount_fen > owed_fen:
        raise PayoutRefused("not_owed", f"{leg.refund_no} was paid anew: {owed_fen} fen of {case.case_no} are owed")
