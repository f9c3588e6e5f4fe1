"""Two of each process over PostgreSQL and Redis, one of each killed on the way: nothing is lost, nothing twice."""

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from backend.adapters.migrations import upgrade
from backend.domain.case import Case, State
from backend.domain.conversation import Author, Message
from backend.services.refunds import pay_refund
from tests.money import FINANCE, approved_case, reload
from tests.postgres import temporary_database
from tests.redis_server import temporary_redis
from tests.scale.machines import Machines, RoundRobin, running_machines

CUSTOMERS = 16
SAYINGS = ("你好", "怎么申请退货", "运费谁出", "多久能退款", "880010010001 到哪了", "你们几点上班", "谢谢")
KILLED_AFTER = 2
"""Sayings of each customer, before one of each process is killed."""
REFUNDS = 20
PATIENCE = 120
"""Seconds: what a killed process had in hand is taken up by the others after fifteen."""


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Machines]:
    with temporary_database(postgres_server) as database_url, temporary_redis() as redis_url:
        upgrade(database_url)
        with running_machines(tmp_path_factory.mktemp("machines"), database_url, redis_url) as started:
            yield started


@dataclass
class Visitor:
    """A customer behind the load balancer; what they read, in the order they read it."""

    urls: list[str]
    balancer: RoundRobin
    conversation_id: str = ""
    read: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    async def arrive(cls, urls: list[str]) -> "Visitor":
        door = RoundRobin(urls)
        session = (await door.call("POST", "/webhooks/webchat/sessions")).json()
        await door.close()
        return cls(urls, RoundRobin(urls, session["token"]), session["conversation_id"])

    async def say(self, text: str, client_id: str) -> None:
        body = {"text": text, "client_id": client_id}
        answer = await self.balancer.call("POST", "/webhooks/webchat/messages", json=body)
        assert answer.status_code == 202, answer.text

    async def hear(self, sender: str, words: str = "") -> None:
        """Read on until somebody has said that."""
        heard_at = len(self.read)
        async with _within(PATIENCE):
            while not any(row["from"] == sender and words in row["text"] for row in self.read[heard_at:]):
                after = self.read[-1]["seq"] if self.read else 0
                found = await self.balancer.call(
                    "GET", "/webhooks/webchat/messages", params={"after": after, "wait": 3}
                )
                if found.status_code == 200:
                    self.read += found.json()


class _within:
    """`asyncio.timeout` of later Pythons, as far as it is needed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def __aenter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handle = asyncio.get_running_loop().call_later(self._seconds, task.cancel)

    async def __aexit__(self, *_: object) -> None:
        self._handle.cancel()


async def _talk(visitor: Visitor, number: int, killed: asyncio.Event, ready: asyncio.Semaphore) -> None:
    await visitor.hear("bot")  # the welcome
    for place, text in enumerate(SAYINGS):
        if place == KILLED_AFTER:
            ready.release()
        if place == len(SAYINGS) - 1:
            await killed.wait()
        await visitor.say(text, f"{number}-{place}")
        await visitor.hear("bot")


async def _kill_one_of_each(machines: Machines, ready: asyncio.Semaphore, killed: asyncio.Event) -> None:
    for _ in range(CUSTOMERS):  # everybody is in the middle of something
        await ready.acquire()
    for name in ("chat", "desk", "worker"):
        await asyncio.to_thread(machines.kill, name, 0)
    killed.set()


def _rows(machines: Machines, conversation_id: str) -> list[Message]:
    with machines.world.read() as work:
        return work.messages.after(conversation_id, 0, 1000)


def test_conversations_refunds_and_agents_go_on_when_one_of_each_process_is_killed(machines: Machines) -> None:
    cases = [approved_case(machines.world, 5000) for _ in range(REFUNDS)]

    async def everybody() -> list[Visitor]:
        visitors = [await Visitor.arrive(machines.chats()) for _ in range(CUSTOMERS)]
        killed, ready = asyncio.Event(), asyncio.Semaphore(0)
        for case in cases:
            await asyncio.to_thread(pay_refund, machines.world, case.case_no or "", FINANCE)
        talks = [_talk(visitor, number, killed, ready) for number, visitor in enumerate(visitors)]
        await asyncio.gather(_kill_one_of_each(machines, ready, killed), *talks)
        await _an_agent_takes_over(machines, visitors[0])
        await asyncio.to_thread(_wait_for_refunds, machines, cases)
        for visitor in visitors:
            await visitor.balancer.close()
        return visitors

    visitors = asyncio.run(everybody())
    for visitor in visitors:
        _said_once_in_order_and_answered_once(machines, visitor)
    paid = [entry["refund_no"].split("-")[0] for entry in machines.sandbox.ledger().values()]
    assert sorted(paid) == sorted(case.case_no or "" for case in cases), "each refund once"


def _wait_for_refunds(machines: Machines, cases: list[Case]) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(reload(machines.world, case).state is not State.AWAITING_CONFIRM for case in cases):
        assert time.monotonic() < deadline, [reload(machines.world, case).state for case in cases]
        time.sleep(0.1)


def _said_once_in_order_and_answered_once(machines: Machines, visitor: Visitor) -> None:
    rows = _rows(machines, visitor.conversation_id)
    said = [row.text for row in rows if row.author is Author.CUSTOMER]
    assert said[: len(SAYINGS)] == list(SAYINGS)
    numbers = [row["seq"] for row in visitor.read]
    assert numbers == sorted(set(numbers)), "read once and in order"
    with machines.world.read() as work:
        assert work.messages.unanswered_of(visitor.conversation_id) == []
    shown = [row.id for row in rows]
    assert len(shown) == len(set(shown))
    for earlier, later in zip(_asked(rows), [*_asked(rows)[1:], len(rows)], strict=True):
        answers = [row.text for row in rows[earlier + 1 : later] if row.author is Author.BOT]
        assert answers and len(answers) == len(set(answers)), (rows[earlier].text, answers)


def _asked(rows: list[Message]) -> list[int]:
    return [place for place, row in enumerate(rows) if row.author is Author.CUSTOMER and row.text in SAYINGS]


async def _an_agent_takes_over(machines: Machines, visitor: Visitor) -> None:
    """At the desk that is left, an agent finds who waits, and their words reach the customer's page."""
    await visitor.say("转人工", "people")
    await visitor.hear("system")
    async with httpx.AsyncClient(base_url=machines.desks()[1], trust_env=False, timeout=30) as desk:
        given = {"name": "agent1", "password": machines.passwords["agent1"]}
        assert (await desk.post("/login", data=given)).status_code == 303
        page = (await desk.get("/talks")).text
        assert visitor.conversation_id in page
        csrf = re.findall(r'"X-CSRF": "(\w+)"', page)[0]
        headers = {"X-CSRF": csrf, "HX-Request": "true"}
        claimed = await desk.post(f"/talks/{visitor.conversation_id}/claim", headers=headers)
        assert claimed.status_code == 204, claimed.text
        words = {"text": "我来帮您看", "client_id": "desk-1"}
        sent = await desk.post(f"/talks/{visitor.conversation_id}/send", headers=headers, data=words)
        assert sent.status_code < 400, sent.text
    await visitor.hear("agent", "我来帮您看")
    with machines.world.read() as work:
        conversation = work.conversations.get(visitor.conversation_id)
    assert conversation is not None and conversation.last_agent == "agent1"
