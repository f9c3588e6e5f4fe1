"""All that staff see of one case, read in one go: the case, its order, its log, its money, its evidence, its clocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.domain.case import Actor, Case, CaseEvent, Role, State
from backend.domain.clocks import Mark, Timer
from backend.domain.collection import Collection
from backend.domain.complaint import Complaint, Deed, allowed_deeds
from backend.domain.conversation import Message
from backend.domain.evidence import Evidence
from backend.domain.extra import Extra, ExtraEvent, next_state
from backend.domain.inspection import offer_for
from backend.domain.order import Order
from backend.domain.payout import MANUAL_GATEWAY
from backend.domain.progress import progress
from backend.domain.refund_leg import FINAL, RefundLeg
from backend.domain.request import Remedy
from backend.domain.risk import Signal
from backend.domain.rule_book import RuleBook
from backend.domain.rules import Rules
from backend.domain.work import Shipment, Staff
from backend.errors import CaseNotFound, IllegalTransition
from backend.ports import UnitOfWork, World
from backend.services.acts import most_fen_of
from backend.services.case_rules import book_of, rules_now, rules_of
from backend.services.documents import documents_of
from backend.services.inspection import worth_at_inspection
from backend.services.rules_view import example_address

LINKED = 20
"""So many other cases of the buyer are shown."""

_ENDS = frozenset(Mark) - {Mark.NUDGE, Mark.WARN, Mark.TELL}


@dataclass(frozen=True)
class ClockLeft:
    """One clock that runs or stands still. `used` is 0, 50, 80 or 100 percent; `left` is of one that stands still."""

    clock: str
    end: Mark
    due_at: datetime
    used: int
    left: timedelta | None


@dataclass(frozen=True)
class CaseView:
    """A case with everything around it; domain objects as they are, times aware UTC, amounts in fen.

    `example_address` tells that goods would be sent to the address that the rule book is shipped with;
    `most_fen` is the most the case may pay; `linked` are (case number, order number, state) of the buyer's others;
    `documents` as `documents.documents_of` gives them; `deeds` and `extra_events` what this member may do with each
    complaint and each extra, by number.
    """

    case: Case
    order: Order
    book: RuleBook
    rules: Rules
    example_address: bool
    steps: tuple[str, ...]
    current: int
    clocks: tuple[ClockLeft, ...]
    events: tuple[CaseEvent, ...]
    told: tuple[Message, ...]
    evidence: tuple[Evidence, ...]
    signals: tuple[Signal, ...]
    complaints: tuple[Complaint, ...]
    deeds: Mapping[str, tuple[Deed, ...]]
    extras: tuple[Extra, ...]
    extra_events: Mapping[str, tuple[ExtraEvent, ...]]
    legs: tuple[RefundLeg, ...]
    collections: tuple[Collection, ...]
    parcels: tuple[Shipment, ...]
    linked: tuple[tuple[str, str, State], ...]
    documents: tuple[dict[str, Any], ...]
    staff: tuple[Staff, ...]
    most_fen: int

    @property
    def by_hand(self) -> tuple[RefundLeg, ...]:
        """What finance pays outside and has not noted a voucher of yet."""
        return tuple(leg for leg in self.legs if leg.gateway == MANUAL_GATEWAY and leg.state not in FINAL)

    @property
    def customers_photos(self) -> tuple[Evidence, ...]:
        return tuple(piece for piece in self.evidence if piece.brought_by is Role.CUSTOMER)

    @property
    def our_photos(self) -> tuple[Evidence, ...]:
        return tuple(piece for piece in self.evidence if piece.brought_by is not Role.CUSTOMER)


def case_view(world: World, case_no: str, viewer: Actor) -> CaseView:
    """Everything about a case for a member of staff. Raises CaseNotFound."""
    now = world.clock.now()
    documents = documents_of(world, case_no, viewer=viewer)
    with world.read() as work:
        case, order = _found(work, case_no)
        steps, current = progress(case.state, Remedy(case.remedy) if case.remedy else None)
        complaints, extras = work.complaints.of_case(case.id), work.extras.of_case(case.id)
        linked = work.case_queues.of_buyer(order.order_no, LINKED)
        return CaseView(
            case=case,
            order=order,
            book=book_of(world, case, now),
            rules=rules_of(world, work, case, now),
            example_address=example_address(rules_now(world, work, case, now)),
            steps=steps,
            current=current,
            clocks=_clocks(work.timers.open_of(case.id), work.case_queues.used(case.id, now)),
            events=tuple(work.cases.events(case.id)),
            told=tuple(work.case_queues.told(case.id)),
            evidence=tuple(work.evidence.of_case(case.id)),
            signals=tuple(work.risk.of_case(case.id)),
            complaints=tuple(complaints),
            deeds={each.complaint_no: allowed_deeds(each.stage, viewer.role) for each in complaints},
            extras=tuple(extras),
            extra_events={each.extra_no: _events_of(each, viewer.role) for each in extras},
            legs=tuple(work.refunds.of_case(case.id)),
            collections=tuple(work.collections.of_case(case.id)),
            parcels=tuple(work.shipments.of_case(case.id)),
            linked=tuple(each for each in linked if each[0] != case_no),
            documents=tuple(documents),
            staff=tuple(member for member in work.staff.all() if member.active),
            most_fen=most_fen_of(work, case),
        )


def news_of(world: World, case_no: str, since: int) -> tuple[CaseEvent, ...]:
    """What has happened to a case after a version of it, oldest first. Raises CaseNotFound."""
    with world.read() as work:
        case, _ = _found(work, case_no)
        return tuple(event for event in work.cases.events(case.id) if event.version > since)


def inspection_offer(world: World, case_no: str, grades: Mapping[int, str]) -> int | None:
    """What an inspection with these grades by line would pay; None where a grade is missing or unknown.

    Raises CaseNotFound.
    """
    now = world.clock.now()
    with world.read() as work:
        case, order = _found(work, case_no)
        rules = rules_of(world, work, case, now)
    came = {line.line_no for line in case.lines if line.received_quantity}
    if not came <= grades.keys() or not set(grades.values()) <= rules.inspect.grades.keys():
        return None
    priced = offer_for(case.lines, grades, order, worth_at_inspection(case), rules)
    return sum(line.refund_fen or 0 for line in priced)


def _found(work: UnitOfWork, case_no: str) -> tuple[Case, Order]:
    case = work.cases.by_number(case_no)
    order = work.orders.get(case.order_no or "") if case is not None else None
    if case is None or order is None:
        raise CaseNotFound(case_no)
    return case, order


def _clocks(timers: Sequence[Timer], used: Mapping[str, int]) -> tuple[ClockLeft, ...]:
    ends = [timer for timer in timers if timer.mark in _ENDS]
    return tuple(
        ClockLeft(each.clock, each.mark, each.due_at, used.get(each.clock, 0), each.remaining) for each in ends
    )


def _events_of(extra: Extra, role: Role) -> tuple[ExtraEvent, ...]:
    return tuple(event for event in ExtraEvent if _can(extra, event, role))


def _can(extra: Extra, event: ExtraEvent, role: Role) -> bool:
    try:
        next_state(extra, event, role)
    except IllegalTransition:
        return False
    return True
