"""One case: everything about it, and what can be done with it."""

from typing import Any

from starlette.responses import HTMLResponse, Response

from backend.domain.access import Permission
from backend.domain.case import CaseEvent
from backend.domain.conversation import Message
from backend.domain.evidence import EvidenceKind
from backend.domain.masking import masked_account, masked_name, masked_phone
from backend.domain.request import Reason, Remedy, Wish
from backend.domain.rule_types import CompensationKind, Severity
from backend.domain.waybill import CARRIERS
from backend.errors import Conflict, DocumentRefused
from backend.services import audit
from backend.services.case_choices import choices
from backend.services.case_view import CaseView, case_view, inspection_offer, news_of
from backend.services.documents import Document, document_facts
from backend.services.doing import do_event
from bot import wording
from bot.desk import rule_words
from bot.desk.answers import words_for
from bot.desk.pages.case_forms import DANGEROUS, event_of, fields_of, given_by, grades_of, in_order
from bot.desk.pages.case_words import form_words, told_of, who, words
from bot.desk.visit import BadForm, Pages, Visit, whole
from bot.documents.paper import html_of
from bot.documents.photos import pictures_of

pages = Pages()

PAPER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""A document carries its own style and its photos, and nothing that runs."""


@pages.get("/cases/{case_no}", Permission.SEE_CASES)
def case(visit: Visit) -> Response:
    view = case_view(visit.world, visit.path("case_no"), visit.actor)
    found = choices(visit.world, view.case, visit.actor)
    possible = in_order(found.possible)
    refused = [(event, words_for(refusal, 422)) for event, refusal in found.refused]
    return visit.render(
        "cases/case.html",
        view=view,
        case=view.case,
        choices=found,
        possible=possible,
        refused=refused,
        fields={event: fields_of(event, view.case) for event in (*possible, *found.handling)},
        dangerous=DANGEROUS,
        timeline=_timeline(view),
        buyer=_buyer(view, shown=False),
        label=view.book.label,
        codes=_codes(view),
        carriers=CARRIERS,
        masked_account=masked_account,
        words=words(),
        checks=rule_words.words()["checks"],
        who=who,
        filed=visit.query("filed") if visit.query("filed") in ("told", "untold") else "",
    )


@pages.get("/cases/{case_no}/news", Permission.SEE_CASES)
def news(visit: Visit) -> Response:
    """What has happened since the page was made: nothing, or a line that says so."""
    since = visit.query("since")
    found = news_of(visit.world, visit.path("case_no"), whole(since) or 0)
    return visit.render(
        "cases/news.html", case_no=visit.path("case_no"), since=since, news=found, words=words(), who=who
    )


@pages.post("/cases/{case_no}/do", Permission.SEE_CASES)
def do(visit: Visit) -> Response:
    """Make an event happen, if the case is still as it was seen; else what has changed is told."""
    case_no, event, version = visit.path("case_no"), event_of(visit.text("event")), whole(visit.text("version"))
    if version is None:
        raise BadForm(form_words("event"))
    view = case_view(visit.world, case_no, visit.actor)
    given = given_by(visit, view.case)
    try:
        do_event(visit.world, case_no, event, visit.actor, given, expected_version=version)
    except Conflict as conflict:
        _tell_change(visit, conflict, version)
        raise
    return visit.go(f"/cases/{case_no}")


@pages.get("/cases/{case_no}/offer", Permission.SEE_CASES)
def offer(visit: Visit) -> Response:
    """What the grades that are being chosen would pay."""
    view = case_view(visit.world, visit.path("case_no"), visit.actor)
    amount = inspection_offer(visit.world, view.case.case_no or "", grades_of(visit.request.query_params, view.case))
    return visit.render("cases/offer.html", amount=amount, whole=view.case.approved_fen)


@pages.get("/cases/{case_no}/buyer", Permission.SEE_PERSONAL)
def buyer(visit: Visit) -> Response:
    """The buyer's name and number in full; that they were looked at is written down."""
    view = case_view(visit.world, visit.path("case_no"), visit.actor)
    audit.note_look(visit.world, visit.member, "buyer", view.case.case_no or "", address=visit.address)
    return visit.render("cases/buyer.html", buyer=_buyer(view, shown=True), case=view.case)


@pages.get("/cases/{case_no}/documents/{kind}", Permission.SEE_CASES)
def document(visit: Visit) -> Response:
    """A document, ready to be printed."""
    kinds = {kind.value: kind for kind in Document}
    kind = kinds.get(visit.path("kind"))
    if kind is None:
        raise DocumentRefused(visit.path("kind"), "unknown_kind", "there is no such document")
    facts = document_facts(visit.world, visit.path("case_no"), kind, viewer=visit.actor)
    paper = html_of(facts, pictures_of(visit.world, facts))
    return HTMLResponse(paper, headers={"Content-Security-Policy": PAPER_POLICY})


def _tell_change(visit: Visit, conflict: Conflict, seen: int) -> None:
    """Raises BadForm with what others have done meanwhile, where that is why it could not be."""
    events = news_of(visit.world, visit.path("case_no"), seen)
    if events and conflict.subject != "waybill":
        told = " · ".join(f"{who(each, words())} {words()['events'].get(each.event, each.event)}" for each in events)
        raise Changed(form_words("changed", what=told)) from conflict


class Changed(Conflict):
    """The case is no longer as it was seen; the message says what has happened."""


def _timeline(view: CaseView) -> list[dict[str, Any]]:
    """What happened and what was told, newest first."""
    happened = [(event.at, 0, _of_event(event, view)) for event in view.events]
    told = [(message.at, 1, _of_message(message)) for message in view.told]
    return [entry for _, _, entry in sorted([*happened, *told], key=_when, reverse=True)]


def _when(entry: tuple[Any, int, dict[str, Any]]) -> tuple[Any, int]:
    return entry[0], entry[1]


def _of_event(event: CaseEvent, view: CaseView) -> dict[str, Any]:
    return {"at": event.at, "event": event, "facts": told_of(event, view.book), "told": ""}


def _of_message(message: Message) -> dict[str, Any]:
    return {"at": message.at, "event": None, "facts": [], "told": _words_of(message)}


def _words_of(message: Message) -> str:
    """What is being said: a notice that is still on its way has not been worded yet."""
    if message.text or message.template is None:
        return message.text
    return wording.render(message.template, message.payload["params"]).text


def _buyer(view: CaseView, *, shown: bool) -> dict[str, str]:
    name, phone = view.order.buyer_name, view.order.buyer_phone
    return {"name": name, "phone": phone} if shown else {"name": masked_name(name), "phone": masked_phone(phone)}


def _codes(view: CaseView) -> dict[str, dict[str, str]]:
    """What can be chosen in forms, with its words."""
    book = view.book
    return {
        "evidence": {kind.value: book.label(kind) for kind in EvidenceKind if kind is not EvidenceKind.OTHER},
        "remedies": {remedy.value: book.label(remedy) for remedy in Remedy},
        "reasons": {reason.value: book.label(reason) for reason in Reason},
        "wishes": {wish.value: book.label(wish) for wish in Wish},
        "kinds": {kind.value: words()["compensation"][kind.value] for kind in CompensationKind},
        "severities": {severity.value: words()["severities"][severity.value] for severity in Severity},
    }
