"""The accounts of a buyer on all channels, beside a talk and beside a case, and unbinding one."""

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.binding import Binding
from backend.services import bindings
from bot.desk.visit import Pages, Visit

pages = Pages()


@pages.get("/talks/{conversation_id}/bindings", Permission.TALK)
def of_talk(visit: Visit) -> Response:
    return _shown(visit, bindings.accounts_around(visit.world, visit.path("conversation_id")))


@pages.post("/talks/{conversation_id}/bindings", Permission.TALK)
def revoke_of_talk(visit: Visit) -> Response:
    """Unbind one; the list as it is then."""
    _revoke(visit)
    return of_talk(visit)


@pages.get("/cases/{case_no}/bindings", Permission.TALK)
def of_case(visit: Visit) -> Response:
    return _shown(visit, bindings.accounts_of_case(visit.world, visit.path("case_no")))


@pages.post("/cases/{case_no}/bindings", Permission.TALK)
def revoke_of_case(visit: Visit) -> Response:
    """Unbind one; the list as it is then."""
    _revoke(visit)
    return of_case(visit)


def _revoke(visit: Visit) -> None:
    bindings.revoke(visit.world, visit.text("binding"), by=visit.member, address=visit.address)


def _shown(visit: Visit, found: list[Binding]) -> Response:
    return visit.render("parts/bindings.html", accounts=found)
