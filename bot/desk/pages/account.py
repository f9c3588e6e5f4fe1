"""One's own account: password, where one is logged in, logging out."""

from starlette.responses import Response

from backend.errors import LoginRefused, PasswordRefused
from backend.services import access
from bot.desk.visit import COOKIE, Pages, Visit

pages = Pages()


@pages.get("/account")
def account(visit: Visit) -> Response:
    return _page(visit)


@pages.post("/account/password")
def change_password(visit: Visit) -> Response:
    """The new one ends all sessions, this one too."""
    new, again = visit.text("new"), visit.text("again")
    if new != again:
        return _page(visit, "different", 422)
    try:
        access.change_password(visit.world, visit.session, visit.text("old"), new)
    except LoginRefused:
        return _page(visit, "wrong", 422)
    except PasswordRefused:
        return _page(visit, "unfit", 422)
    return visit.go("/login")


@pages.post("/logout")
def log_out(visit: Visit) -> Response:
    access.log_out(visit.world, visit.session)
    answer = visit.go("/login")
    answer.delete_cookie(COOKIE)
    return answer


@pages.post("/account/sessions/revoke")
def revoke(visit: Visit) -> Response:
    access.revoke_sessions(visit.world, visit.member.name, by=visit.member.name)
    return visit.go("/login")


def _page(visit: Visit, problem: str = "", status: int = 200) -> Response:
    sessions = access.living_sessions(visit.world, visit.member.name)
    return visit.render("account.html", status, problem=problem, sessions=sessions)
