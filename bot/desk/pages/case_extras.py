"""What hangs on a case beside it: compensation, return freight, and complaints."""

from collections.abc import Callable, Mapping

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.case import Role, State
from backend.domain.complaint import Cause, Complaint, Deed, Outcome
from backend.domain.extra import Extra, ExtraEvent, Purpose
from backend.domain.rule_types import CompensationKind, FreightPayer, Severity
from backend.services import complaints
from backend.services.case_view import CaseView, case_view
from backend.services.extras import Wanted, approve_extra, decline_extra, give_extra, propose_compensation
from backend.services.freight import approve_freight, ask_freight
from backend.services.judgement import Award
from bot.desk.pages.case_forms import code_of, fen, keep_photos
from bot.desk.pages.case_words import form_words
from bot.desk.visit import BadForm, Pages, Visit

pages = Pages()


@pages.post("/cases/{case_no}/compensation", Permission.SEE_CASES)
def propose(visit: Visit) -> Response:
    """Propose a compensation; what is left out is what the rules' table says."""
    kind = visit.text("kind")
    wanted = Wanted(
        severity=code_of(Severity, visit.text("severity")),
        kind=code_of(CompensationKind, kind) if kind else None,
        amount_fen=fen(visit.text("amount")),
        note=visit.text("note"),
    )
    propose_compensation(visit.world, visit.path("case_no"), visit.actor, wanted)
    return _back(visit)


@pages.post("/cases/{case_no}/freight", Permission.SEE_CASES)
def freight(visit: Visit) -> Response:
    """Ask for the freight on a receipt, for the customer."""
    case, amount = _view(visit).case, fen(visit.text("amount"))
    photos = keep_photos(visit.world, case, visit.form.getlist("photos"), visit.member.role)
    if amount is None or not photos:
        raise BadForm(form_words("receipt"))
    ask_freight(visit.world, visit.path("case_no"), visit.actor, amount_fen=amount, receipt=photos[0])
    return _back(visit)


@pages.post("/cases/{case_no}/extras/{extra_no}", Permission.SEE_CASES)
def decide(visit: Visit) -> Response:
    """Approve, give or decline one of the case's extras."""
    view, number = _view(visit), visit.path("extra_no")
    extra = next((each for each in view.extras if each.extra_no == number), None)
    if extra is None:
        raise BadForm(form_words("choice"))
    event = code_of(ExtraEvent, visit.text("event"))
    if event is ExtraEvent.APPROVE:
        _approve(visit, extra)
    elif event is ExtraEvent.GIVE:
        give_extra(visit.world, number, visit.actor, visit.text("voucher"))
    else:
        decline_extra(visit.world, number, visit.actor, visit.text("reason"))
    return _back(visit)


@pages.post("/cases/{case_no}/complaints", Permission.SEE_CASES)
def complain(visit: Visit) -> Response:
    """Open a complaint for the customer, about this case."""
    case = _view(visit).case
    cause, text = code_of(Cause, visit.text("cause")), visit.text("text")
    complaints.open_(visit.world, case.conversation_id, cause, text, visit.actor, [case.case_no or ""])
    return _back(visit)


@pages.post("/cases/{case_no}/complaints/{complaint_no}", Permission.SEE_CASES)
def act_on_complaint(visit: Visit) -> Response:
    """A deed of the complaints' table by this member."""
    number = visit.path("complaint_no")
    complaint = next((each for each in _view(visit).complaints if each.complaint_no == number), None)
    deed = code_of(Deed, visit.text("deed"))
    if complaint is None or deed not in _DEEDS:
        raise BadForm(form_words("choice"))
    _DEEDS[deed](visit, complaint)
    return _back(visit)


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
    photos = keep_photos(visit.world, _view(visit).case, visit.form.getlist("photos"), visit.member.role)
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


def _approve(visit: Visit, extra: Extra) -> None:
    if extra.purpose is Purpose.COMPENSATION:
        approve_extra(visit.world, extra.extra_no, visit.actor)
        return
    payer = visit.text("payer")
    approve_freight(visit.world, extra.extra_no, visit.actor, code_of(FreightPayer, payer) if payer else None)


def _view(visit: Visit) -> CaseView:
    return case_view(visit.world, visit.path("case_no"), visit.actor)


def _back(visit: Visit) -> Response:
    return visit.go(f"/cases/{visit.path('case_no')}")
