"""Logging in and out: the only pages that need no session."""

import asyncio
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from backend.domain.access import SESSION_LASTS
from backend.errors import LoginRefused
from backend.ports import World
from backend.services import access
from bot.desk.limits import require_storable
from bot.desk.rendering import render
from bot.desk.visit import COOKIE

_OWN_SITE = ("same-origin", "none")
"""What a browser says of a form that was sent from our own page; elsewhere a log-in could be forged."""


async def _show(_request: Request) -> Response:
    return _page()


async def _log_in(request: Request) -> Response:
    if request.headers.get("sec-fetch-site", "same-origin") not in _OWN_SITE:
        return _page("forged", status=403)
    world = cast(World, request.app.state.world)
    async with request.form(max_fields=5, max_files=0) as form:
        require_storable(form)
        name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
    address = request.client.host if request.client else ""
    try:
        token, _ = await asyncio.to_thread(access.log_in, world, name, password, address)
    except LoginRefused as refused:
        return _page(refused.reason, name=name, until=refused.until, status=401)
    answer = RedirectResponse("/", status_code=303)
    _set_cookie(request, answer, token)
    return answer


def _page(problem: str = "", *, name: str = "", until: object = None, status: int = 200) -> Response:
    return HTMLResponse(render("login.html", {"problem": problem, "name": name, "until": until}), status)


def _set_cookie(request: Request, answer: Response, token: str) -> None:
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


ROUTES = (Route("/login", _show, methods=["GET"]), Route("/login", _log_in, methods=["POST"]))
