"""The list of canned replies: the merchant's own, which can be added, changed and removed, and the shipped ones."""

from typing import Any

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.canned import LONGEST_TEXT, LONGEST_TITLE, VARIABLES, ReplyText
from backend.errors import BackendError, CannedReplyRefused, Conflict
from backend.services import canned_replies
from bot.desk.answers import words_for
from bot.desk.pages.case_words import form_words
from bot.desk.visit import BadForm, Pages, Visit, whole
from bot.wording import canned

pages = Pages()
_MANAGE = Permission.MANAGE_REPLIES


@pages.get("/replies", Permission.SEE_CASES)
def replies(visit: Visit) -> Response:
    return _page(visit)


@pages.get("/replies/list", Permission.SEE_CASES)
def listed(visit: Visit) -> Response:
    """Only the replies that have the words `q`."""
    return visit.render("replies/list.html", **_found(visit))


@pages.post("/replies/add", _MANAGE)
def add(visit: Visit) -> Response:
    try:
        canned_replies.add_reply(visit.world, visit.member, _written(visit))
    except (CannedReplyRefused, Conflict) as problem:
        return _page(visit, problem=problem)
    return visit.go("/replies")


@pages.post("/replies/{id}/change", _MANAGE)
def change(visit: Visit) -> Response:
    number, version = _number(visit.path("id")), _number(visit.text("version"))
    canned_replies.change_reply(visit.world, visit.member, number, version, _written(visit))
    return visit.go("/replies")


@pages.post("/replies/{id}/remove", _MANAGE)
def remove(visit: Visit) -> Response:
    number, version = _number(visit.path("id")), _number(visit.text("version"))
    canned_replies.remove_reply(visit.world, visit.member, number, version)
    return visit.go("/replies")


def _page(visit: Visit, problem: BackendError | None = None) -> Response:
    """A form that was refused is shown again as it was filled in, with why."""
    values = {
        "written": _written(visit),
        "problem": _told(problem) if problem else "",
        "variables": {name: canned.unknown_words()[name] for name in VARIABLES},
        "longest": {"title": LONGEST_TITLE, "text": LONGEST_TEXT},
    }
    return visit.render("replies/replies.html", 422 if problem else 200, **values, **_found(visit))


def _found(visit: Visit) -> dict[str, Any]:
    words = visit.query("q").strip()[:LONGEST_TITLE]
    own = {f"own:{each.id}": each for each in canned_replies.own_replies(visit.world)}
    found = canned.search(words, tuple(own.values()), canned_replies.texts_of_rules(visit.world))
    return {
        "q": words,
        "own": [own[each.code] for each in found if each.code in own],
        "shipped": [each for each in found if each.code not in own],
    }


def _written(visit: Visit) -> ReplyText:
    tags = visit.text("tags").replace("，", " ").replace(",", " ").replace("、", " ").split()
    return ReplyText(visit.text("title"), visit.text("text"), tuple(tags))


def _told(problem: BackendError) -> str:
    return form_words("title_taken") if isinstance(problem, Conflict) else words_for(problem, 422)


def _number(text: str) -> int:
    number = whole(text)
    if number is None:
        raise BadForm(form_words("choice"))
    return number
