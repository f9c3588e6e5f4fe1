"""Who owns a conversation: claiming it, handing it on, giving it back, ending it."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.ownership import Outcome
from backend.errors import TalkRefused
from backend.services import ownership
from bot.desk.visit import Pages, Visit, whole

pages = Pages()
MOST_HOURS = 72
"""How long a conversation may wait for its customer without being closed."""


@pages.post("/talks/{id}/claim", Permission.TALK)
def claim(visit: Visit) -> Response:
    ownership.claim(visit.world, visit.path("id"), visit.member)
    return _back(visit)


@pages.post("/talks/{id}/take-over", Permission.TAKE_OVER_TALK)
def take_over(visit: Visit) -> Response:
    ownership.take_over(visit.world, visit.path("id"), visit.member)
    return _back(visit)


@pages.post("/talks/{id}/transfer", Permission.TALK)
def transfer(visit: Visit) -> Response:
    ownership.offer_transfer(visit.world, visit.path("id"), visit.member, visit.text("to"), visit.text("note"))
    return _back(visit)


@pages.post("/talks/{id}/accept", Permission.TALK)
def accept(visit: Visit) -> Response:
    ownership.accept_transfer(visit.world, visit.path("id"), visit.member)
    return _back(visit)


@pages.post("/talks/{id}/decline", Permission.TALK)
def decline(visit: Visit) -> Response:
    ownership.decline_transfer(visit.world, visit.path("id"), visit.member)
    return visit.go("/talks")


@pages.post("/talks/{id}/wait", Permission.TALK)
def wait(visit: Visit) -> Response:
    hours = whole(visit.text("hours", "0"))
    if hours is None or hours > MOST_HOURS:
        raise HTTPException(422)
    ownership.wait_for_customer(visit.world, visit.path("id"), visit.member, follow_up_hours=hours)
    return _back(visit)


@pages.post("/talks/{id}/give-back", Permission.TALK)
def give_back(visit: Visit) -> Response:
    """With what was found out; the bot goes on with it if told so."""
    found_out = {name: visit.text(name) for name in ("order_no", "wish", "reason") if visit.text(name)}
    ownership.give_back(
        visit.world,
        visit.path("id"),
        visit.member,
        _outcome(visit),
        note=visit.text("note"),
        slots=found_out,
        resume=visit.text("resume") == "yes",
        seen=whole(visit.text("seen")),
    )
    return visit.go("/talks")


@pages.post("/talks/{id}/resolve", Permission.TALK)
def resolve(visit: Visit) -> Response:
    ownership.resolve(visit.world, visit.path("id"), visit.member, _outcome(visit), seen=whole(visit.text("seen")))
    return visit.go("/talks")


def _outcome(visit: Visit) -> Outcome:
    chosen = visit.text("outcome")
    if chosen not in {each.value for each in Outcome}:
        raise TalkRefused("outcome")
    return Outcome(chosen)


def _back(visit: Visit) -> Response:
    return visit.go(f"/talks/{visit.path('id')}")
