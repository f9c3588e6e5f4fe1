"""Behind a proxy that the operator trusts the chat server knows its customers apart; others' word is not taken."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sanic import Sanic

from backend.ports import World
from backend.settings import Settings
from bot.channels.chat_server import ChatServer
from bot.channels.webchat.calls import call_blueprint
from bot.channels.webchat.errors import answer_error
from bot.channels.webchat.limits import RateLimit
from bot.channels.webchat.tokens import SessionTokens
from bot.live import Live
from bot.router import Router
from tests.channels.chat_server import CALLS
from tests.channels.served import served
from tests.unit.bot.dialogues import ScriptedDialogue

PROXY, STRANGER = "127.0.0.2", "127.0.0.3"
"""Where calls come from: every address of the loopback network is this machine."""


@pytest.fixture
async def chat_url(world: World, settings: Settings) -> AsyncIterator[str]:
    """The web chat's calls over real HTTP, with one session for each address and no time that passes."""
    trusting = replace(settings, trusted_proxies=(PROXY, "10.0.0.0/8"))
    live = Live(world, lambda _: Router.drain(router))
    router = Router(world, ScriptedDialogue(), live, {})
    app = Sanic(f"chat-{id(router)}", configure_logging=False)
    app.ctx.chat = ChatServer(
        world,
        trusting,
        router,
        live,
        {},
        SessionTokens("key", world.clock),
        session_limit=RateLimit(burst=1, seconds=60, clock=lambda: 0.0),
    )
    app.error_handler.add(Exception, answer_error)
    app.blueprint(call_blueprint(), url_prefix=CALLS)
    async with served(app) as url:
        yield url
    await router.drain()


async def _open(url: str, by: str, told: str) -> httpx.Response:
    """A session opened from `by`, with what a proxy says of the customer."""
    headers = {"X-Forwarded-For": told, "X-Forwarded-Proto": "https"}
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(local_address=by)) as client:
        return await client.post(f"{url}{CALLS}/sessions", headers=headers)


async def test_through_a_trusted_proxy_each_customer_has_a_limit_of_their_own(chat_url: str) -> None:
    assert (await _open(chat_url, PROXY, "203.0.113.9")).status_code == 200
    assert (await _open(chat_url, PROXY, "203.0.113.9")).status_code == 429
    assert (await _open(chat_url, PROXY, "203.0.113.10")).status_code == 200
    forged = await _open(chat_url, PROXY, "198.51.100.1, 203.0.113.9, 10.1.2.3")
    assert forged.status_code == 429, "the first is the customer's own claim, the last a proxy of ours"


async def test_whoever_else_says_so_is_held_back_by_their_own_address(chat_url: str) -> None:
    assert (await _open(chat_url, STRANGER, "203.0.113.9")).status_code == 200
    assert (await _open(chat_url, STRANGER, "203.0.113.10")).status_code == 429
    assert (await _open(chat_url, PROXY, "203.0.113.9")).status_code == 200


@pytest.mark.parametrize(("by", "secure"), [(PROXY, True), (STRANGER, False)])
async def test_only_a_trusted_proxy_may_say_that_it_is_tls(chat_url: str, by: str, secure: bool) -> None:
    opened = await _open(chat_url, by, "203.0.113.9")
    assert ("Secure" in opened.headers["set-cookie"]) is secure
