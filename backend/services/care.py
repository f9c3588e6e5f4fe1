"""The customer's part of a filed case: what it waits for from them, what they may do, and doing it.

Everything is done through `acting.act` as the customer, and only about cases whose order the conversation has proven
to be theirs: somebody else's case looks exactly like no case.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from backend.domain.care import Deed, event_of, last_move, possible
from backend.domain.case import Actor, Case, CaseEvent, Role, State
from backend.domain.lifecycle import Event
from backend.domain.price_gap import owed_fen
from backend.domain.rule_types import FreightPayer
from backend.domain.workdays import day_deadline
from backend.errors import Conflict
from backend.ports import UnitOfWork, World
from backend.services import progress
from backend.services.acting import act
from backend.services.acts import Given, goods_are_here
from backend.services.case_rules import rules_of
from backend.services.price_gaps import gap_of_offer
from backend.services.progress import CaseProgress

NOTHING = Given()


@dataclass(frozen=True)
class Matter:
    """A case of the customer's, as they may act on it. `version` names what they were told last: it moves with the
    state, not with notes; `offer_fen` is the amount that waits for their yes, where one does.
    """

    progress: CaseProgress

    @property
    def case(self) -> Case:
        return self.progress.case

    @property
    def case_no(self) -> str:
        return self.case.case_no or ""

    @cached_property
    def moved(self) -> CaseEvent:
        """The event that led to the present state."""
        return last_move(self.progress.events)

    @property
    def version(self) -> int:
        return self.moved.version

    @property
    def offer_fen(self) -> int | None:
        amount = self.moved.detail.get("offer_fen")
        return None if amount is None else int(amount)

    @property
    def gap_fen(self) -> int | None:
        """What the offer of another article costs on top, or gives back where it is below zero."""
        gap = self.moved.detail.get("offer_gap_fen")
        return None if gap is None else int(gap)

    @property
    def goods(self) -> str:
        """Its goods, as one line."""
        return " ".join(f"{item['title']}×{item['quantity']}" for item in self.progress.card["items"])


@dataclass(frozen=True)
class Done:
    """What a deed came to: the case as it is now; `repeated` when it stood there already and nothing was said."""

    case: Case
    repeated: bool = False


def matters(world: World, conversation_id: str) -> tuple[Matter, ...]:
    """All cases that the conversation may act on, newest first."""
    return tuple(Matter(found) for found in progress.theirs(world, conversation_id))


def matter_of(world: World, conversation_id: str, case_no: str) -> Matter:
    """One of them by its number. Raises CaseNotFound alike when there is none and when it is not theirs."""
    return Matter(progress.of_case(world, conversation_id, case_no))


def do(
    world: World,
    conversation_id: str,
    case_no: str,
    deed: Deed,
    given: Given = NOTHING,
    *,
    told_version: int | None = None,
) -> Done:
    """Have a deed done. `told_version` is the version of the offer or question that the customer answers.

    A deed that has led where the case stands changes nothing. Raises CaseNotFound, Conflict (subject `told` when the
    customer was answering something older, `state` when the case allows no such thing now, else as `acting.act`), and
    GuardRefused.
    """
    matter = matter_of(world, conversation_id, case_no)
    event = event_of(deed, matter.case.state)
    if event is None:
        raise Conflict(f"{deed.value} is not possible in {matter.case.state.value}", subject="state")
    if told_version is not None and told_version != matter.version:
        raise Conflict(f"version {told_version} was answered, not {matter.version}", subject="told")
    moved = act(
        world, case_no, event, actor=customer(conversation_id), given=given, expected_version=matter.case.version
    )
    return Done(moved, repeated=moved.version == matter.case.version)


def customer(conversation_id: str) -> Actor:
    """The customer at the other end of a conversation."""
    return Actor(Role.CUSTOMER, conversation_id)


def consent(world: World, matter: Matter, words: str) -> str:
    """What the customer agrees to, for the log: the offer as they read it, and the words of their yes."""
    with world.read() as work:
        shown = _shown(work, matter.case, matter.version)
    return "\n".join(filter(None, (shown, words)))


def _shown(work: UnitOfWork, case: Case, version: int) -> str:
    """The text of the notice with that version's offer, as it was delivered."""
    keys = (f"{template}:{case.id}:{version}:1" for template in _OFFERS)
    found = (work.messages.by_dedupe_key(key) for key in keys)
    return next((message.text for message in found if message is not None and message.text), "")


_OFFERS = ("proposal_made", "repair_quote", "out_of_stock", "inspection_issue")
"""The notices that ask for a yes."""


def send_back_freight(world: World, matter: Matter) -> str:
    """Who pays when goods are sent back to the customer, as the rules say by whose fault it is."""
    book = matter.progress.book
    reason = matter.case.reason_confirmed or matter.case.reason_claimed or ""
    with world.read() as work:
        rules = rules_of(world, work, matter.case, world.clock.now())
    payer = rules.freight.payer.get(book.reason(reason).fault, FreightPayer.RULING)
    return book.label(payer)


def asked_to_pay(matter: Matter) -> int:
    """What the customer would pay for the exchange or repair that is offered, or agreed to pay, in fen; 0 for none."""
    offered = gap_of_offer(matter.moved.detail) if matter.case.state is State.PROPOSED else owed_fen(matter.case)
    return max(0, offered or 0) if possible(Deed.WHY_PAY, matter.case.state) else 0


def goods_came(matter: Matter) -> bool:
    """Whether anything of a case's goods is with the shop."""
    return goods_are_here(matter.case)


def can_be_appealed(world: World, matter: Matter) -> bool:
    """Whether a rejected case has an appeal left."""
    with world.read() as work:
        rules = rules_of(world, work, matter.case, world.clock.now())
    made = sum(entry.event == Event.APPEAL.value for entry in matter.progress.events)
    return matter.case.state is State.REJECTED and made < rules.appeal.max


def reopens_until(world: World, matter: Matter) -> datetime | None:
    """Until when the customer can open a closed case again; None when that time is over."""
    with world.read() as work:
        days = rules_of(world, work, matter.case, world.clock.now()).reopen.days
    until = day_deadline(matter.case.state_since, days)
    return until if world.clock.now() <= until else None


def is_elsewhere(matter: Matter, conversation_id: str) -> bool:
    """Whether the notices of a case go to another conversation of the same customer."""
    return matter.progress.told_in != conversation_id
