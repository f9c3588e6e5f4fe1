"""The web chat's calls (architecture page, "Web chat")."""

import asyncio
import json
from functools import partial
from typing import Any

from sanic import Blueprint
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, raw
from sanic.response import json as json_response

from backend.calling import call_service
from backend.errors import ConversationNotFound
from backend.ports import World
from backend.services import agent_talk, conversations
from backend.services.conversations import TRANSCRIPT_LIMIT
from backend.services.evidence import read_evidence
from bot.channels.chat_server import ChatServer, serving
from bot.channels.webchat.errors import CallRefused, too_fast
from bot.channels.webchat.limits import RateLimit
from bot.channels.webchat.requests import (
    COOKIE,
    from_elsewhere,
    proved_conversation,
    read_message,
    read_row_number,
    read_wait,
)
from bot.channels.webchat.rows import row_of
from bot.channels.webchat.sender import CHANNEL
from bot.channels.webchat.tokens import LIFETIME
from bot.live import Listener
from bot.proxies import caller_of

PING_SECONDS = 10.0
"""An open stream says something at least so often, and looks for itself what is new."""


_to_json = partial(json.dumps, ensure_ascii=False)


def call_blueprint() -> Blueprint:
    """The calls, to be mounted at `/webhooks/webchat`."""
    calls = Blueprint("webchat")
    calls.add_route(open_session, "/sessions", methods=["POST"])
    calls.add_route(get_session, "/sessions", methods=["GET"])
    calls.add_route(post_message, "/messages", methods=["POST"], stream=True)
    calls.add_route(get_messages, "/messages", methods=["GET"])
    calls.add_route(post_read, "/read", methods=["POST"])
    calls.add_route(get_events, "/events", methods=["GET"])
    calls.add_route(get_media, "/media/<evidence_id:str>", methods=["GET"])
    calls.middleware(_forbid_sniffing, "response")
    return calls


async def open_session(request: Request) -> HTTPResponse:
    """Open an anonymous conversation and prove it with a token, in the answer and as a cookie."""
    chat = serving(request)
    if from_elsewhere(request):
        raise CallRefused("not_signed_in")
    caller = await caller_of(request, chat.settings.trusted_proxies)
    _take_permit(chat.session_limit, caller.address)
    visitor = chat.world.tokens.new(24)
    conversation = await call_service(conversations.open_conversation, chat.world, CHANNEL, visitor)
    await chat.router.send(conversation.id)
    token = chat.tokens.issue(conversation.id)
    response = json_response({"conversation_id": conversation.id, "token": token})
    _set_cookie(response, token, secure=caller.secure)
    return response


async def get_session(request: Request) -> HTTPResponse:
    """The conversation that the caller proves, null for none: a first visit is no refused call."""
    chat = serving(request)
    conversation_id: str | None
    try:
        conversation_id = proved_conversation(request, chat.tokens)
        await call_service(conversations.require_open, chat.world, conversation_id)
    except (CallRefused, ConversationNotFound):
        conversation_id = None
    return json_response({"conversation_id": conversation_id}, headers={"Cache-Control": "no-store"})


async def post_message(request: Request) -> HTTPResponse:
    """Store a message and have it answered; 202 as soon as it is stored."""
    chat = serving(request)
    conversation_id = proved_conversation(request, chat.tokens)
    _take_permit(chat.message_limit, conversation_id)
    message = await chat.router.receive(await read_message(request, conversation_id))
    return json_response({"message_id": message.id}, status=202)


async def post_read(request: Request) -> HTTPResponse:
    """The page has shown the rows up to a number."""
    chat = serving(request)
    conversation_id = proved_conversation(request, chat.tokens)
    _take_permit(chat.read_limit, conversation_id)
    seq = read_row_number(request.args.get("seq"))
    await call_service(agent_talk.customer_has_read, chat.world, conversation_id, seq)
    return json_response({"read": seq})


