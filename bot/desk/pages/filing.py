"""Filing a case for a customer who called or wrote elsewhere: a form at the order, kept as written until it passes."""

from typing import Any

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.request import Reason, Wish
from backend.errors import Conflict, GuardRefused
from backend.services.filing_on_behalf import Application, file_for_customer
from backend.services.orders import show_order
from bot.desk.answers import words_for
from bot.desk.pages.case_forms import code_of, number_of
from bot.desk.pages.case_words import form_words
from bot.desk.visit import BadForm, Pages, Visit

pages = Pages()
_INTACT = {"yes": True, "no": False}
LONGEST_TEXT = 1000


@pages.get("/orders/{order_no}/case", Permission.TALK)
def form(visit: Visit) -> Response:
    return _form(visit)


@pages.post("/orders/{order_no}/case", Permission.TALK)
def file(visit: Visit) -> Response:
    """File it; what is missing, or what the rules say against it, is told above the form."""
    try:
        filed = file_for_customer(visit.world, visit.actor, _application(visit))
    except (GuardRefused, Conflict, BadForm) as refused:
        return _form(visit, words_for(refused, 422))
    return visit.go(f"/cases/{filed.case.case_no}?filed={'told' if filed.told else 'untold'}")


def _application(visit: Visit) -> Application:
    order, _ = show_order(visit.world, visit.path("order_no"))
    counted = {line.line_no: visit.text(f"pieces_{line.line_no}", "0") for line in order.lines}
    pieces = {line_no: number_of(text) for line_no, text in counted.items() if text not in ("", "0")}
    if not pieces:
        raise BadForm(form_words("pieces"))
    return Application(
        order_no=order.order_no,
        wish=code_of(Wish, visit.text("wish")),
        reason=code_of(Reason, visit.text("reason")),
        pieces=pieces,
        description=visit.text("description")[:LONGEST_TEXT],
        intact=_INTACT.get(visit.text("intact")),
        override=visit.text("override")[:LONGEST_TEXT],
    )


def _form(visit: Visit, problem: str = "") -> Response:
    order, claimed = show_order(visit.world, visit.path("order_no"))
    values: dict[str, Any] = {
        "order": order,
        "free": {line.line_no: line.quantity - claimed.get(line.line_no, 0) for line in order.lines},
        "book": visit.world.rule_book(visit.world.clock.now()),
        "wishes": list(Wish),
        "reasons": list(Reason),
        "written": visit.form,
        "problem": problem,
    }
    return visit.render("cases/file.html", 422 if problem else 200, **values)
