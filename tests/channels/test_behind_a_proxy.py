"""Behind a proxy that the operator trusts the chat server knows its customers apart; others' word is not taken."""

from collections.abc import Iterator

import httpx
import pytest

from backend.settings import Settings
from tests.channels.chat_server import CALLS, running_chat

PROXY, STRANGER = "127.0.0.2", "127.0.0.3"
"""Where calls come from: every address of the loopback network is this machine."""


@pytest.fixture
def chat_url(settings: Settings) -> Iterator[str]:
    with running_chat(settings.var, ANXIN_TRUSTED_PROXIES=f"{PROXY}, 10.0.0.0/8") as server:
        yield server.url


def _calls_from(address: str, url: str) -> httpx.Client:
    return httpx.Client(base_url=url, transport=httpx.HTTPTransport(local_address=address), timeout=30)


def _opened(client: httpx.Client, told: str) -> httpx.Response:
    return client.post(f"{CALLS}/sessions", headers={"X-Forwarded-For": told, "X-Forwarded-Proto": "https"})


def _until_held_back(client: httpx.Client, told: str) -> int:
    """How many sessions there are before too many were opened."""
    opened = 0
    while _opened(client, told).status_code == 200:
        opened += 1
        assert opened < 1000
    return opened


def test_a_flood_through_a_trusted_proxy_holds_back_its_own_address_only(chat_url: str) -> None:
    with _calls_from(PROXY, chat_url) as proxy, _calls_from(STRANGER, chat_url) as stranger:
        assert "Secure" in _opened(proxy, "203.0.113.9").headers["set-cookie"]
        assert "Secure" not in _opened(stranger, "203.0.113.9").headers["set-cookie"]

        _until_held_back(proxy, "203.0.113.9")
        assert _opened(proxy, "198.51.100.1, 203.0.113.9, 10.1.2.3").status_code == 429, "the first address is a claim"
        assert _opened(proxy, "203.0.113.10").status_code == 200
        assert _opened(stranger, "203.0.113.9").status_code == 200

        _until_held_back(stranger, "203.0.113.11")
        assert _opened(stranger, "203.0.113.12").status_code == 429
        assert _opened(proxy, "203.0.113.12").status_code == 200