async def get_messages(request: Request) -> HTTPResponse:
    """The transcript after a row, held until there is something or the time is up."""
    chat = serving(request)
    conversation_id = proved_conversation(request, chat.tokens)
    after, wait = read_row_number(request.args.get("after")), read_wait(request.args.get("wait"))
    if not after:  # a page begins: of a conversation that takes no more words it is to open another
        await call_service(conversations.require_open, chat.world, conversation_id)
    rows = await (_next_rows(chat, conversation_id, after, wait) if wait else _rows(chat.world, conversation_id, after))
    return json_response(rows, dumps=_to_json, headers={"Cache-Control": "no-store"})


async def get_events(request: Request) -> None:
    """The transcript after a row, and all that follows, as server-sent events."""
    chat = serving(request)
    conversation_id = proved_conversation(request, chat.tokens)
    after = read_row_number(request.headers.get("last-event-id") or request.args.get("after"))
    stream = await request.respond(
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        content_type="text/event-stream; charset=utf-8",
    )
    await stream.send("retry: 1000\n\n")
    async with chat.live.listen(conversation_id) as listener:
        read = await call_service(agent_talk.read_by_staff, chat.world, conversation_id)
        listener.read = max(listener.read, read)
        await _stream_events(stream, chat.world, conversation_id, after, listener)


async def get_media(request: Request, evidence_id: str) -> HTTPResponse:
    """A photo or video of the conversation; `thumb=1` asks for the small picture."""
    chat = serving(request)
    data, media_type = await asyncio.to_thread(
        read_evidence,
        chat.world,
        evidence_id,
        conversation_id=proved_conversation(request, chat.tokens),
        thumbnail=request.args.get("thumb") == "1",
    )
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if not media_type.startswith("image/"):
        headers["Content-Disposition"] = "attachment"
    return raw(data, content_type=media_type, headers=headers)


async def _forbid_sniffing(_request: Request, response: HTTPResponse) -> None:
    response.headers["X-Content-Type-Options"] = "nosniff"


def _take_permit(limit: RateLimit, key: str) -> None:
    seconds = limit.seconds_to_wait(key)
    if seconds:
        raise too_fast(seconds)


def _set_cookie(response: HTTPResponse, token: str, *, secure: bool) -> None:
    response.cookies[COOKIE] = token
    cookie = response.cookies[COOKIE]
    cookie["httponly"] = True
    cookie["samesite"] = "Lax"
    cookie["path"] = "/"
    cookie["max-age"] = int(LIFETIME.total_seconds())
    if secure:
        cookie["secure"] = True


async def _rows(world: World, conversation_id: str, after: int) -> list[dict[str, Any]]:
    messages = await call_service(conversations.transcript, world, conversation_id, after)
    return [row_of(message) for message in messages]


async def _next_rows(chat: ChatServer, conversation_id: str, after: int, wait: float) -> list[dict[str, Any]]:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait
    async with chat.live.listen(conversation_id) as listener:
        listener.shown = after
        rows = await _rows(chat.world, conversation_id, after)
        while not rows and not listener.closed and loop.time() < deadline:
            woken = await listener.wait(deadline - loop.time())
            if listener.heard() or not woken:
                rows = await _rows(chat.world, conversation_id, after)
    return rows


async def _stream_events(
    stream: BaseHTTPResponse, world: World, conversation_id: str, after: int, listener: Listener
) -> None:
    typing, read, news = False, 0, True
    listener.shown = after
    while not listener.closed:
        rows = await _rows(world, conversation_id, after) if news else []
        said = [_event("message", row, number=row["seq"]) for row in rows]
        if rows:
            after = listener.shown = rows[-1]["seq"]
        if listener.read > read:
            read = listener.read
            said.append(_event("read", {"seq": read}))
        if listener.typing != typing:
            typing = listener.typing
            said.append(_event("typing", {"on": typing}))
        if said:
            await stream.send("".join(said))
        more = len(rows) == TRANSCRIPT_LIMIT
        woken = more or await listener.wait(PING_SECONDS)
        if not woken:
            await stream.send(": still here\n\n")
        news = listener.heard() or more or not woken


def _event(kind: str, data: dict[str, Any], *, number: int | None = None) -> str:
    """One server-sent event; JSON holds no raw line break, so its data is one line."""
    name = f"id: {number}\n" if number is not None else ""
    return f"{name}event: {kind}\ndata: {_to_json(data)}\n\n"
