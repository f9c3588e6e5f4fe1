"""Lists of cases for staff: a page of a queue, narrowed as they wish, and how many wait where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from backend.domain.case import State
from backend.domain.case_queue import STATES, Place, Queue, Waiting, Wanted
from backend.domain.complaint import Complaint
from backend.domain.work import Staff
from backend.ports import UnitOfWork, World

PAGE = 50
MOST_COMPLAINTS = 100
"""Complaints about no case that are shown and counted."""
_TAIL = 4
_LARGEST = 2**31 - 1
"""What a column of whole numbers holds."""


@dataclass(frozen=True)
class QueuePage:
    """Cases in order, and where the next page begins, if there is one. `counts` are (waiting, overdue) by queue.

    `staff` are the names of whoever works for the shop now. `complaints` are those about no case, shown in the queue of
    complaints and counted there.
    """

    cases: tuple[Waiting, ...]
    next: Place | None
    counts: Mapping[Queue, tuple[int, int]]
    staff: tuple[str, ...] = ()
    complaints: tuple[Complaint, ...] = ()


@dataclass(frozen=True)
class Filters:
    """What somebody has chosen on the page; `text` is a case or order number, or the last four digits of a phone."""

    state: State | None = None
    reason: str | None = None
    owner: str | None = None
    overdue: bool = False
    risky: bool = False
    text: str = ""


def queue_page(
    world: World, member: Staff, queue: Queue, filters: Filters, after: Place | None = None, limit: int = PAGE
) -> QueuePage:
    """A page of a queue as a member of staff sees it; a text is looked for in everything."""
    now = world.clock.now()
    with world.read() as work:
        wanted = _wanted(work, member, queue, filters, now)
        found = work.case_queues.find(wanted, after=after, now=now, limit=limit + 1)
        counts = work.case_queues.counts(member.name, now)
        complaints = tuple(work.complaints.open_without_case(MOST_COMPLAINTS))
        staff = tuple(each.name for each in work.staff.all() if each.active)
    more = len(found) > limit
    shown = complaints if queue is Queue.COMPLAINT else ()
    counts = _with_complaints(counts, complaints)
    return QueuePage(tuple(found[:limit]), found[limit - 1].place if more else None, counts, staff, shown)


def _with_complaints(
    counts: Mapping[Queue, tuple[int, int]], complaints: Sequence[Complaint]
) -> Mapping[Queue, tuple[int, int]]:
    """The counts, with complaints about no case among complaints."""
    waiting, overdue = counts[Queue.COMPLAINT]
    late = sum(each.sla_breached for each in complaints)
    return {**counts, Queue.COMPLAINT: (waiting + len(complaints), overdue + late)}


def _wanted(work: UnitOfWork, member: Staff, queue: Queue, filters: Filters, now: datetime) -> Wanted:
    wanted = Wanted(
        queue=queue,
        owner=member.name if queue is Queue.MINE else filters.owner,
        state=filters.state,
        reason=filters.reason,
        overdue_at=now if filters.overdue else None,
        risky=filters.risky,
    )
    text = filters.text.strip()
    if not text:
        return wanted
    wanted = replace(wanted, queue=Queue.ALL, owner=None)
    if len(text) == _TAIL and text.isdigit():
        return replace(wanted, phone_tail=text)
    return replace(wanted, numbers=(text.upper(), *work.orders.spelled_like(text)))


def read_place(text: str) -> Place | None:
    """A place as `write_place` has written it; None for anything else."""
    try:
        priority, due, case_id = text.split("~")
        place = Place(int(priority), datetime.fromisoformat(due) if due else None, int(case_id))
    except ValueError:
        return None
    numbers = 0 <= place.priority <= _LARGEST and 0 <= place.case_id <= _LARGEST
    return place if numbers and (place.due_at is None or place.due_at.tzinfo is not None) else None


def write_place(place: Place) -> str:
    """A place as an address can carry it."""
    return f"{place.priority}~{place.due_at.isoformat() if place.due_at else ''}~{place.case_id}"


__all__ = ["PAGE", "STATES", "Filters", "Queue", "QueuePage", "queue_page", "read_place", "write_place"]
