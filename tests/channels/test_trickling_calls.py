"""Who sends a byte now and then holds no connection, at the chat's port or at the desk's; who is only slow is heard."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, text
from starlette.applications import Starlette
from starlette.requests import Request as DeskRequest
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from backend.bootstrap import Backend
from backend.settings import Settings
from bot.arrival import SLOWEST_LINE, SLOWEST_UPLOAD, slowest
from bot.channels.connection import Connection as ChatConnection
from bot.desk.__main__ import config_of
from bot.desk.connection import Connection as DeskConnection
from tests.channels.served import served
from tests.waiting import PATIENCE_SECONDS

SLOWEST_HEAD = 0.3
PAUSE = 0.02
LONGER = 3 * SLOWEST_HEAD
"""Seconds of an upload that is slow, and of a page that only listens."""

POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
TRICKLES = {
    "a head": POST,
    "a small body": POST + b"Content-Length: 4000\r\n\r\n",
    "a small body after its answer": b"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n",
}


async def _count(request: Request) -> HTTPResponse:
    return text(str(len(request.body)))


async def _listen(request: Request) -> None:
    answer = await request.respond()
    await asyncio.sleep(LONGER)
    await answer.send("done")


@asynccontextmanager
async def _chat(listening: socket.socket) -> AsyncIterator[None]:
    app = Sanic("trickling", configure_logging=False)
    app.config.update(REQUEST_TIMEOUT=SLOWEST_HEAD, KEEP_ALIVE_TIMEOUT=SLOWEST_HEAD)
    app.add_route(_count, "/", methods=["POST"])
    app.add_route(_listen, "/", methods=["GET"])
    async with served(app, sock=listening, protocol=ChatConnection):
        yield


async def _count_at_the_desk(request: DeskRequest) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _listen_at_the_desk(_request: DeskRequest) -> Response:
    async def said() -> AsyncIterator[str]:
        await asyncio.sleep(LONGER)
        yield "done"

    return StreamingResponse(said())


class _Hasty(DeskConnection):
    slowest_head = SLOWEST_HEAD


@asynccontextmanager
async def _desk(listening: socket.socket) -> AsyncIterator[None]:
    routes = [
        Route("/", _count_at_the_desk, methods=["POST"]),
        Route("/", _listen_at_the_desk, methods=["GET"]),
    ]
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=routes), http=_Hasty, ws="none", log_config=None, lifespan="off")
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    yield
    server.should_exit = server.force_exit = True
    await serving


@pytest.fixture(params=[_chat, _desk], ids=["chat", "desk"])
async def port(request: pytest.FixtureRequest) -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with request.param(listening):
            yield listening.getsockname()[1]


def test_the_desk_is_served_so(backend: Backend, settings: Settings) -> None:
    assert config_of(settings, backend).http is DeskConnection


async def _trickle(port: int, begun: bytes) -> None:
    """Begin a call and go on byte by byte, until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begun)
    hung_up = asyncio.create_task(reader.read())
    while not hung_up.done():
        writer.write(b"a")
        await asyncio.sleep(PAUSE)
    writer.close()


async def _heard(port: int, *pieces: bytes) -> bytes:
    """What the server answers to pieces of a call that come over some time, and then hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(LONGER / len(pieces))
    answer = await reader.read()
    writer.close()
    return answer


async def test_trickling_calls_are_hung_up_on_and_slow_ones_and_listeners_are_not(port: int) -> None:
    upload = POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % (SLOWEST_LINE * 60)
    trickling = [_trickle(port, begun) for begun in TRICKLES.values()]
    slow = asyncio.create_task(_heard(port, upload, *[b"a" * SLOWEST_LINE] * 60))
    page = asyncio.create_task(_heard(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
    await asyncio.wait_for(asyncio.gather(slow, page, *trickling), PATIENCE_SECONDS)
    assert slow.result().endswith(b"%d" % (SLOWEST_LINE * 60)) and b"done" in page.result()


def test_a_photo_has_minutes_on_a_bad_line_and_a_few_words_have_half_one() -> None:
    assert slowest(200) < 31 and slowest(10 * 1024 * 1024) == slowest(None) == SLOWEST_UPLOAD
