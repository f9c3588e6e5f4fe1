"""A complaint as staff see it: what was said and done, and what they may do with it."""

from dataclasses import dataclass

from backend.domain.case import Actor
from backend.domain.complaint import Complaint, Deed, Entry, allowed_deeds
from backend.errors import ComplaintNotFound
from backend.ports import World


@dataclass(frozen=True)
class ComplaintView:
    """A complaint with its log, oldest first, and the deeds of whoever looks."""

    complaint: Complaint
    log: tuple[Entry, ...]
    deeds: tuple[Deed, ...]


def complaint_view(world: World, complaint_no: str, viewer: Actor) -> ComplaintView:
    """Raises ComplaintNotFound."""
    with world.read() as work:
        found = work.complaints.by_number(complaint_no)
        if found is None:
            raise ComplaintNotFound(complaint_no)
        log = tuple(work.complaints.log(found.id))
    return ComplaintView(found, log, tuple(allowed_deeds(found.stage, viewer.role)))
