"""What hangs on a case beside it: compensation, return freight, and complaints."""

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.complaint import Cause
from backend.domain.extra import Extra, ExtraEvent, Purpose
from backend.domain.rule_types import CompensationKind, FreightPayer, Severity
from backend.services import complaints
from backend.services.case_view import CaseView, case_view
from backend.services.extras import Wanted, approve_extra, decline_extra, give_extra, propose_compensation
from backend.services.freight import approve_freight, ask_freight
from bot.desk.pages.case_forms import code_of, fen, keep_photos
from bot.desk.pages.case_words import form_words
from bot.desk.pages.complaints import do_deed
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
    photos = keep_photos(visit.world, case.conversation_id, visit.form.getlist("photos"), visit.member.role)
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
    if complaint is None:
        raise BadForm(form_words("choice"))
    do_deed(visit, complaint)
    return _back(visit)


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
