"""The administrator's list of staff: who is there, roles, leaving, passwords and log-ins."""

from starlette.responses import Response

from backend.domain.access import Permission
from backend.domain.case import STAFF_ROLES, Role
from backend.errors import Conflict, StaffRefused
from backend.services import staff_keeping
from bot.desk.visit import BadForm, Pages, Visit

pages = Pages()

_MANAGE = Permission.MANAGE_STAFF


@pages.get("/staff", _MANAGE)
def staff(visit: Visit) -> Response:
    return _page(visit)


@pages.get("/staff/list", _MANAGE)
def staff_list(visit: Visit) -> Response:
    """Only the table, for the page to refresh itself."""
    return visit.render("staff/list.html", lines=staff_keeping.staff_list(visit.world, visit.member), roles=_ROLES)


@pages.post("/staff/add", _MANAGE)
def add(visit: Visit) -> Response:
    name = visit.text("name")
    try:
        member, password = staff_keeping.hire(visit.world, name, _role(visit), by=visit.member)
    except Conflict:
        return _page(visit, problem="taken", name=name)
    except StaffRefused:
        return _page(visit, problem="name", name=name)
    return _page(visit, told=(member.name, password))


@pages.post("/staff/password", _MANAGE)
def password(visit: Visit) -> Response:
    name = visit.text("name")
    return _page(visit, told=(name, staff_keeping.new_password(visit.world, name, by=visit.member)))


@pages.post("/staff/role", _MANAGE)
def role(visit: Visit) -> Response:
    staff_keeping.change_role(visit.world, visit.text("name"), _role(visit), by=visit.member)
    return visit.go("/staff")


@pages.post("/staff/deactivate", _MANAGE)
def deactivate(visit: Visit) -> Response:
    staff_keeping.deactivate(visit.world, visit.text("name"), by=visit.member)
    return visit.go("/staff")


@pages.post("/staff/reactivate", _MANAGE)
def reactivate(visit: Visit) -> Response:
    name = visit.text("name")
    return _page(visit, told=(name, staff_keeping.reactivate(visit.world, name, by=visit.member)))


@pages.post("/staff/revoke", _MANAGE)
def revoke(visit: Visit) -> Response:
    staff_keeping.throw_out(visit.world, visit.text("name"), by=visit.member)
    return visit.go("/staff")


_ROLES = tuple(sorted(STAFF_ROLES, key=lambda role: list(Role).index(role)))


def _page(visit: Visit, *, told: tuple[str, str] | None = None, problem: str = "", name: str = "") -> Response:
    """`told` is a name with a password that is shown this once."""
    lines = staff_keeping.staff_list(visit.world, visit.member)
    values = {"lines": lines, "roles": _ROLES, "told": told, "problem": problem, "name": name}
    return visit.render("staff/staff.html", 422 if problem else 200, **values)


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.text("role"))
    except ValueError as unknown:
        raise BadForm("没有这个角色。") from unknown
