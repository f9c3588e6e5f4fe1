"""One complaint: what was said and done, and what may be done with it. Those about no case have no other page."""

from collections.abc import Callable, Mapping

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.case import Role, State
from backend.domain.complaint import Complaint, Deed, Outcome
from backend.services import complaints
from backend.services.complaint_view import complaint_view
from backend.services.judgement import Award
from bot.desk.pages.case_forms import code_of, fen, keep_photos
from bot.desk.pages.case_words import form_words, words
from bot.desk.visit import BadForm, Pages, Visit

pages = Pages()


@pages.get("/complaints/{complaint_no}", Permission.SEE_CASES)
def one(visit: Visit) -> Response:
    view = complaint_view(visit.world, visit.path("complaint_no"), visit.actor)
    return visit.render("cases/complaint.html", view=view, complaint=view.complaint, deeds=view.deeds, words=words())


@pages.post("/complaints/{complaint_no}", Permission.SEE_CASES)
def act(visit: Visit) -> Response:
    """A deed of the complaints' table by this member."""
    number = visit.path("complaint_no")
    do_deed(visit, complaint_view(visit.world, number, visit.actor).complaint)
    return visit.go(f"/complaints/{number}")


def do_deed(visit: Visit, complaint: Complaint) -> None:
    """What a form of a complaint asks for. Raises BadForm for what no form of ours sends."""
    deed = code_of(Deed, visit.text("deed"))
    if deed not in _DEEDS:
        raise BadForm(form_words("choice"))
    _DEEDS[deed](visit, complaint)


def _ask_customer(visit: Visit, complaint: Complaint) -> None:
    complaints.ask(visit.world, complaint.complaint_no, visit.actor, visit.text("text"))


def _ask_merchant(visit: Visit, complaint: Complaint) -> None:
    of = code_of(Role, visit.text("of"))
    complaints.ask(visit.world, complaint.complaint_no, visit.actor, visit.text("text"), of)


def _rule(visit: Visit, complaint: Complaint) -> None:
    outcome = code_of(Outcome, visit.text("outcome"))
    awards = {} if outcome is Outcome.REJECT else _awards(visit, complaint)
    complaints.rule(visit.world, complaint.complaint_no, visit.actor, outcome, visit.text("text"), awards)


def _awards(visit: Visit, complaint: Complaint) -> dict[str, Award]:
    """What was filled in for each case: where it goes, how much."""
    found = {}
    for about in complaint.cases:
        to, amount = visit.text(f"to_{about.case_no}"), fen(visit.text(f"amount_{about.case_no}"))
        if to or amount is not None:
            found[about.case_no] = Award(code_of(State, to) if to else None, amount)
    return found


def _acknowledge(visit: Visit, complaint: Complaint) -> None:
    complaints.acknowledge(visit.world, complaint.complaint_no, visit.actor)


def _investigate(visit: Visit, complaint: Complaint) -> None:
    complaints.investigate(visit.world, complaint.complaint_no, visit.actor)


def _add(visit: Visit, complaint: Complaint) -> None:
    photos = keep_photos(visit.world, complaint.conversation_id, visit.form.getlist("photos"), visit.member.role)
    complaints.add_evidence(visit.world, complaint.complaint_no, visit.actor, visit.text("text"), photos)


def _execute(visit: Visit, complaint: Complaint) -> None:
    complaints.execute(visit.world, complaint.complaint_no, visit.actor, visit.text("text"))


def _close(visit: Visit, complaint: Complaint) -> None:
    complaints.close(visit.world, complaint.complaint_no, visit.actor, visit.text("text"))


_DEEDS: Mapping[Deed, Callable[[Visit, Complaint], None]] = {
    Deed.ACKNOWLEDGE: _acknowledge,
    Deed.INVESTIGATE: _investigate,
    Deed.ASK_CUSTOMER: _ask_customer,
    Deed.ASK_MERCHANT: _ask_merchant,
    Deed.ADD_EVIDENCE: _add,
    Deed.RULE: _rule,
    Deed.EXECUTE: _execute,
    Deed.CLOSE: _close,
}
