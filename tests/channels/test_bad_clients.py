"""Who speaks no HTTP, speaks it slowly, or says far too much: refused, and nobody else notices."""

import contextlib
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from bot.server import LARGEST_CALL
from tests.channels.chat_server import CALLS, ChatProcess, Customer

SLOW = 150
"""Clients that hold a connection each."""


def told(chat: ChatProcess, said: bytes) -> bytes:
    """What the server answers to these bytes, until it has closed or has said all."""
    with connected(chat) as line:
        line.sendall(said)
        return line.recv(65536)


def connected(chat: ChatProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(chat.url).port or 0), timeout=20)


@pytest.mark.parametrize(
    "head",
    [
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%ff%fe%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /chat/static/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /webhooks/webchat/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /webhooks/webchat/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /webhooks/webchat/sessions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /webhooks/payments/sandbox HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx",
        b"GET /webhooks/webchat/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        b"GET /webhooks/webchat/messages HTTP/1.1\r\nHost: x\r\nCookie: anxin_chat=\xff\xfe\r\n\r\n",
        b"POST /webhooks/payments/sandbox HTTP/1.1\r\nHost: x\r\nSandbox-Timestamp: \xff\r\nContent-Length: 0\r\n\r\n",
        b"POST /webhooks/payments/sandbox HTTP/1.1\r\nHost: x\r\nSandbox-Signature: \xff\r\nContent-Length: 0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
    ],
    ids=lambda head: head[:60].decode("latin-1"),
)
def test_what_is_no_call_is_refused_or_hung_up_on_and_no_failure_of_ours(chat: ChatProcess, head: bytes) -> None:
    answer = told(chat, head)
    assert answer == b"" or 300 <= int(answer.split(b" ", 2)[1]) < 500
    assert httpx.get(f"{chat.url}/health", trust_env=False, timeout=60).status_code == 200


@pytest.fixture
def slow(chat: ChatProcess) -> Iterator[list[socket.socket]]:
    """Clients that have begun a call and do not go on: half in its head, half in its body."""
    with contextlib.ExitStack() as open_lines:
        lines = [open_lines.enter_context(connected(chat)) for _ in range(SLOW)]
        for number, line in enumerate(lines):
            line.sendall(b"POST /webhooks/webchat/messages HTTP/1.1\r\nHost: x\r\n")
            if number % 2:
                line.sendall(b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{")
        yield lines


def test_slow_clients_hold_up_nobody(slow: list[socket.socket], chat: ChatProcess) -> None:
    customer = Customer(chat.url)
    customer.post(text="查进度")
    assert customer.rows_until("bot", 2)
    assert len(slow) == SLOW


@pytest.mark.parametrize("path", ["/webhooks/payments/sandbox", "/webhooks/telegram/updates", f"{CALLS}/sessions"])
def test_a_strangers_body_is_refused_before_it_is_read(chat: ChatProcess, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {LARGEST_CALL + 1}\r\n\r\n"
    assert told(chat, head.encode()).startswith(b"HTTP/1.1 413 ")
