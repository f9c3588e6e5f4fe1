"""The page and its files, and what they may load."""

import httpx
import pytest

from tests.channels.chat_server import ChatProcess


def test_the_server_says_that_it_is_ready(chat: ChatProcess) -> None:
    assert httpx.get(f"{chat.url}/health").json() == {"status": "ready"}


def test_the_root_leads_to_the_page(chat: ChatProcess) -> None:
    response = httpx.get(chat.url, follow_redirects=True)
    assert response.url.path == "/chat"
    assert "安心售后" in response.text


@pytest.mark.parametrize("path", ["/chat", "/chat/static/chat.js", "/chat/static/chat.css"])
def test_the_page_may_load_nothing_from_elsewhere(chat: ChatProcess, path: str) -> None:
    response = httpx.get(f"{chat.url}{path}")
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "http" not in policy and "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/chat/static/../inbound.py", "/chat/static/%2e%2e/inbound.py", "/chat/static/none.js"]
)
def test_no_other_file_is_served(chat: ChatProcess, path: str) -> None:
    assert httpx.get(f"{chat.url}/chat/static/{path}").status_code == 404
