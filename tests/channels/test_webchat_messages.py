"""What a customer may send to the web chat, and what comes back."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import create_engine, text

from tests.channels.chat_server import CALLS, ChatProcess, Customer


def test_words_are_stored_at_once_and_answered(customer: Customer) -> None:
    rows = customer.ask(text="你好", client_id="first")
    assert [(row["from"], row["text"], row["client_id"]) for row in rows[:1]] == [("customer", "你好", "first")]
    assert rows[-1]["from"] == "bot" and rows[-1]["text"]


def test_a_row_has_exactly_the_promised_fields(customer: Customer) -> None:
    (row, *_) = customer.ask(text="你好")
    assert row.keys() == {
        "seq", "from", "text", "buttons", "image_url", "card", "at", "name", "client_id"
    }  # fmt: skip


def test_the_same_message_sent_again_is_one_message(customer: Customer) -> None:
    with ThreadPoolExecutor(4) as tabs:
        answers = list(tabs.map(lambda _: customer.post(text="你好", client_id="once"), range(4)))
    assert len({answer.json()["message_id"] for answer in answers}) == 1
    rows = customer.rows_until("bot", 1)
    assert [row["from"] for row in rows].count("customer") == 1


def test_two_tabs_see_the_same_conversation(chat: ChatProcess, customer: Customer) -> None:
    with httpx.Client(base_url=chat.url, headers=customer.http.headers, timeout=60) as other_tab:
        answered = customer.ask(text="你好")[-1]
        other_tab.post(f"{CALLS}/messages", json={"text": "谢谢"})
        customer.rows_until("bot", answered["seq"])
        said = [row["text"] for row in customer.rows() if row["from"] == "customer"]
        assert said == ["你好", "谢谢"]
        assert other_tab.get(f"{CALLS}/messages").json() == customer.rows()


def test_a_typed_payload_is_only_words_to_the_dialogue(chat: ChatProcess, customer: Customer) -> None:
    typed = '/inform{"order_no": "202611110001"}'
    rows = customer.ask(text=typed)
    assert rows[0]["text"] == typed
    heard = _heard_by_rasa(chat, customer)
    assert len(heard) == 1 and '"text": "inform{' in heard[0]


def test_a_button_says_its_title_and_does_its_payload(chat: ChatProcess, customer: Customer) -> None:
    button = customer.rows()[0]["buttons"][0]
    rows = customer.ask(button=button["token"])
    assert (rows[0]["from"], rows[0]["text"]) == ("customer", button["title"])
    assert '"text": "/request_refund"' in _heard_by_rasa(chat, customer)[0]


def test_a_button_of_another_conversation_is_refused(customer: Customer, stranger: Customer) -> None:
    token = stranger.rows()[0]["buttons"][0]["token"]
    refused = customer.post(button=token)
    assert (refused.status_code, refused.json()["error"]) == (400, "button_expired")
    assert len(customer.rows()) == 1


def test_five_thousand_characters_are_taken_and_one_more_is_not(customer: Customer) -> None:
    refused = customer.post(text="字" * 5001)
    assert (refused.status_code, refused.json()["error"]) == (413, "message_too_long")
    assert "5001" in refused.json()["message"] and "5000" in refused.json()["message"]
    assert len(customer.rows()) == 1
    rows = customer.ask(text="字" * 5000)
    assert len(rows[0]["text"]) == 5000


def test_emoji_alone_are_answered(customer: Customer) -> None:
    assert customer.ask(text="😭😭😭")[-1]["text"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "empty_message"),
        ({"text": "   "}, "empty_message"),
        ({"text": 5}, "bad_request"),
        ({"text": "杯子\0碎了"}, "bad_request"),
        ({"text": "你好", "client_id": ""}, "bad_request"),
        ({"text": "你好", "client_id": "x" * 65}, "bad_request"),
        ({"text": "你好", "button": "abc"}, "one_thing_only"),
        ({"button": ["abc"]}, "bad_request"),
    ],
)
def test_a_malformed_message_is_refused_and_leaves_no_trace(
    customer: Customer, body: dict[str, object], error: str
) -> None:
    refused = customer.post(**body)
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert refused.json()["message"]
    assert len(customer.rows()) == 1


def test_broken_json_is_refused(customer: Customer) -> None:
    for content in (b"{", b"[]", b"\xff", rb'{"text": "\ud83d"}', '{"text": "你"}'.encode("gbk")):
        refused = customer.http.post(f"{CALLS}/messages", content=content, headers={"Content-Type": "application/json"})
        assert (refused.status_code, refused.json()["error"]) == (400, "bad_request")


def test_another_kind_of_content_is_refused(customer: Customer) -> None:
    refused = customer.http.post(f"{CALLS}/messages", content=b"<x/>", headers={"Content-Type": "text/xml"})
    assert (refused.status_code, refused.json()["error"]) == (415, "wrong_content_type")


@pytest.mark.parametrize("query", ["after=x", "after=-1", "wait=x", "wait=-1", "wait=nan", f"after={2**60}"])
def test_a_malformed_question_for_rows_is_refused(customer: Customer, query: str) -> None:
    refused = customer.http.get(f"{CALLS}/messages?{query}")
    assert (refused.status_code, refused.json()["error"]) == (400, "bad_request")


def test_a_row_number_beyond_all_rows_gives_none(customer: Customer) -> None:
    assert customer.rows(after=2**53 - 1) == []


def test_what_does_not_exist_is_told_in_json(chat: ChatProcess) -> None:
    missing = httpx.get(f"{chat.url}{CALLS}/nothing")
    assert (missing.status_code, missing.json()["error"]) == (404, "not_found")
    wrong = httpx.put(f"{chat.url}{CALLS}/messages")
    assert (wrong.status_code, wrong.json()["error"]) == (405, "method_not_allowed")


def test_the_development_api_tells_what_the_model_understands(chat: ChatProcess) -> None:
    parsed = httpx.post(f"{chat.url}/model/parse", json={"text": "我要退款"}).json()
    assert parsed["intent"]["name"] == "request_refund"


def test_rasas_rest_channel_answers_in_development(chat: ChatProcess) -> None:
    answer = httpx.post(f"{chat.url}/webhooks/rest/webhook", json={"sender": "dev", "message": "你好"}, timeout=30)
    assert answer.json()[0]["text"]


def _heard_by_rasa(chat: ChatProcess, customer: Customer) -> list[str]:
    """What the dialogue was told in the customer's conversation."""
    engine = create_engine(f"sqlite:///{chat.var / 'anxin.db'}")
    query = text("SELECT data FROM dialogue_event WHERE conversation_id = :id AND kind = 'user' ORDER BY position")
    with engine.connect() as connection:
        return list(connection.execute(query, {"id": customer.session["conversation_id"]}).scalars())
