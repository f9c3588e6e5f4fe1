"""Whether a message outside the forms is about a complaint: then the form about those comes next."""

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet

from actions.complaint_reading import Grievance, complaining, phrased, tells
from actions.reading import Said, said
from actions.service import ask
from backend.domain.case import Role
from backend.domain.complaint import Complaint, Deed, Stage, allowed_deeds
from backend.services import care, complaints

FORM = "complaint_form"
WANTED = "complaint_wanted"
"""The slot that keeps what is wanted while something is asked."""
Events = list[dict[str, Any]]

_STORIES = frozenset({"inform", "report_problem", "nlu_fallback", "out_of_scope", "complain"})
"""What an answer in words to a question about a complaint may be taken for."""
_NUMBERS = frozenset({"case_no", "tracking_no"})
_BESIDE = 4
"""Characters: who says so much beside a number tells something."""
_OTHER_MATTERS = frozenset({"damaged", "quality", "wrong_item", "missing", "size", "colour", "not_as_described"})
"""Reasons that are filed for themselves, where nothing was filed yet."""


async def about_a_complaint(tracker: Tracker) -> Events:
    """The form as what comes next, where a message is about a complaint that exists; else nothing."""
    heard = said(tracker)
    return [] if tracker.active_loop.get("name") else form_with(await of_a_complaint(tracker, heard))


async def of_a_complaint(tracker: Tracker, heard: Said) -> Grievance | None:
    """What a message wants of a complaint that exists: by its words, or because something was asked about it."""
    if heard.minted:
        return None
    wanted = phrased(heard)
    may_answer = heard.intent in _STORIES and tells(heard) and not _names_another(heard)
    if wanted is None and not may_answer:
        return None
    found = [each for each in await ask(complaints.complaints_of, tracker) if each.stage is not Stage.CLOSED]
    if wanted is not None:
        return next((of(wanted, each) for each in found if possible(wanted.deed, each)), None)
    asked = (each for each in found if each.stage is Stage.WAIT_CUSTOMER)
    return next((of(Grievance(Deed.ADD_EVIDENCE, words=heard.words), each) for each in asked), None)


def _names_another(heard: Said) -> bool:
    """Whether a message is about a parcel or a case, or is an order's number and little else."""
    number = heard.first("order_no") or ""
    bare = bool(number) and len(heard.words) < len(number) + _BESIDE
    return bare or bool(heard.values.keys() & _NUMBERS)


async def a_new_complaint(tracker: Tracker) -> Events:
    """The form, where a message complains of a case or of how somebody was served; else nothing."""
    heard = said(tracker)
    if tracker.active_loop.get("name"):
        return []
    wanted = complaining(heard)
    if wanted is None or (_names_goods(heard) and not await ask(care.matters, tracker)):
        return []
    return form_with(wanted)


async def awaited(tracker: Tracker) -> Complaint | None:
    """The complaint that a photo out of the blue belongs to: one that is looked into."""
    found = await ask(complaints.complaints_of, tracker)
    return next((each for each in found if possible(Deed.ADD_EVIDENCE, each)), None)


def photo_for(complaint: Complaint, evidence: tuple[str, ...]) -> Events:
    """The form with a photo out of the blue, for a complaint that is looked into."""
    return form_with(of(Grievance(Deed.ADD_EVIDENCE, evidence=evidence), complaint))


def possible(deed: Deed, complaint: Complaint) -> bool:
    """Whether the customer can do this to a complaint as it stands."""
    once = deed is not Deed.ESCALATE or not complaint.escalated
    return once and deed in allowed_deeds(complaint.stage, Role.CUSTOMER)


def of(wanted: Grievance, complaint: Complaint) -> Grievance:
    """What is wanted, of that complaint."""
    return replace(wanted, complaint_no=complaint.complaint_no)


def form_with(wanted: Grievance | None) -> Events:
    """The form as what comes next, with what is wanted."""
    return [SlotSet(WANTED, wanted.to_slot()), FollowupAction(FORM)] if wanted is not None else []


def _names_goods(heard: Said) -> bool:
    """Whether something is wrong with goods that nothing was filed about: that is filed, and not complained of."""
    return heard.first("order_no") is not None or heard.first("reason") in _OTHER_MATTERS
