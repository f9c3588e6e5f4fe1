"""Where staff land: each role at what it comes for."""

from starlette.responses import Response

from backend.domain.access import Permission
from bot.desk.visit import Pages, Visit

pages = Pages()


@pages.get("/")
def home(visit: Visit) -> Response:
    return visit.go("/talks" if visit.may(Permission.TALK) else "/cases")
