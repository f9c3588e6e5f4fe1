"""The desk as an ASGI application: lets nobody in who is not logged in, and turns errors into pages."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from backend.bootstrap import Backend
from backend.domain.access import StaffSession, may
from backend.ports import World
from backend.services import access
from bot.bell import open_bell
from bot.desk.answers import answer_error
from bot.desk.headers import SecurityHeaders
from bot.desk.imports import OrderImports
from bot.desk.limits import BodyLimit, require_storable
from bot.desk.live import POLL_SECONDS, DeskLive, events
from bot.desk.pages import (
    account,
    alerts,
    audit,
    bindings,
    canned,
    case,
    case_extras,
    cases,
    complaints,
    evidence,
    filing,
    home,
    log_in,
    orders,
    payments,
    presence,
    reports,
    rule_changes,
    rules,
    staff,
    talk_canned,
    talk_owners,
    talk_writing,
    talks,
)
from bot.desk.visit import COOKIE, Entry, Forbidden, Pages, Visit

PAGES: tuple[Pages, ...] = (
    home.pages,
    account.pages,
    alerts.pages,
    presence.pages,
    talks.pages,
    talk_owners.pages,
    talk_writing.pages,
    talk_canned.pages,
    canned.pages,
    bindings.pages,
    evidence.pages,
    filing.pages,
    cases.pages,
    case.pages,
    case_extras.pages,
    complaints.pages,
    payments.pages,
    reports.pages,
    rules.pages,
    rule_changes.pages,
    orders.pages,
    staff.pages,
    audit.pages,
)
"""Every page behind the log-in. A new module is a line here."""

STATIC = Path(__file__).parent / "static"
LARGEST_UPLOAD = 60 * 1024 * 1024
"""Bytes of one part of a form: a film of evidence is the largest thing that staff upload."""


def build_app(backend: Backend, redis_url: str | None = None) -> Starlette:
    """The desk's application over an open backend; with Redis it is woken by what others write."""
    routes = [
        Route("/health", _health),
        Route("/events", _live),
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
        *(Route(each.path, _answering_errors(each.endpoint), methods=each.methods) for each in log_in.ROUTES),
        *(_route(entry) for pages in PAGES for entry in pages.entries),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(SecurityHeaders), Middleware(BodyLimit)],
        exception_handlers={Exception: answer_error, HTTPException: answer_error},
        lifespan=_lifespan,
    )
    app.state.world = backend.world
    app.state.live = DeskLive(backend.world, open_bell(redis_url, POLL_SECONDS))
    app.state.imports = OrderImports(backend.world)
    return app


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    yield
    await app.state.live.close()


def _route(entry: Entry) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _serve(entry, request)

    name = f"{entry.method} {entry.path}"
    return Route(entry.path, _answering_errors(endpoint), methods=[entry.method], name=name)


async def _serve(entry: Entry, request: Request) -> Response:
    session = await session_of(request)
    if session is None:
        return _to_log_in(request)
    if entry.permission is not None and not may(session.member.role, entry.permission):
        raise Forbidden(entry.permission.value)
    form = await _checked_form(request, session) if entry.method == "POST" else FormData()
    visit = Visit(request, world_of(request), session, form)
    try:
        require_storable(request.path_params, request.query_params, form)
        return await asyncio.to_thread(entry.handler, visit)
    finally:
        await form.close()


def _answering_errors(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Errors are answered here, inside the security headers; what is left over is logged by the server."""

    async def answering(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Exception as error:
            return await answer_error(request, error)

    return answering


async def _checked_form(request: Request, session: StaffSession) -> FormData:
    """The form, if it was sent from a page of ours: by its field or, by htmx, in a header. Raises Forbidden."""
    form = await request.form(max_files=20, max_part_size=LARGEST_UPLOAD)
    given = request.headers.get("x-csrf") or form.get("csrf")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), session.csrf.encode()):
        await form.close()
        raise Forbidden("csrf")
    return form


async def session_of(request: Request) -> StaffSession | None:
    """The living session of the browser's cookie."""
    token = request.cookies.get(COOKIE)
    return await asyncio.to_thread(access.resolve, world_of(request), token) if token else None


def world_of(request: Request) -> World:
    return cast(World, request.app.state.world)


def _to_log_in(request: Request) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": "/login"})
    return RedirectResponse("/login", status_code=303)


async def _live(request: Request) -> Response:
    session = await session_of(request)
    if session is None:
        return Response(status_code=401)
    world, token = world_of(request), request.cookies[COOKIE]
    return events(request.app.state.live, lambda: access.still_in(world, token))


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ready"})
