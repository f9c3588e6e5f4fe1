"""Reads a call: whose conversation it proves to be, what the customer sent, which rows are wanted."""

import asyncio
import re
from json import loads
from typing import Any
from urllib.parse import urlsplit

from sanic.request import Request

from bot.channels.messages import IncomingMessage
from bot.channels.webchat.errors import CallRefused, bad_request
from bot.channels.webchat.forms import parts_of
from bot.channels.webchat.tokens import SessionTokens

COOKIE = "anxin_chat"
LARGEST_BODY = 55 * 1024 * 1024
"""Bytes: a video of 50 MB and its form around it."""

LARGEST_JSON = 64 * 1024
LONGEST_CLIENT_ID = 64
LONGEST_WAIT = 30.0
HIGHEST_ROW = 2**53
_ROW = re.compile("[0-9]{1,16}")


def proved_conversation(request: Request, tokens: SessionTokens) -> str:
    """The conversation that the call's header or cookie proves. Raises CallRefused (401).

    A cookie travels with every call of the browser, so for a call that changes something it is proof only
    when the page that made the call is ours.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = request.cookies.get(COOKIE, "") if _may_use_cookie(request) else ""
    conversation_id = tokens.read(token)
    if conversation_id is None:
        raise CallRefused("not_signed_in")
    return conversation_id


def from_elsewhere(request: Request) -> bool:
    """Whether a browser says that another site's page makes this call."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc != request.headers.get("host")
    return request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


async def read_message(request: Request, conversation_id: str) -> IncomingMessage:
    """What the customer sent, as JSON or as a form with a photo. Raises CallRefused."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/json":
        return await _read_json(request, conversation_id)
    if content_type == "multipart/form-data":
        return await _read_form(request, conversation_id)
    raise CallRefused("wrong_content_type")


def read_row_number(given: str | None) -> int:
    """The number of the last row that the page has. Raises CallRefused."""
    if not given:
        return 0
    if not _ROW.fullmatch(given) or int(given) > HIGHEST_ROW:
        raise bad_request("after")
    return int(given)


def read_wait(given: str | None) -> float:
    """For how many seconds the call may be held, 30 at most. Raises CallRefused."""
    try:
        seconds = float(given or 0)
    except ValueError as exc:
        raise bad_request("wait") from exc
    if not seconds >= 0:
        raise bad_request("wait")
    return min(seconds, LONGEST_WAIT)


def _may_use_cookie(request: Request) -> bool:
    return request.method in ("GET", "HEAD") or not from_elsewhere(request)


async def _read_json(request: Request, conversation_id: str) -> IncomingMessage:
    await _receive_body(request, LARGEST_JSON)
    body = request.load_json(lambda given: loads(given.decode()))  # the reader alone takes other characters too
    if not isinstance(body, dict):
        raise bad_request("JSON")
    return IncomingMessage(
        conversation_id=conversation_id,
        text=_text(body, "text") or "",
        button=_text(body, "button"),
        client_id=_client_id(_text(body, "client_id")),
    )


async def _read_form(request: Request, conversation_id: str) -> IncomingMessage:
    await _receive_body(request, LARGEST_BODY)
    try:
        parts = await asyncio.to_thread(parts_of, request.body, request.headers.get("content-type", ""))
        fields = {part.name: part.body.decode() for part in parts if not part.is_file}
    except ValueError as exc:
        raise bad_request("multipart/form-data") from exc
    photos = [part.body for part in parts if part.is_file and part.name == "photo"]
    if not photos:
        raise bad_request("photo")
    if len(photos) > 1:
        raise CallRefused("one_photo_only")
    return IncomingMessage(
        conversation_id=conversation_id,
        text=_storable(fields.get("text"), "text") or "",
        photos=(photos[0],),
        client_id=_client_id(_storable(fields.get("client_id"), "client_id")),
    )


async def _receive_body(request: Request, limit: int) -> None:
    """Read the body, which Sanic leaves to a call that first asks who sends it. Raises CallRefused beyond the limit."""
    if int(request.headers.get("content-length", 0)) > limit:
        raise CallRefused("body_too_big")
    body = bytearray()
    assert request.stream is not None
    async for chunk in request.stream:
        body += chunk
        if len(body) > limit:
            raise CallRefused("body_too_big")
    request.body = bytes(body)


def _text(body: dict[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_request(name)
    return _storable(value, name)


def _storable(text: str | None, name: str) -> str | None:
    """Text that every database takes: without NUL, and without halves of a character. Raises CallRefused."""
    if text is not None and ("\0" in text or not _is_unicode(text)):
        raise bad_request(name)
    return text


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _client_id(given: str | None) -> str | None:
    if given is not None and not 0 < len(given) <= LONGEST_CLIENT_ID:
        raise bad_request("client_id")
    return given
