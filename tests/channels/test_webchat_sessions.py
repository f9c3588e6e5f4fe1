"""Sessions of the web chat: what proves a conversation, and that nobody sees another's."""

from datetime import timedelta

import httpx
import pytest

from backend.bootstrap import Backend
from bot.channels.webchat.tokens import LIFETIME, SessionTokens
from tests.channels.chat_server import CALLS, ChatProcess, Customer
from tests.clock import FakeClock


def test_a_session_gives_a_token_and_the_same_as_a_guarded_cookie(chat: ChatProcess) -> None:
    opened = httpx.post(f"{chat.url}{CALLS}/sessions")
    assert opened.json()["conversation_id"]
    cookie = opened.headers["set-cookie"]
    assert opened.json()["token"] in cookie
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_a_new_conversation_begins_with_a_welcome(customer: Customer) -> None:
    (welcome,) = customer.rows()
    assert (welcome["seq"], welcome["from"]) == (1, "bot")
    assert welcome["buttons"][0].keys() == {"title", "token"}


@pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic abc"])
def test_without_proof_there_is_no_transcript_and_no_session(chat: ChatProcess, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    refused = httpx.get(f"{chat.url}{CALLS}/messages", headers=headers)
    assert refused.status_code == 401
    assert refused.json()["error"] == "not_signed_in" and refused.json()["message"]
    asked = httpx.get(f"{chat.url}{CALLS}/sessions", headers=headers)
    assert (asked.status_code, asked.json()) == (200, {"conversation_id": None})


def test_a_page_that_comes_back_with_its_cookie_is_told_its_conversation(chat: ChatProcess) -> None:
    with httpx.Client(base_url=chat.url) as browser:
        opened = browser.post(f"{CALLS}/sessions").json()["conversation_id"]
        assert browser.get(f"{CALLS}/sessions").json() == {"conversation_id": opened}


def test_a_token_of_which_one_letter_was_changed_proves_nothing(chat: ChatProcess, customer: Customer) -> None:
    token = customer.session["token"]
    forged = ("A" if token[3] != "A" else "B").join([token[:3], token[4:]])
    refused = httpx.get(f"{chat.url}{CALLS}/messages", headers={"Authorization": f"Bearer {forged}"})
    assert refused.status_code == 401


def test_a_token_that_is_too_old_proves_nothing(chat: ChatProcess, customer: Customer, server_backend: Backend) -> None:
    now = server_backend.world.clock.now()
    for age, status in ((LIFETIME - timedelta(minutes=1), 200), (LIFETIME + timedelta(minutes=1), 401)):
        tokens = SessionTokens(server_backend.secret_key, FakeClock(now - age))
        token = tokens.issue(customer.session["conversation_id"])
        answer = httpx.get(f"{chat.url}{CALLS}/messages", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


def test_the_cookie_alone_proves_the_conversation(chat: ChatProcess) -> None:
    with httpx.Client(base_url=chat.url) as browser:
        browser.post(f"{CALLS}/sessions")
        assert browser.get(f"{CALLS}/messages").status_code == 200
        sent = browser.post(f"{CALLS}/messages", json={"text": "你好"}, headers={"Origin": chat.url})
        assert sent.status_code == 202


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=["origin", "fetch-site", "opaque"],
)
def test_another_sites_page_cannot_write_with_the_customers_cookie(chat: ChatProcess, headers: dict[str, str]) -> None:
    with httpx.Client(base_url=chat.url) as browser:
        browser.post(f"{CALLS}/sessions")
        assert browser.post(f"{CALLS}/messages", json={"text": "退款"}, headers=headers).status_code == 401
        assert len(browser.get(f"{CALLS}/messages").json()) == 1


def test_nobody_sees_what_another_says(customer: Customer, stranger: Customer) -> None:
    customer.ask(text="我的手机号是 13800006688")
    assert "13800006688" not in str(stranger.rows())


def test_too_many_messages_at_once_are_held_back(customer: Customer) -> None:
    answers = [customer.post(text=f"第 {number} 条") for number in range(25)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 0 < len(refused) <= 5
    assert int(refused[0].headers["retry-after"]) >= 1
    assert refused[0].json()["error"] == "too_many_requests"
