"""Errors as staff read them: a page, or for htmx a short line where it was clicked. Wording: `templates/errors.yml`."""

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from backend.errors import BackendError, Conflict, GuardRefused, IllegalTransition, NotFound, RoleRefused, StorageFull
from backend.services import guard_words
from bot.desk.rendering import render
from bot.desk.visit import BadForm, Forbidden

_INTO_TOASTS = {"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"}

log = logging.getLogger(__name__)

_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (RoleRefused, 403),
    (Conflict, 409),
    (IllegalTransition, 409),
    (GuardRefused, 422),
    (BadForm, 422),
    (StorageFull, 503),
    (DBAPIError, 503),
    (PoolTimeout, 503),
    (BackendError, 422),
)


async def answer_error(request: Request, error: Exception) -> Response:
    """What whoever asked is told, with the right status; what nobody foresaw is logged."""
    status = _status(error)
    if status >= 500:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    values = {"status": status, "message": words_for(error, status)}
    if request.headers.get("hx-request") == "true":
        return HTMLResponse(render("parts/toast.html", values), status, _INTO_TOASTS)
    return HTMLResponse(render("error.html", values), status)


def words_for(error: Exception, status: int) -> str:
    """The error in words: by its class, else by its status."""
    table = _table()
    for kind in type(error).__mro__:
        if kind.__name__ in table:
            return _filled(table[kind.__name__], error)
    return str(table.get(str(status), table["500"]))


def _filled(text: Any, error: Exception) -> str:
    """The words with what the error carries; a guard's are told by its code.

    Errors of one class are told apart by an attribute, whose name stands under `by`.
    """
    if isinstance(text, dict):
        text = text.get(str(getattr(error, text["by"])), text["else"])
    return str(text).format(error=error, words=guard_words.words_of(error) if isinstance(error, GuardRefused) else "")


def _status(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.status_code
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    path = Path(__file__).parent / "templates" / "errors.yml"
    return dict(yaml.safe_load(path.read_text("utf-8")))
