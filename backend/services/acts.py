"""What an event brings along, what its guard looks at, and what comes of it: shared by all verbs on a case."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from backend.domain.case import Actor, Case, CaseEvent
from backend.domain.earlier import counts
from backend.domain.evidence import Evidence, EvidenceKind, EvidenceRequirement
from backend.domain.filing import sort_evidence
from backend.domain.lifecycle import Event, Step
from backend.domain.money import percent_of
from backend.domain.order import Order, PaymentMethod
from backend.domain.request import Remedy
from backend.domain.request_facts import AGENT_SETS_AMOUNT, PAYS_MONEY
from backend.domain.rule_book import RuleBook
from backend.domain.rules import Rules
from backend.domain.rules_of_review import NO_EVIDENCE
from backend.errors import GuardRefused
from backend.ports import UnitOfWork, World


@dataclass(frozen=True)
class Given:
    """What whoever makes an event happen says with it; a verb reads what it needs.

    `rules` are ids of checks, `alternatives` wish codes (empty is an explicit "none", None is not said), `items` kinds
    of evidence or words, `counted` pieces and `grades` letters by line number, `photos` and `evidence` ids of stored
    files, `consent` the words the customer agreed to, `staff` another member of staff's name. `sku` is another article
    that an exchange is to send, at `price_fen` a piece.
    """

    amount_fen: int | None = None
    reason: str = ""
    rules: tuple[str, ...] = ()
    alternatives: tuple[str, ...] | None = None
    items: tuple[str, ...] = ()
    counted: Mapping[int, int] = field(default_factory=dict)
    grades: Mapping[int, str] = field(default_factory=dict)
    remedy: Remedy | None = None
    reason_confirmed: str | None = None
    disposition: str | None = None
    waybill: str | None = None
    carrier: str | None = None
    photos: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    consent: str = ""
    staff: str | None = None
    priority: int | None = None
    confirmed: bool = False
    sku: str | None = None
    price_fen: int | None = None

    def differs_from(self, detail: Mapping[str, Any]) -> bool:
        """Whether it says something else than the event that was logged with this detail."""
        told = {each.name: getattr(self, each.name) for each in fields(self)}
        return any(value and name in detail and _plain(value) != detail[name] for name, value in told.items())


@dataclass(frozen=True)
class Act:
    """An event that the table allows, in the unit of work in which it is to happen."""

    world: World
    work: UnitOfWork
    case: Case
    step: Step
    event: Event
    actor: Actor
    given: Given
    rules: Rules
    book: RuleBook
    now: datetime


@dataclass(frozen=True)
class Plan:
    """What comes of an act: plain JSON for the log and the notice, and fields of the case."""

    detail: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)


def require(fulfilled: object, act: Act, code: str, what_to_do: str, **params: Any) -> None:
    """Raises GuardRefused, naming the row's guard and what to do, unless fulfilled; `guard_words.yml` has the code."""
    if not fulfilled:
        raise GuardRefused(act.step.guard or act.event.value, code, what_to_do, **params)


def reason_of(act: Act) -> str:
    """The reason given. Raises GuardRefused without one."""
    reason = act.given.reason.strip()
    require(reason, act, "reason_missing", "give a reason")
    return reason


def order_of(act: Act) -> Order:
    """The case's order: a filed case has one."""
    order = act.work.orders.get(act.case.order_no or "")
    assert order is not None
    return order


def log_of(act: Act, *events: Event) -> list[CaseEvent]:
    """What the log says of these events, newest first."""
    wanted = {event.value for event in events}
    return [entry for entry in reversed(act.work.cases.events(act.case.id)) if entry.event in wanted]


def newest(act: Act, *events: Event) -> CaseEvent | None:
    """The newest of these events, if there was one."""
    return next(iter(log_of(act, *events)), None)


def most_fen(act: Act) -> int:
    """`most_fen_of` the act's case."""
    return most_fen_of(act.work, act.case)


def most_fen_of(work: UnitOfWork, case: Case) -> int:
    """The most money that a case may pay in all: what was paid for the order less what its other cases were approved.

    Points are no money: they go back beside it.
    """
    order = work.orders.get(case.order_no or "")
    assert order is not None  # a filed case has one
    others = [each for each in work.cases.of_order(order.order_no) if each.id != case.id]
    money = sum(part.paid_fen for part in order.payments if part.method is not PaymentMethod.POINTS)
    return money - sum(each.approved_fen or 0 for each in others if counts(each))


