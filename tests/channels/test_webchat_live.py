"""What an open page hears: new rows, typing, having been read, also from other processes."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx

from backend.bootstrap import Backend
from backend.domain.ownership import TalkSign
from backend.services.conversations import TRANSCRIPT_LIMIT, Notice, tell
from bot.channels.webchat.requests import LONGEST_WAIT
from bot.delivery import ReadFromTranscript, deliver
from tests.channels.chat_server import ANSWER_SECONDS, CALLS, Customer

Event = dict[str, Any]


@contextmanager
def events_of(customer: Customer, **headers: str) -> Iterator[Iterator[Event]]:
    """The customer's event stream: `kind`, `id` and `data` of each."""
    with customer.http.stream("GET", f"{CALLS}/events", headers=headers, timeout=30) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield _events(stream)


def _events(stream: httpx.Response) -> Iterator[Event]:
    event: Event = {}
    deadline = time.monotonic() + ANSWER_SECONDS
    for line in stream.iter_lines():
        assert time.monotonic() < deadline, "the stream goes on without what the test waits for"
        name, _, value = line.partition(": ")
        if name == "event":
            event["kind"] = value
        elif name == "id":
            event["id"] = value
        elif name == "data":
            event["data"] = json.loads(value)
        elif not line and "kind" in event:
            yield event
            event = {}


def test_an_open_page_hears_rows_and_having_been_read(customer: Customer) -> None:
    heard: list[Event] = []
    with events_of(customer) as events:
        assert next(events)["data"]["seq"] == 1
        customer.post(text="你好")
        while not (_rows_of_the_bot(heard) and {"seq": 2} in _said_by("read", heard)):
            heard.append(next(events))
    numbers = [int(event["id"]) for event in heard if event["kind"] == "message"]
    assert numbers == [row["seq"] for row in _said_by("message", heard)]
    assert numbers == list(range(2, numbers[-1] + 1))


def _said_by(kind: str, heard: list[Event]) -> list[Any]:
    return [event["data"] for event in heard if event["kind"] == kind]


def _rows_of_the_bot(heard: list[Event]) -> list[Any]:
    return [row for row in _said_by("message", heard) if row["from"] == "bot"]


def test_an_open_page_hears_that_an_agent_types_and_stops(customer: Customer, server_backend: Backend) -> None:
    world, conversation_id = server_backend.world, customer.session["conversation_id"]
    until = world.clock.now() + timedelta(seconds=2)
    with world.write() as work:
        work.talk.sign(TalkSign(conversation_id, until, 0), world.clock.now())
        work.commit()
    with events_of(customer) as events:
        typing = (event["data"] for event in events if event["kind"] == "typing")
        assert [next(typing), next(typing)] == [{"on": True}, {"on": False}]


def test_a_page_that_is_opened_anew_hears_what_people_have_read(customer: Customer, server_backend: Backend) -> None:
    customer.ask(text="你好")
    world, conversation_id = server_backend.world, customer.session["conversation_id"]
    with world.write() as work:
        work.talk.sign(TalkSign(conversation_id, None, 2), world.clock.now())
        work.commit()
    with events_of(customer) as events:
        assert next(event["data"] for event in events if event["kind"] == "read") == {"seq": 2}


def test_a_page_tells_how_far_it_was_read(customer: Customer, server_backend: Backend) -> None:
    answer = customer.http.post(f"{CALLS}/read", params={"seq": "1"})
    assert answer.status_code == 200 and answer.json() == {"read": 1}
    with server_backend.world.read() as work:
        assert work.talk.read_by_customer(customer.session["conversation_id"]) == 1
    assert customer.http.post(f"{CALLS}/read", params={"seq": "-1"}).status_code == 400


def test_a_page_that_comes_back_hears_only_what_it_missed(customer: Customer) -> None:
    customer.ask(text="你好")
    newest = customer.newest()
    with events_of(customer, **{"Last-Event-ID": str(newest - 1)}) as events:
        assert next(events)["data"]["seq"] == newest


def test_a_long_conversation_is_heard_to_its_end(customer: Customer, server_backend: Backend) -> None:
    conversation_id = customer.session["conversation_id"]
    for _ in range(TRANSCRIPT_LIMIT):
        tell(server_backend.world, conversation_id, Notice("queue_cancelled"))
    while asyncio.run(deliver(server_backend.world, {"webchat": ReadFromTranscript()}, conversation_id)):
        continue
    with events_of(customer) as events:
        numbers = [next(events)["data"]["seq"] for _ in range(TRANSCRIPT_LIMIT + 1)]
    assert numbers == list(range(1, TRANSCRIPT_LIMIT + 2))


def test_a_held_call_returns_as_soon_as_there_is_something(customer: Customer) -> None:
    customer.ask(text="你好")
    newest = customer.newest()
    speaker = threading.Timer(0.5, customer.post, kwargs={"text": "在吗"})
    began = time.monotonic()
    speaker.start()
    rows = customer.rows(newest, wait=LONGEST_WAIT)
    assert rows and time.monotonic() - began < LONGEST_WAIT
    speaker.join()


def test_a_held_call_returns_empty_when_the_time_is_up(customer: Customer) -> None:
    began = time.monotonic()
    assert customer.rows(customer.newest(), wait=1) == []
    assert time.monotonic() - began >= 1


def test_what_another_process_writes_is_heard(customer: Customer, server_backend: Backend) -> None:
    """No worker runs here: the chat server finds the row and delivers it."""
    with events_of(customer) as events:
        next(events)
        began = time.monotonic()
        tell(server_backend.world, customer.session["conversation_id"], Notice("queue_cancelled"))
        heard = next(event for event in events if event["kind"] == "message")
    assert heard["data"]["from"] == "system"
    assert time.monotonic() - began < LONGEST_WAIT
