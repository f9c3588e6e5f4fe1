"""Canned replies in a conversation: looked for by words, filled with what is known of it."""

from dataclasses import dataclass

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.handoff_card import HandoffCard
from backend.services.canned_replies import own_replies, texts_of_rules
from backend.services.handoff_card import build_card
from bot.desk.visit import Pages, Visit
from bot.wording import canned

pages = Pages()
SHOWN = 12
SUGGESTED = 4
LONGEST_SEARCH = 40


@dataclass(frozen=True)
class Filled:
    """A reply as it can be sent."""

    title: str
    text: str


@pages.get("/talks/{id}/canned", Permission.TALK)
def choices(visit: Visit) -> Response:
    """Replies that have the words `q`; without words those that fit the conversation come first."""
    words = visit.query("q").strip()[:LONGEST_SEARCH]
    card = build_card(visit.world, visit.path("id"), visit.member.role)
    ruled = texts_of_rules(visit.world)
    fitting = canned.suggested(card.situations, ruled=ruled) if card is not None and not words else ()
    known = canned.search(words, own_replies(visit.world), ruled)
    found = tuple(dict.fromkeys([*fitting, *known]))[:SHOWN]
    return visit.render("talks/canned.html", replies=_filled(visit, card, found))


def suggestions(visit: Visit, card: HandoffCard | None) -> list[Filled]:
    """What may be said next, by the situation that the card tells of."""
    if card is None:
        return []
    return _filled(visit, card, canned.suggested(card.situations, SUGGESTED, texts_of_rules(visit.world)))


def _filled(visit: Visit, card: HandoffCard | None, replies: tuple[canned.CannedReply, ...]) -> list[Filled]:
    values = canned.values_of(card, agent=visit.member.name)
    return [Filled(each.title, canned.fill(each, values)) for each in replies]
