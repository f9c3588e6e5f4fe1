"""The documents of a case: which there are, from when on, who may have them, and which a closed case keeps.

A document is made of what the log and the frozen verdict say, under the rule book version the case was filed under, so
made again years later it says the same. The facts are in `document_facts`; they are worded and laid out elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from backend.domain.case import Actor, Case, CaseEvent, Role, State
from backend.domain.lifecycle import Event
from backend.errors import CaseNotFound, DocumentRefused
from backend.ports import UnitOfWork, World
from backend.services.case_rules import book_of, rules_of
from backend.services.collections import GAP_RETURNED
from backend.services.document_facts import FACTS, Made
from backend.services.identity import is_proven


class Document(str, Enum):
    """The kinds of documents."""

    APPLICATION = "application"
    APPROVAL_MEMO = "approval_memo"
    RETURN_SLIP = "return_slip"
    INSPECTION = "inspection"
    REFUND_VOUCHER = "refund_voucher"


@dataclass(frozen=True)
class _Kind:
    """What a document is made after (any of `events`, one that led to `state` if told), and whose it is.

    A note counts only where its detail has the key `noted`.
    """

    events: tuple[Event, ...]
    roles: frozenset[Role]
    state: State | None = None
    noted: str = ""

    def after(self, event: CaseEvent) -> bool:
        """Whether it is made after this event."""
        if event.event == Event.NOTE.value and self.noted not in event.detail:
            return False
        return event.event in {each.value for each in self.events} and self.state in (None, event.to_state)


_DECIDING = frozenset({Role.AGENT, Role.SUPERVISOR, Role.MANAGER, Role.ADMIN})
_THEIRS = _DECIDING | {Role.CUSTOMER}

KINDS: Mapping[Document, _Kind] = {
    Document.APPLICATION: _Kind((Event.SUBMIT,), _THEIRS | {Role.WAREHOUSE, Role.REPAIR, Role.FINANCE}),
    # A memo tells of risk and of other cases: it never leaves the shop, nor the hands of those who decide and pay.
    Document.APPROVAL_MEMO: _Kind((Event.RECOMMEND,), _DECIDING | {Role.FINANCE}),
    Document.RETURN_SLIP: _Kind((Event.APPROVE, Event.ACCEPT), _THEIRS | {Role.WAREHOUSE}, State.AWAITING_RETURN),
    Document.INSPECTION: _Kind(
        (Event.INSPECT_PASS, Event.INSPECT_FAIL, Event.REFUSE_RECEIPT),
        _THEIRS | {Role.WAREHOUSE, Role.REPAIR, Role.FINANCE},
    ),
    # The gap of an exchange goes back beside its case: the log notes when it has arrived.
    Document.REFUND_VOUCHER: _Kind((Event.REFUND_SUCCEEDED, Event.NOTE), _THEIRS | {Role.FINANCE}, noted=GAP_RETURNED),
}


def document_facts(world: World, case_no: str, kind: Document, *, viewer: Actor) -> dict[str, Any]:
    """The facts of a document as `viewer` may see them: plain JSON, amounts in fen, times ISO 8601 in UTC.

    A customer (`viewer.name` is the conversation) sees documents of their own cases only. Raises CaseNotFound, and
    DocumentRefused: `not_for_role`, or `not_yet` naming the events after which there is one.
    """
    now = world.clock.now()
    with world.read() as work:
        case = _found(work, case_no, viewer)
        if viewer.role not in KINDS[kind].roles:
            raise DocumentRefused(kind.value, "not_for_role", f"is not for {viewer.role.value}")
        events = work.cases.events(case.id)
        after = _made_after(kind, events)
        if after is None:
            needed = " or ".join(event.value for event in KINDS[kind].events)
            raise DocumentRefused(kind.value, "not_yet", f"is made after {needed}; {case_no} had none yet")
        rules, book = rules_of(world, work, case, now), book_of(world, case, now)
        return {"kind": kind.value, **FACTS[kind.value](Made(world, work, case, events, after, rules, book, viewer))}


def documents_of(world: World, case_no: str, *, viewer: Actor) -> list[dict[str, Any]]:
    """The documents that there are of a case for this viewer: `kind`, and `at`, since when.

    Raises CaseNotFound.
    """
    with world.read() as work:
        case = _found(work, case_no, viewer)
        return _listed(work, case, viewer)


def archive_note(world: World, case_no: str, *, viewer: Actor) -> dict[str, Any]:
    """What is kept of a closed case: `case_no, close_reason, closed_at, kept_until, documents`.

    `kept_until` is `privacy.retention_days` of the case's rule book after it was closed. Raises CaseNotFound, and
    DocumentRefused (`not_yet`) for a case that goes on.
    """
    with world.read() as work:
        case = _found(work, case_no, viewer)
        if case.state is not State.CLOSED:
            raise DocumentRefused("archive", "not_yet", f"is made when a case is closed; {case_no} goes on")
        days = rules_of(world, work, case, world.clock.now()).privacy.retention_days
        return {
            "case_no": case.case_no,
            "close_reason": case.close_reason.value if case.close_reason else None,
            "closed_at": case.state_since.isoformat(),
            "kept_until": (case.state_since + timedelta(days=days)).isoformat(),
            "documents": _listed(work, case, viewer),
        }


def _listed(work: UnitOfWork, case: Case, viewer: Actor) -> list[dict[str, Any]]:
    events = work.cases.events(case.id)
    made = [(kind, _made_after(kind, events)) for kind in Document if viewer.role in KINDS[kind].roles]
    return [{"kind": kind.value, "at": after.at.isoformat()} for kind, after in made if after is not None]


def _made_after(kind: Document, events: list[CaseEvent]) -> CaseEvent | None:
    """The newest event that a document of this kind is made after."""
    fitting = [each for each in events if KINDS[kind].after(each)]
    return fitting[-1] if fitting else None


def _found(work: UnitOfWork, case_no: str, viewer: Actor) -> Case:
    """The case; for a customer who has not proven it theirs there is none."""
    case = work.cases.by_number(case_no)
    if case is None or case.submitted_at is None:
        raise CaseNotFound(case_no)
    if viewer.role is Role.CUSTOMER and not is_proven(work, viewer.name, case.order_no or ""):
        raise CaseNotFound(case_no)
    return case
