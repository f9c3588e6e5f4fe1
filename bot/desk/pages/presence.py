"""Whether a member of staff takes conversations: the switch in the bar, and the sign of life of every open page."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.ownership import Presence, PresenceState
from backend.services import presence
from bot.desk.visit import Pages, Visit

pages = Pages()


@pages.get("/presence", Permission.TALK)
def show(visit: Visit) -> Response:
    """The switch; opening a page is a sign of life unless somebody has said that they are off."""
    with visit.world.read() as work:
        known = work.presences.get(visit.member.name)
    off = known is not None and known.state is PresenceState.OFFLINE
    return _switch(visit, known if off and known is not None else presence.hear(visit.world, visit.member))


@pages.post("/presence", Permission.TALK)
def say(visit: Visit) -> Response:
    chosen = visit.text("state")
    if chosen not in {each.value for each in PresenceState}:
        raise HTTPException(422)
    return _switch(visit, presence.say_presence(visit.world, visit.member, PresenceState(chosen)))


@pages.post("/presence/hear", Permission.TALK)
def hear(visit: Visit) -> Response:
    """A sign of life. The switch again where another page has changed it; whoever is off stays off."""
    with visit.world.read() as work:
        known = work.presences.get(visit.member.name)
    if known is None or known.state is not PresenceState.OFFLINE:
        known = presence.hear(visit.world, visit.member)
    return Response(status_code=204) if known.state.value == visit.text("state") else _switch(visit, known)


def _switch(visit: Visit, known: Presence) -> Response:
    return visit.render("talks/presence.html", presence=known, states=list(PresenceState))