def worth_fen(act: Act, remedy: Remedy, amount_fen: int | None) -> int:
    """What a decision is about: money and points that move, else what the goods could have been paid back with."""
    verdict = act.case.verdict
    if remedy in PAYS_MONEY:
        return (amount_fen or 0) + (verdict.points_fen if verdict else 0)
    return _goods_fen(act.case)


def refuse_above_cap(act: Act, amount_fen: int, most_here: int | None = None) -> None:
    """Raises GuardRefused unless the amount is positive, within what was paid and within `most_here`, if given.

    Nothing is right where nothing but points goes back.
    """
    most = min(most_fen(act), most_fen(act) if most_here is None else most_here)
    only_points = not act.case.refundable_fen and act.case.verdict is not None and act.case.verdict.points_fen > 0
    require(
        amount_fen >= (0 if only_points else 1) and amount_fen <= most,
        act,
        "amount_outside",
        "give an amount from 1 to {most_fen} fen: not more than was paid",
        most_fen=most,
    )


def most_for(act: Act, remedy: Remedy) -> int | None:
    """What a remedy may pay at most, in fen: of a refund for service a share (`service_refund.range`); None is all."""
    share = act.rules.service_refund.range.most
    return percent_of(_goods_fen(act.case), share) if remedy is Remedy.SERVICE_REFUND else None


def least_for(act: Act, remedy: Remedy) -> int:
    """What a remedy pays at least unless the customer agrees to less, in fen."""
    if remedy is Remedy.SERVICE_REFUND:
        return percent_of(_goods_fen(act.case), act.rules.service_refund.range.least)
    return 0 if remedy in AGENT_SETS_AMOUNT else act.case.refundable_fen or 0


def _goods_fen(case: Case) -> int:
    return case.verdict.most_fen if case.verdict else 0


def goods_are_here(case: Case) -> bool:
    """Whether anything of the case's goods came back to us."""
    return any(line.received_quantity for line in case.lines)


def refuse_same_reviewer(act: Act) -> None:
    """After an appeal somebody else decides than who rejected."""
    rejected = newest(act, Event.REJECT)
    appealed = newest(act, Event.APPEAL)
    if rejected is not None and appealed is not None:
        require(
            rejected.actor != act.actor.name,
            act,
            "rejected_it_themselves",
            "{name} rejected this case: somebody else must review it",
            name=act.actor.name,
        )


def consent_of(act: Act) -> dict[str, Any]:
    """The customer's consent as the log keeps it, with the hash of the words agreed to."""
    text = act.given.consent.strip()
    return {"consent": text, "consent_sha256": hashlib.sha256(text.encode()).hexdigest()} if text else {}


def adopt(act: Act, ids: Sequence[str], requirement: EvidenceRequirement = NO_EVIDENCE) -> list[Evidence]:
    """Hang files of the case's conversation on the case, sorted by what is asked for. Raises GuardRefused."""
    found = [act.work.evidence.get(each) for each in ids]
    pieces = [piece for piece in found if piece is not None and _is_theirs(piece, act.case)]
    require(len(pieces) == len(ids), act, "foreign_file", "name files of this case's conversation")
    kinds = sort_evidence(pieces, requirement)
    for piece in pieces:
        act.work.evidence.assign(piece.id, act.case.id, kinds[piece.id])
    return [replace(piece, case_id=act.case.id, kind=kinds[piece.id]) for piece in pieces]


def photos_of(act: Act) -> list[str]:
    """Ids of the photos that staff took, on the case now."""
    return [piece.id for piece in adopt(act, act.given.photos)]


def kinds_among(items: Sequence[str]) -> tuple[EvidenceKind, ...]:
    """Which of the things asked for are kinds of evidence."""
    known = {kind.value: kind for kind in EvidenceKind}
    return tuple(known[item] for item in items if item in known)


def _is_theirs(piece: Evidence, case: Case) -> bool:
    return piece.conversation_id == case.conversation_id and piece.case_id in (None, case.id)


def _plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    if isinstance(value, tuple):
        return list(value)
    return getattr(value, "value", value)
