"""What a page is given: who asks, for what, and how to answer. Page modules need nothing of the web framework else.

A page module makes a `Pages()` and registers plain functions with it:

    pages = Pages()

    @pages.get("/cases", Permission.SEE_CASES)
    def cases(visit: Visit) -> Response:
        return visit.render("cases.html", …)

    @pages.post("/cases/{case_no}/do", Permission.SEE_CASES)
    def do(visit: Visit) -> Response:
        visit.form["event"]
        return visit.go("/cases/…")

They run in a thread, so they may call services. A POST comes here only with the session's CSRF token.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from backend.domain.access import Permission, StaffSession, may
from backend.domain.case import Actor
from backend.domain.work import Staff
from backend.errors import BackendError
from backend.ports import World
from bot.desk.rendering import render

COOKIE = "anxin_desk"
_WHOLE = re.compile("[0-9]{1,9}")


class Forbidden(BackendError):
    """A page or an action that this member's role is not for."""


class BadForm(BackendError):
    """A form that lacks something or holds what cannot be; the message is for whoever filled it in."""


@dataclass(frozen=True)
class Visit:
    """One request of a member of staff who is logged in. `form` is empty but for a POST."""

    request: Request
    world: World
    session: StaffSession
    form: FormData = field(default_factory=FormData)

    @property
    def member(self) -> Staff:
        return self.session.member

    @property
    def actor(self) -> Actor:
        """Who acts when this member makes something happen to a case."""
        return Actor(self.member.role, self.member.name)

    @property
    def address(self) -> str:
        return self.request.client.host if self.request.client else ""

    @property
    def by_htmx(self) -> bool:
        """Whether a part of a page is asked for, not a page."""
        return self.request.headers.get("hx-request") == "true"

    def may(self, permission: Permission) -> bool:
        return may(self.member.role, permission)

    def require(self, permission: Permission) -> None:
        """Raises Forbidden."""
        if not self.may(permission):
            raise Forbidden(permission.value)

    def path(self, name: str) -> str:
        """A part of the address, such as the case number of `/cases/{case_no}`."""
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """A value from behind the question mark."""
        return str(self.request.query_params.get(name, default))

    def text(self, name: str, default: str = "") -> str:
        """A field of the form, without the space around it."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file, if one was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """A template with who is logged in, what they may do, and the CSRF token."""
        shared: Mapping[str, Any] = {
            "member": self.member,
            "csrf": self.session.csrf,
            "may": self.may,
            "path": self.request.url.path,
        }
        return HTMLResponse(render(template, {**shared, **values}), status_code=status)

    def go(self, path: str) -> Response:
        """Off to another page; htmx is told in its own way."""
        if self.by_htmx:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, status_code=303)


def whole(text: str) -> int | None:
    """A number as our pages send it: at most nine digits, so that every column takes it. None for anything else."""
    return int(text) if _WHOLE.fullmatch(text) else None


Handler = Callable[[Visit], Response]


@dataclass(frozen=True)
class Entry:
    """A page or an action: where it is found and what it takes to get there (None: being logged in)."""

    method: str
    path: str
    permission: Permission | None
    handler: Handler


class Pages:
    """What a module registers; the application makes routes of it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def get(self, path: str, permission: Permission | None = None) -> Callable[[Handler], Handler]:
        return self._register("GET", path, permission)

    def post(self, path: str, permission: Permission | None = None) -> Callable[[Handler], Handler]:
        return self._register("POST", path, permission)

    def _register(self, method: str, path: str, permission: Permission | None) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            self.entries.append(Entry(method, path, permission, handler))
            return handler

        return register
