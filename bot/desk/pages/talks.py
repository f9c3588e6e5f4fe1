"""Conversations: the lists that agents take from, one conversation with all about it, and looking for one."""

from typing import Any

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.ownership import ENDINGS
from backend.domain.request import Reason, Wish
from backend.services import audit, talks_view
from backend.services.handoff_card import build_card
from backend.services.talks_view import TalkView
from bot.desk import rule_words
from bot.desk.pages.case_words import words
from bot.desk.pages.talk_canned import suggestions
from bot.desk.talk_lines import lines_of, words_of_drafts
from bot.desk.visit import Pages, Visit, whole

pages = Pages()
ID_LENGTH = 20


@pages.get("/talks", Permission.TALK)
def talks(visit: Visit) -> Response:
    return visit.render("talks/page.html", **_lists(visit), talk=None)


@pages.get("/talks/lists", Permission.TALK)
def lists(visit: Visit) -> Response:
    return visit.render("talks/lists.html", **_lists(visit, visit.query("open")))


@pages.get("/talks/search", Permission.TALK)
def search(visit: Visit) -> Response:
    """By the end of a telephone number, a number of a case or of an order; what was found is written down, for what
    was typed may be the whole number of somebody who wants to be erased one day.
    """
    text = visit.query("q").strip()[:60]
    hits = talks_view.found(visit.world, text) if text else ()
    if hits:
        found = " ".join(hit.conversation.id for hit in hits)
        audit.note_look(visit.world, visit.member, "search", address=visit.address, found=found)
    return visit.render("talks/found.html", text=text, hits=hits, now=visit.world.clock.now(), open=visit.query("open"))


@pages.get("/talks/{id}", Permission.TALK)
def talk(visit: Visit) -> Response:
    view = talks_view.talk_view(visit.world, visit.path("id"), visit.member)
    audit.note_look(visit.world, visit.member, "talk", view.conversation.id, address=visit.address)
    return visit.render(
        "talks/page.html",
        **{**_lists(visit, view.conversation.id), **shown(visit, view)},
        colleagues=talks_view.colleagues(visit.world, visit.member) if view.mine else (),
        endings=ENDINGS,
        wishes=list(Wish),
        reasons=list(Reason),
        book=visit.world.rule_book(visit.world.clock.now()),
        client_id=visit.world.tokens.new(ID_LENGTH),
    )


@pages.get("/talks/{id}/now", Permission.TALK)
def now(visit: Visit) -> Response:
    """The transcript as it stands, from the number `from` on, and whatever else of the page may have changed."""
    return refreshed(visit)


def refreshed(visit: Visit) -> Response:
    """The parts of a conversation's page that change while it is open."""
    number = whole(visit.query("from") or visit.text("from"))
    view = talks_view.talk_view(visit.world, visit.path("id"), visit.member, since=number)
    return visit.render("talks/now.html", **shown(visit, view), since="" if number is None else number)


def shown(visit: Visit, view: TalkView) -> dict[str, Any]:
    """What the parts of a conversation's page are made of."""
    at = visit.world.clock.now()
    card = build_card(visit.world, view.conversation.id, visit.member.role) if view.episode else None
    return {
        "talk": view,
        "lines": lines_of(view),
        "now": at,
        "card": card,
        "events": words()["events"],
        "checks": rule_words.words()["checks"],
        "filled": words_of_drafts(visit.world.rule_book(at)),
        "suggestions": suggestions(visit, card) if view.mine else [],
    }


def _lists(visit: Visit, open_id: str = "") -> dict[str, Any]:
    return {
        "board": talks_view.board(visit.world, visit.member),
        "open": open_id,
        "now": visit.world.clock.now(),
    }
