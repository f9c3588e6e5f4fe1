"""What a customer can have done about a filed case: their deeds, and the events of the table that these are.

Which of them a case allows now is never said twice: it follows from `lifecycle`, by the customer's role.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from backend.domain.case import CaseEvent, Role, State
from backend.domain.evidence import Evidence, EvidenceKind, EvidenceRequirement
from backend.domain.lifecycle import Event, allowed_events
from backend.domain.progress import WITH_STAFF


class Deed(str, Enum):
    """What a customer may want of a case that exists; the codes stand in the payloads of buttons."""

    SUPPLY = "supply"
    ADD = "add"
    ACCEPT = "accept"
    DECLINE = "decline"
    HAGGLE = "haggle"
    SEND_BACK = "send_back"
    DISPUTE = "dispute"
    SHIP = "ship"
    PICKUP = "pickup"
    PACK = "pack"
    SHIP_BY = "ship_by"
    COLLECT = "collect"
    WITHDRAW = "withdraw"
    CHANGE = "change"
    CONFIRM = "confirm"
    ARRIVED = "arrived"
    NOT_RECEIVED = "not_received"
    PROBLEM = "problem"
    RATE = "rate"
    REOPEN = "reopen"
    PHOTOS = "photos"
    AGAIN = "again"
    CORRECT = "correct"
    PARCEL = "parcel"
    STANDING = "standing"
    PAID = "paid"
    WHY_PAY = "why_pay"
    FREIGHT = "freight"
    URGE = "urge"


EVENTS: Mapping[Deed, tuple[Event, ...]] = {
    Deed.SUPPLY: (Event.INFO_ADDED,),
    Deed.ACCEPT: (Event.ACCEPT, Event.ACCEPT_PARTIAL),
    Deed.DECLINE: (Event.DECLINE,),
    Deed.SEND_BACK: (Event.CHOOSE_SEND_BACK,),
    Deed.DISPUTE: (Event.APPEAL, Event.OBJECT, Event.PROBLEM),
    Deed.SHIP: (Event.TRACKING_ADDED,),
    Deed.WITHDRAW: (Event.WITHDRAW,),
    Deed.CHANGE: (Event.EDIT,),
    Deed.CONFIRM: (Event.CONFIRM,),
    Deed.ARRIVED: (Event.CONFIRM, Event.DELIVERED),
    Deed.NOT_RECEIVED: (Event.NOT_RECEIVED,),
    Deed.PROBLEM: (Event.PROBLEM,),
    Deed.REOPEN: (Event.REOPEN,),
}
"""The events that a deed can be; which one, the state of the case says."""

_PAYING = frozenset(
    {State.AWAITING_RETURN, State.RETURN_IN_TRANSIT, State.RECEIVED, State.REPLACEMENT_PENDING, State.REPAIRING}
)
"""States in which a customer may have to pay for an exchange or a repair."""

_WITH_US = frozenset(
    {
        State.SUBMITTED,
        State.PENDING_APPROVAL,
        State.AWAITING_RETURN,
        State.RETURN_IN_TRANSIT,
        State.RECEIVED,
        State.REPAIRING,
        State.REPLACEMENT_PENDING,
    }
)
"""States in which somebody of ours still reads the case before the customer is done with it."""

_WITHOUT_EVENT: Mapping[Deed, frozenset[State]] = {
    Deed.ADD: _WITH_US,
    Deed.NOT_RECEIVED: frozenset({State.REFUNDING}),
    Deed.HAGGLE: frozenset({State.PROPOSED}),
    Deed.PICKUP: frozenset({State.AWAITING_RETURN}),
    Deed.PACK: frozenset({State.AWAITING_RETURN}),
    Deed.SHIP_BY: frozenset({State.AWAITING_RETURN}),
    Deed.COLLECT: frozenset({State.AWAITING_RETURN}),
    Deed.RATE: frozenset({State.AWAITING_CONFIRM, State.CLOSED}),
    Deed.PHOTOS: frozenset(State),
    Deed.AGAIN: frozenset(State),
    Deed.CORRECT: frozenset({State.RETURN_IN_TRANSIT}),
    Deed.PARCEL: frozenset({State.RETURN_IN_TRANSIT, State.RECEIVED, State.SENDING_BACK, State.REPLACEMENT_SHIPPED}),
    Deed.STANDING: frozenset(State) - {State.DRAFT, State.CLOSED},
    Deed.URGE: WITH_STAFF,
    Deed.PAID: _PAYING,
    Deed.WHY_PAY: _PAYING | {State.PROPOSED},
    Deed.FREIGHT: frozenset(
        {
            State.AWAITING_RETURN,
            State.RETURN_IN_TRANSIT,
            State.RECEIVED,
            State.INSPECTION_ISSUE,
            State.REPAIRING,
            State.REFUND_PENDING,
            State.REFUNDING,
            State.REFUND_FAILED,
            State.REPLACEMENT_PENDING,
            State.REPLACEMENT_SHIPPED,
            State.AWAITING_CONFIRM,
        }
    ),
}
"""Deeds that leave the case where it is, with the states in which there is a point to them."""


def event_of(deed: Deed, state: State) -> Event | None:
    """The event that a deed is in a state; None where the customer can make no such event happen."""
    allowed = allowed_events(state, Role.CUSTOMER)
    return next((event for event in EVENTS.get(deed, ()) if event in allowed), None)


def possible(deed: Deed, state: State) -> bool:
    """Whether the customer can have this done in this state."""
    return event_of(deed, state) is not None or state in _WITHOUT_EVENT.get(deed, ())


_ON_THE_WAY = (
    State.REFUND_PENDING, State.REFUNDING, State.REFUND_FAILED, State.REPLACEMENT_PENDING, State.REPAIRING,
)  # fmt: skip
"""What is to come has not been sent, or nobody has told us."""

_INSTEAD: Mapping[tuple[Deed, State], Deed] = {
    (Deed.CHANGE, State.NEED_INFO): Deed.SUPPLY,
    (Deed.CHANGE, State.REJECTED): Deed.DISPUTE,
    (Deed.ADD, State.NEED_INFO): Deed.SUPPLY,
    (Deed.ADD, State.PROPOSED): Deed.AGAIN,
    (Deed.ADD, State.REJECTED): Deed.DISPUTE,
    (Deed.ADD, State.INSPECTION_ISSUE): Deed.DISPUTE,
    (Deed.SUPPLY, State.REJECTED): Deed.DISPUTE,
    (Deed.SUPPLY, State.INSPECTION_ISSUE): Deed.DISPUTE,
    (Deed.DECLINE, State.REJECTED): Deed.DISPUTE,
    (Deed.DECLINE, State.INSPECTION_ISSUE): Deed.AGAIN,
    (Deed.HAGGLE, State.INSPECTION_ISSUE): Deed.AGAIN,
    (Deed.DISPUTE, State.PROPOSED): Deed.AGAIN,
    (Deed.PROBLEM, State.SUBMITTED): Deed.STANDING,
    (Deed.SHIP, State.RETURN_IN_TRANSIT): Deed.CORRECT,
    (Deed.CORRECT, State.AWAITING_RETURN): Deed.SHIP,
    (Deed.SHIP, State.SENDING_BACK): Deed.STANDING,
    (Deed.SHIP, State.REPLACEMENT_PENDING): Deed.STANDING,
    (Deed.SHIP, State.REPLACEMENT_SHIPPED): Deed.STANDING,
    **{(deed, state): Deed.STANDING for deed in (Deed.CONFIRM, Deed.ARRIVED) for state in _ON_THE_WAY},
    (Deed.CONFIRM, State.SENDING_BACK): Deed.STANDING,
    (Deed.CONFIRM, State.REPLACEMENT_SHIPPED): Deed.STANDING,
    **{(Deed.URGE, state): Deed.STANDING for state in State if state not in (WITH_STAFF | {State.DRAFT, State.CLOSED})},
    **{(Deed.REOPEN, state): Deed.STANDING for state in State if state not in (State.DRAFT, State.CLOSED)},
}
"""What is meant where the thing itself is not possible: whoever objects to an offer is shown what they can answer."""


def meant(deed: Deed, state: State) -> Deed | None:
    """What a deed comes to in this state; None where there is nothing the customer can have done."""
    instead = _INSTEAD.get((deed, state))
    return instead or (deed if possible(deed, state) else None)


@dataclass(frozen=True)
class Lacking:
    """What of the things asked for is still to come: kinds of evidence, and `words` for what no photo shows."""

    kinds: tuple[EvidenceKind, ...]
    words: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.kinds or self.words)


def lacking(codes: Sequence[str], pieces: Sequence[Evidence], *, told: bool) -> Lacking:
    """What is lacking of the items asked for, `codes` being kinds of evidence or words; `told` says words came."""
    known = {kind.value: kind for kind in EvidenceKind}
    kinds = tuple(known[code] for code in codes if code in known)
    missing = EvidenceRequirement(photos=kinds).missing(tuple(piece.kind for piece in pieces))
    return Lacking(missing, () if told else tuple(code for code in codes if code not in known))


def last_move(events: Sequence[CaseEvent]) -> CaseEvent:
    """The event that led to the present state; later ones that kept it are passed over. A filed case has one."""
    return next(entry for entry in reversed(events) if entry.from_state is not entry.to_state)
