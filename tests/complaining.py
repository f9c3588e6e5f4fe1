"""Complaints as tests make them and look at them: filed about a case, looked into, and what was written of them."""

from backend.domain.case import Actor, Case, Role, State
from backend.domain.complaint import Complaint, Deed
from backend.domain.lifecycle import Event
from backend.ports import World
from backend.services import complaints
from bot import wording
from tests.working import CONVERSATION, NAMES, case_in, do

S, E, R = State, Event, Role
CUSTOMER = Actor(R.CUSTOMER, CONVERSATION)
AGENT, SUPERVISOR, MANAGER, WAREHOUSE, FINANCE = (
    Actor(role, NAMES[role]) for role in (R.AGENT, R.SUPERVISOR, R.MANAGER, R.WAREHOUSE, R.FINANCE)
)


def reload(world: World, complaint: Complaint) -> Complaint:
    with world.read() as work:
        found = work.complaints.get(complaint.id)
    assert found is not None
    return found


def deeds(world: World, complaint: Complaint) -> list[Deed]:
    with world.read() as work:
        return [entry.deed for entry in work.complaints.log(complaint.id)]


def alerted(world: World, complaint: Complaint) -> list[tuple[str, Role, str]]:
    with world.read() as work:
        return [(each.kind, each.role, each.detail["about"]) for each in work.alerts.of_complaint(complaint.id)]


def said(world: World) -> list[tuple[str, str]]:
    """Template and words of everything that was said in the conversation, in order."""
    with world.read() as work:
        rows = [row for row in work.messages.queued(CONVERSATION, 200) if row.template]
    return [(row.template or "", wording.render(row.template or "", row.payload["params"]).text) for row in rows]


def investigated(world: World, case: Case, text: str = "验收照片不是我的杯子") -> Complaint:
    """A complaint about the case that somebody looks into."""
    filed = complaints.file_complaint(world, CONVERSATION, text, case.case_no)
    complaints.acknowledge(world, filed.complaint_no, AGENT)
    return complaints.investigate(world, filed.complaint_no, AGENT)


def rejected_twice(world: World) -> Case:
    """Rejected by an agent, appealed, rejected by the manager."""
    case = do(world, case_in(world, S.REJECTED), E.APPEAL, R.CUSTOMER, reason="再看一下照片")
    return do(world, case, E.REJECT, R.MANAGER, rules=("window",), reason="仍不符合", alternatives=())
