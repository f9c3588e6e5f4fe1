"""Reads a case so that nobody else changes it before the unit of work ends."""

from contextlib import suppress

from backend.domain.case import Case
from backend.domain.refund_leg import RefundLeg
from backend.errors import CaseNotFound, Conflict, ConversationNotFound
from backend.ports import UnitOfWork
from backend.services.reaching import lock_ahead


def locked_case(work: UnitOfWork, case_no: str) -> Case:
    """The case of that number; its conversations are locked first, as everywhere. Raises CaseNotFound."""
    found = work.cases.by_number(case_no)
    if found is None:
        raise CaseNotFound(case_no)
    return locked_by_id(work, found.id)


def locked_by_id(work: UnitOfWork, case_id: int) -> Case:
    """The same by the id that a row of ours names."""
    found = work.cases.get(case_id)
    assert found is not None  # cases are never removed
    lock_conversations(work, found)
    return work.cases.get(case_id) or found


def locked_leg(work: UnitOfWork, refund_no: str) -> tuple[Case, RefundLeg] | None:
    """A refund with its case, the conversations locked; None where there is no such refund."""
    found = work.refunds.by_number(refund_no)
    if found is None:
        return None
    case, leg = locked_by_id(work, found.case_id), work.refunds.by_number(refund_no)
    assert leg is not None  # refunds are never removed
    return case, leg


def lock_conversations(work: UnitOfWork, case: Case) -> None:
    """Lock the case's own conversation and the one in which its customer is told, in this order, before all else."""
    with suppress(ConversationNotFound):  # locked all the same: its buyer was erased, and nobody is told there
        work.conversations.lock(case.conversation_id)
    if case.order_no is not None:
        lock_ahead(work, case.order_no)


def refuse_stale(case: Case, expected_version: int | None) -> None:
    """Raises Conflict (subject `version`) when the case has changed since whoever decides has seen it."""
    if expected_version is not None and expected_version != case.version:
        raise Conflict(f"case {case.case_no} is at version {case.version}, not {expected_version}", subject="version")
