"""What a payout of a case consists of, who may pay it, and how our books compare with a provider's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.domain.case import Case, CaseEvent
from backend.domain.collection import UNPAID, CollectedPayment, Collection, CollectionState
from backend.domain.lifecycle import Event
from backend.domain.order import Order, PaymentMethod
from backend.domain.refund import LegPlan, PaymentPart, payment_parts, split_over_payments
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg, counted_fen, is_points, refund_number
from backend.domain.request_facts import PAYS_MONEY

POINTS_GATEWAY = "points"
"""Points need no provider: the shop counts them itself, so their leg has succeeded when it is written."""

MANUAL_GATEWAY = "manual"
"""Finance pays outside the system and notes the voucher."""

_APPROVALS = frozenset({Event.APPROVE.value, Event.PROPOSE.value, Event.EXECUTE_RULING.value})


def last_approver(events: Iterable[CaseEvent]) -> str | None:
    """Who approved the amount that is to be paid: of an accepted proposal, whoever made it (T10)."""
    approvers = [event.actor for event in events if event.event in _APPROVALS]
    return approvers[-1] if approvers else None


def plan_payout(
    case: Case,
    order: Order,
    reserved: Mapping[tuple[PaymentMethod, str], int],
    legs: Sequence[RefundLeg],
    gateway_of: Mapping[PaymentMethod, str],
    now: datetime,
    drain_first: Sequence[PaymentMethod] = (),
) -> list[RefundLeg]:
    """New legs for what is approved and not yet paid by earlier ones, a part for each payment (id 0).

    Raises AmountAboveRest when the payments have less left.
    """
    parts = payment_parts(order.payments, reserved)
    money = [part for part in parts if part.method is not PaymentMethod.POINTS]
    points = [part for part in parts if part.method is PaymentMethod.POINTS]
    due_fen = max((case.approved_fen or 0) - counted_fen(legs), 0)
    plans = split_over_payments(money, due_fen, drain_first) + split_over_payments(
        points, _points_due(case, points, legs)
    )
    first = max((leg.leg_no for leg in legs), default=0) + 1
    paid = {(part.method, part.payment_no): part.paid_fen for part in order.payments}
    return [
        _leg(case, plan, number, paid[plan.method, plan.payment_no], gateway_of, now)
        for number, plan in enumerate(plans, first)
    ]


def next_attempt(leg: RefundLeg, now: datetime, gateway: str | None = None) -> RefundLeg:
    """The attempt after one that has failed for good, by the same or another gateway (id 0)."""
    case_no = leg.refund_no.split("-")[0]
    attempt = leg.attempt + 1
    return RefundLeg(
        id=0,
        case_id=leg.case_id,
        refund_no=refund_number(case_no, leg.leg_no, attempt),
        leg_no=leg.leg_no,
        attempt=attempt,
        order_no=leg.order_no,
        method=leg.method,
        payment_no=leg.payment_no,
        gateway=gateway or leg.gateway,
        amount_fen=leg.amount_fen,
        paid_fen=leg.paid_fen,
        state=LegState.PLANNED,
        version=1,
        planned_at=now,
        due_at=now,
        beside=leg.beside,
    )


@dataclass(frozen=True)
class Difference:
    """Something that our books and a provider's say differently of a refund, or of a collection by its number.

    `kind` is `missing_there`, `missing_here`, `amount` or `state`; what one side does not have is None. Fen.
    """

    kind: str
    gateway: str
    refund_no: str
    our_state: LegState | CollectionState | None
    their_state: LegState | CollectionState | None
    our_fen: int | None
    their_fen: int | None


def compare(gateway: str, leg: RefundLeg | None, entry: RefundAnswer | None) -> list[Difference]:
    """Every difference between a leg of ours and the provider's entry of the same number.

    A leg that waits, was refused or has failed need not be known there; one on its way may be.
    """
    if entry is None:
        missing = leg is not None and leg.state not in (LegState.PLANNED, LegState.FAILED)
        return [_difference("missing_there", gateway, leg, None)] if missing else []
    if leg is None:
        return [_difference("missing_here", gateway, None, entry)]
    kinds = []
    if leg.amount_fen != entry.amount_fen:
        kinds.append("amount")
    if not _same_state(leg.state, entry.state):
        kinds.append("state")
    return [_difference(kind, gateway, leg, entry) for kind in kinds]


def compare_payment(
    collector: str, collection: Collection | None, payment: CollectedPayment | None
) -> list[Difference]:
    """Every difference between a collection of ours and what the provider has taken under its number."""
    ours, theirs = collection.state if collection else None, CollectionState.PAID if payment else None
    kinds = []
    if collection is None or payment is None:
        unpaid = collection is not None and collection.state in UNPAID
        kinds = [] if unpaid else ["missing_there" if payment is None else "missing_here"]
    elif payment.amount_fen != collection.amount_fen:
        kinds = ["amount"]
    elif collection.state in UNPAID:
        kinds = ["state"]
    number = (collection or payment).collection_no  # type: ignore[union-attr]
    our_fen = collection.amount_fen if collection else None
    their_fen = payment.amount_fen if payment else None
    return [Difference(kind, collector, number, ours, theirs, our_fen, their_fen) for kind in kinds]


def compare_payments_of(
    collector: str, collection: Collection | None, payments: Sequence[CollectedPayment]
) -> list[Difference]:
    """Every difference between a collection of ours and all that the provider has taken under its number.

    The one that we have taken down pays for it, else one of the right amount; any other is `missing_here`.
    """
    if collection is None or not payments:
        return [found for each in payments or (None,) for found in compare_payment(collector, collection, each)]
    known, fen = collection.provider_no, collection.amount_fen
    first, *others = sorted(payments, key=lambda each: (each.provider_no != known, each.amount_fen != fen))
    beyond = [found for each in others for found in compare_payment(collector, None, each)]
    return [*compare_payment(collector, collection, first), *beyond]


def _same_state(ours: LegState, theirs: LegState) -> bool:
    on_its_way = (LegState.SENT, LegState.UNKNOWN, LegState.PROCESSING)
    return ours is theirs or (theirs is LegState.PROCESSING and ours in on_its_way)


def _difference(kind: str, gateway: str, leg: RefundLeg | None, entry: RefundAnswer | None) -> Difference:
    known = leg or entry
    assert known is not None
    return Difference(
        kind=kind,
        gateway=gateway,
        refund_no=known.refund_no,
        our_state=leg.state if leg else None,
        their_state=entry.state if entry else None,
        our_fen=leg.amount_fen if leg else None,
        their_fen=entry.amount_fen if entry else None,
    )


def _points_due(case: Case, points: Sequence[PaymentPart], legs: Sequence[RefundLeg]) -> int:
    """The value in points that goes back beside the money, in fen: the verdict's, less where less was approved.

    None goes back with a gap: the goods, and what was paid for them, are only exchanged.
    """
    pays = case.remedy in {remedy.value for remedy in PAYS_MONEY}
    value = case.verdict.points_fen if case.verdict and pays else 0
    if case.refundable_fen:
        value = value * min(case.approved_fen or 0, case.refundable_fen) // case.refundable_fen
    value -= sum(leg.amount_fen for leg in legs if is_points(leg))
    return max(min(value, sum(part.rest_fen for part in points)), 0)


def _leg(
    case: Case, plan: LegPlan, leg_no: int, paid_fen: int, gateway_of: Mapping[PaymentMethod, str], now: datetime
) -> RefundLeg:
    points = plan.method is PaymentMethod.POINTS
    return RefundLeg(
        id=0,
        case_id=case.id,
        refund_no=refund_number(case.case_no or "", leg_no, 1),
        leg_no=leg_no,
        attempt=1,
        order_no=case.order_no or "",
        method=plan.method,
        payment_no=plan.payment_no,
        gateway=POINTS_GATEWAY if points else gateway_of[plan.method],
        amount_fen=plan.amount_fen,
        paid_fen=paid_fen,
        state=LegState.SUCCESS if points else LegState.PLANNED,
        version=1,
        planned_at=now,
        due_at=None if points else now,
        settled_at=now if points else None,
    )
