"""Very many customers of the web chat at once: every message answered once, nothing forged kept.

150 in the suite; `WEBCHAT_CUSTOMERS=1000` plays as many as one asks for.
"""

import asyncio
import os
import random
from collections import Counter
from dataclasses import dataclass

import httpx

from backend.bootstrap import Backend
from backend.domain.conversation import Author, Delivery, Message
from backend.services.conversations import open_conversation
from bot.channels.webchat.tokens import SessionTokens
from tests.channels.chat_server import CALLS, ChatProcess
from tests.waiting import until

CUSTOMERS = int(os.environ.get("WEBCHAT_CUSTOMERS", "150"))
SAID = ("在吗", "谢谢")
REPEATED, FORGED = 0.05, 0.02
AT_ONCE = 20


@dataclass(frozen=True)
class Visitor:
    """A customer's conversation and its proof."""

    conversation_id: str
    token: str


async def _crowd(url: str, visitors: list[Visitor]) -> Counter[int]:
    """Everybody says their lines one after the other; what the server answered, by status."""
    chance, room, codes = random.Random(3), asyncio.Semaphore(AT_ONCE), Counter[int]()

    async def say(http: httpx.AsyncClient, visitor: Visitor) -> None:
        for place, words in enumerate(SAID):
            call = {"text": words, "client_id": f"m-{place}"}
            proofs = [visitor.token] * (2 if chance.random() < REPEATED else 1)
            if chance.random() < FORGED:
                proofs.append(visitor.token[:-4] + "AAAA")
            for proof in proofs:
                async with room:
                    headers = {"Authorization": f"Bearer {proof}"}
                    codes[(await http.post(f"{CALLS}/messages", json=call, headers=headers)).status_code] += 1

    async with httpx.AsyncClient(base_url=url, timeout=120, trust_env=False) as http:
        await asyncio.gather(*(say(http, visitor) for visitor in visitors))
    return codes


def _rows(backend: Backend, visitor: Visitor) -> list[Message]:
    with backend.world.read() as work:
        return work.messages.after(visitor.conversation_id, 0, 100)


def _all_is_said(backend: Backend, visitors: list[Visitor]) -> bool:
    with backend.world.read() as work:
        counts = work.backlog.counts(backend.world.clock.now())
    left = sum(each.number for each in counts if each.kind in ("unanswered", "outbox"))
    return left == 0 and all(len(_rows(backend, visitor)) >= 5 for visitor in visitors)


def test_very_many_customers_at_once_are_each_answered_once(chat: ChatProcess, server_backend: Backend) -> None:
    world = server_backend.world
    tokens = SessionTokens(server_backend.secret_key, world.clock)
    talks = [open_conversation(world, "webchat", f"crowd-{number}").id for number in range(CUSTOMERS)]
    visitors = [Visitor(talk, tokens.issue(talk)) for talk in talks]
    codes = asyncio.run(_crowd(chat.url, visitors))
    assert set(codes) <= {202, 401} and codes[202] >= len(SAID) * CUSTOMERS
    until(lambda: _all_is_said(server_backend, visitors), seconds=60 + CUSTOMERS)
    for visitor in visitors:
        rows = _rows(server_backend, visitor)
        assert [row.text for row in rows if row.author is Author.CUSTOMER] == list(SAID)
        answers = [row.text for row in rows if row.author is not Author.CUSTOMER]
        assert len(answers) == len(set(answers)) == 3, "the welcome, and one answer to each"
        assert {row.delivery for row in rows} == {Delivery.SENT, Delivery.RECEIVED}
