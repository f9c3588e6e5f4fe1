"""Money that a customer is asked for (a price gap, a paid repair), and what becomes of it.

OPEN, then PAID or CANCELLED; PAID money that nothing was sent for goes back: RETURNING, then REFUNDED. A cancelled one
that is paid all the same goes back at once. `need_of` says of every state of a case whether it still wants the money.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from backend.domain.case import Case, State
from backend.domain.order import PaymentMethod
from backend.domain.price_gap import CARRIES_GAP, owed_fen
from backend.domain.refund_leg import LAST_PART, LegState, RefundLeg, refund_number
from backend.domain.request import Remedy


class Purpose(str, Enum):
    """What the money is for."""

    EXCHANGE = "exchange"
    REPAIR = "repair"


class CollectionState(str, Enum):
    """How far a collection has come."""

    OPEN = "OPEN"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    RETURNING = "RETURNING"
    REFUNDED = "REFUNDED"


UNPAID = frozenset({CollectionState.OPEN, CollectionState.CANCELLED})
AMOUNT_DIFFERS = "AMOUNT_DIFFERS"
PAID_TWICE = "PAID_TWICE"
LATE_PAYMENTS = timedelta(days=1)
"""So long after its link has ended a collection is still asked about: the provider may have been paid at the last
moment, and its callback may have been lost.
"""


class Need(str, Enum):
    """What a case wants of a collection: to be asked for, left as it is, used up, or ended."""

    DUE = "due"
    LEFT = "left"
    USED = "used"
    ENDED = "ended"


_DUE = frozenset(
    {State.AWAITING_RETURN, State.RETURN_IN_TRANSIT, State.RECEIVED, State.REPLACEMENT_PENDING, State.REPAIRING}
)
_USED = frozenset({State.REPLACEMENT_SHIPPED, State.AWAITING_CONFIRM})
_ENDED = frozenset(
    {State.CLOSED, State.SENDING_BACK, State.REFUND_PENDING, State.REFUNDING, State.REFUND_FAILED, State.DRAFT}
)
_PURPOSES = {Remedy.EXCHANGE.value: Purpose.EXCHANGE, Remedy.REPAIR.value: Purpose.REPAIR}


@dataclass(frozen=True)
class Collection:
    """`amount_fen` that a case's customer is asked to pay.

    `number` counts the collections of a case from 1, `token` makes its link unguessable until `expires_at`.
    `due_at` is when a worker asks the provider next, None when nobody waits for anything; `polls` how often it did.
    `provider_no` is the provider's number of the payment (finance's voucher where it was paid outside), `settled_by`
    who recorded it. `used_at` is when what it pays for was sent; `code` the last trouble. Times are aware UTC.
    """

    id: int
    collection_no: str
    case_id: int
    number: int
    purpose: Purpose
    amount_fen: int
    state: CollectionState
    version: int
    collector: str
    token: str
    opened_at: datetime
    expires_at: datetime
    due_at: datetime | None
    polls: int = 0
    paid_at: datetime | None = None
    method: PaymentMethod | None = None
    provider_no: str = ""
    settled_by: str = ""
    used_at: datetime | None = None
    code: str = ""


@dataclass(frozen=True)
class CollectedPayment:
    """What a provider says was paid for a collection, in fen."""

    collection_no: str
    amount_fen: int
    method: PaymentMethod
    provider_no: str


def collection_number(case_no: str, number: int) -> str:
    """`RC…-C1` for the first of a case: the same for whoever asks."""
    return f"{case_no}-C{number}"


def purpose_of(case: Case) -> Purpose:
    """What a case would be paid for. Raises KeyError for a remedy that costs nothing."""
    return _PURPOSES[case.remedy or ""]


def need_of(case: Case) -> Need:
    """What the case wants of its collection as it stands."""
    if case.state in _ENDED or case.remedy not in CARRIES_GAP or not owed_fen(case):
        return Need.ENDED
    if case.state in _USED:
        return Need.USED
    return Need.DUE if case.state in _DUE else Need.LEFT


def asks_for(collection: Collection, case: Case) -> bool:
    """Whether it asks for exactly what the case's customer owes now."""
    return (collection.purpose, collection.amount_fen) == (purpose_of(case), owed_fen(case))


def paid(collection: Collection, payment: CollectedPayment, by: str, now: datetime) -> Collection:
    """The collection after it was paid."""
    return replace(
        collection,
        state=CollectionState.PAID,
        paid_at=now,
        due_at=None,
        method=payment.method,
        provider_no=payment.provider_no,
        settled_by=by,
        code="",
    )


def asked_again(collection: Collection, now: datetime, poll_minutes: Sequence[int]) -> Collection:
    """The collection after its provider knew of no payment; asked about no more once nobody can pay it."""
    if now >= collection.expires_at + LATE_PAYMENTS:
        return replace(collection, due_at=None)
    wait = poll_minutes[min(collection.polls, len(poll_minutes) - 1)]
    return replace(collection, polls=collection.polls + 1, due_at=now + timedelta(minutes=wait))


def leg_back(collection: Collection, case: Case, now: datetime) -> RefundLeg:
    """The refund leg that gives a paid collection back to where it came from (id 0).

    Its part number is beyond those of the case's own payout, so neither counts for the other.
    """
    assert collection.method is not None  # it was paid
    part = LAST_PART + collection.number
    return RefundLeg(
        id=0,
        case_id=case.id,
        refund_no=refund_number(case.case_no or "", part, 1),
        leg_no=part,
        attempt=1,
        order_no=case.order_no or "",
        method=collection.method,
        payment_no=collection.provider_no,
        gateway=collection.collector,
        amount_fen=collection.amount_fen,
        paid_fen=collection.amount_fen,
        state=LegState.PLANNED,
        version=1,
        planned_at=now,
        due_at=now,
        beside=True,
    )


def number_given_back(leg: RefundLeg) -> int | None:
    """Which collection of its case a leg gives back, by number; None for a leg of the case's own payout."""
    return leg.leg_no - LAST_PART if leg.leg_no > LAST_PART else None
