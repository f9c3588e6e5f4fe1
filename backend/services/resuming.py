"""Goes on with an application that expired unfinished: for some days what was said of an order is known (T3)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from backend.domain.case import Case
from backend.domain.rule_book import RuleBook
from backend.ports import UnitOfWork

_KEPT = ("wish", "reason_claimed", "description", "intact")


def resumed(work: UnitOfWork, draft: Case, free: dict[int, int], book: RuleBook, now: datetime) -> Case:
    """A draft whose order was just named, with what an expired one of that order knew and this one does not yet.

    Its photos hang on the draft from now on. Goods that are no longer free are left out.
    """
    since = now - timedelta(days=book.rules.draft.resume_days)
    before = work.cases.expired_draft(draft.conversation_id, draft.order_no or "", since)
    if before is None:
        return draft
    for piece in work.evidence.of_case(before.id):
        work.evidence.assign(piece.id, draft.id, piece.kind)
    known: dict[str, Any] = {name: getattr(before, name) for name in _KEPT if getattr(draft, name) is None}
    still_free = all((line.quantity or 1) <= free.get(line.line_no, 0) for line in before.lines)
    return replace(draft, **known, lines=draft.lines or (before.lines if still_free else ()))
