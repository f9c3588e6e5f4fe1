"""Reads a case so that nobody else changes it before the unit of work ends."""

from backend.domain.case import Case
from backend.errors import CaseNotFound
from backend.ports import UnitOfWork


def locked_case(work: UnitOfWork, case_no: str) -> Case:
    """The case of that number; its conversation is locked first, as everywhere. Raises CaseNotFound."""
    found = work.cases.by_number(case_no)
    if found is None:
        raise CaseNotFound(case_no)
    work.conversations.lock(found.conversation_id)
    return work.cases.get(found.id) or found
