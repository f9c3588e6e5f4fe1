"""Serves the page itself and its files, and lets it load nothing from anywhere else."""

from pathlib import Path
from urllib.parse import unquote

from sanic import Blueprint
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, file, redirect

_PAGE = Path(__file__).parent / "page"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_blueprint() -> Blueprint:
    """`GET /chat` with its files under `/chat/static`; `/` leads there."""
    pages = Blueprint("webchat_page")
    pages.static("/chat/static", _PAGE, name="static")
    pages.add_route(_root, "/", methods=["GET"], name="root")
    pages.add_route(_chat, "/chat", methods=["GET"], name="chat")
    pages.middleware(_refuse_nul, "request")
    pages.middleware(_secure, "response")
    return pages


async def _root(_request: Request) -> HTTPResponse:
    return redirect("/chat")


async def _chat(_request: Request) -> HTTPResponse:
    return await file(_PAGE / "index.html")


async def _refuse_nul(request: Request) -> None:
    """No file has such a name, and Sanic's own search for one would fail over it."""
    if "\0" in unquote(request.path):
        raise NotFound("no such file")


async def _secure(_request: Request, response: HTTPResponse) -> None:
    response.headers.update(HEADERS)
