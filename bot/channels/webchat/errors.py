"""What goes wrong in a call, as `{error, message}` with its status; the words come from `bot.wording`."""

import logging
from dataclasses import dataclass, field
from functools import partial
from json import dumps
from math import ceil
from typing import Any

from sanic.exceptions import (
    InvalidUsage,
    MethodNotSupported,
    NotFound,
    PayloadTooLarge,
    RequestTimeout,
    SanicException,
    ServiceUnavailable,
)
from sanic.request import Request
from sanic.response import HTTPResponse, json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend import errors as backend
from bot.channels.messages import refusal_of
from bot.wording import error_message

log = logging.getLogger(__name__)

_STATUS = {
    "message_too_long": 413,
    "photo_too_big": 413,
    "photo_too_many_pixels": 413,
    "photo_not_an_image": 415,
    "photo_unreadable": 415,
    "photo_broken_film": 415,
    "wrong_content_type": 415,
    "not_signed_in": 401,
    "not_found": 404,
    "method_not_allowed": 405,
    "body_too_big": 413,
    "too_many_requests": 429,
    "storage_full": 503,
    "unavailable": 503,
    "starting": 503,
}
"""By code; all others are 400."""


@dataclass
class CallRefused(Exception):
    """A call that is answered with the error of this code."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


def bad_request(detail: str) -> CallRefused:
    """The call itself is malformed; `detail` names the part."""
    return CallRefused("bad_request", {"detail": detail})


def too_fast(seconds: float) -> CallRefused:
    """Too many calls; the next is welcome after so long."""
    return CallRefused("too_many_requests", {"seconds": ceil(seconds)})


def answer_error(request: Request, error: Exception) -> HTTPResponse:
    """The answer to a call that raised this; where its very head could not be read, no call has begun."""
    code, params = _code_of(error)
    if code == "unavailable" and request.route is None:
        code, params = "bad_request", {"detail": "HTTP"}
    if code == "unavailable" and not _broken_off(error):
        log.error("a call failed", exc_info=error)
    headers = {"Retry-After": str(params["seconds"])} if "seconds" in params else None
    body = {"error": code, "message": error_message(code, **params)}
    return json(body, status=_STATUS.get(code, 400), headers=headers, dumps=partial(dumps, ensure_ascii=False))


def _broken_off(error: Exception) -> bool:
    """Whether the caller hung up, as whoever closes the page does, or we are stopping: Sanic's own word for both."""
    return isinstance(error, ServiceUnavailable) and str(error) == "Cancelled"


def _code_of(error: Exception) -> tuple[str, dict[str, Any]]:
    refused = refusal_of(error)
    if refused is not None:
        return refused
    match error:
        case CallRefused():
            return error.code, error.params
        case backend.ConversationNotFound():  # the token is older than the database: the page opens a new session
            return "not_signed_in", {}
        case backend.NotFound() | NotFound():
            return "not_found", {}
        case DBAPIError() | PoolTimeout():
            return "unavailable", {}
        case SanicException():
            return _code_of_sanic(error)
    return "unavailable", {}


def _code_of_sanic(error: SanicException) -> tuple[str, dict[str, Any]]:
    if isinstance(error, PayloadTooLarge):
        return "body_too_big", {}
    if isinstance(error, MethodNotSupported):
        return "method_not_allowed", {}
    if isinstance(error, (InvalidUsage, RequestTimeout)):
        return "bad_request", {"detail": str(error)}
    return ("not_found", {}) if error.status_code == 404 else ("unavailable", {})
