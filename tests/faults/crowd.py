"""A crowd of customers who file cases, an agent and finance, while one process after another is killed under them."""

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from backend.domain.case import Case
from backend.services.conversations import open_conversation
from backend.services.refunds import pay_refund
from bot.channels.webchat.tokens import SessionTokens
from tests.e2e.system import TAIL, System
from tests.faults.customer import Customer
from tests.faults.shop import Shop
from tests.money import FINANCE
from tests.photos import a_jpeg

CALLS = 6
"""Messages that a customer has taken at least: the killings are spread over so many of each."""
CUSTOMERS_A_KILLING = 4
VICTIMS = ("worker", "chat", "desk", "sandbox")
AT_ONCE = 10


@dataclass
class Killer:
    """Kills one process after another, each when so many messages have been taken: while they are being answered."""

    shop: Shop
    moments: list[int]
    victims: list[str]
    taken: int = 0
    killed: Counter[str] = field(default_factory=Counter)

    def message_taken(self) -> None:
        self.taken += 1
        if self.moments and self.taken >= self.moments[0]:
            self.moments.pop(0)
            victim = self.victims.pop()
            process = self.shop.process(victim)
            if process is not None:  # else it is dead already
                process.kill()
                self.killed[victim] += 1


def killer_of(shop: Shop, customers: int, seed: int) -> Killer:
    """Each process at least once, at moments of the crowd's conversations that a seed draws."""
    chance, kills = random.Random(seed), max(len(VICTIMS), customers // CUSTOMERS_A_KILLING)
    moments = sorted(chance.sample(range(2, customers * CALLS), kills))
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(kills)]
    chance.shuffle(victims)
    return Killer(shop, moments, victims)


@dataclass
class Agent:
    """Somebody at the desk who answers one customer all the while, and sends again what got no answer."""

    http: httpx.AsyncClient
    name: str
    password: str
    conversation_id: str
    sent: list[str] = field(default_factory=list)
    _csrf: str = ""

    async def writes_until(self, over: asyncio.Event) -> None:
        while not over.is_set():
            words = f"第 {len(self.sent) + 1} 句"
            await self.until_taken("send", text=words, client_id=f"agent-{len(self.sent)}")
            self.sent.append(words)
            await asyncio.sleep(1)

    async def until_taken(self, act: str, **form: str) -> None:
        """Do something in the conversation, as often as it takes."""
        while True:
            try:
                self._csrf = self._csrf or await self._read_csrf()
                headers = {"X-CSRF": self._csrf, "HX-Request": "true"}
                await self.http.get("/presence")  # a sign of life, as the open page gives one every few seconds
                done = await self.http.post(f"/talks/{self.conversation_id}/{act}", headers=headers, data=form)
                if done.status_code < 400:
                    return
                assert done.status_code == 503, (act, done.status_code, done.text)
            except (httpx.TransportError, LookupError):
                await asyncio.sleep(0.3)

    async def _read_csrf(self) -> str:
        await self.http.post("/login", data={"name": self.name, "password": self.password})
        page = await self.http.get("/talks")
        found = re.search(r'"X-CSRF": "(\w+)"', page.text)
        if found is None:
            raise LookupError(page.status_code)
        return found.group(1)


@dataclass
class Run:
    """What came of it; printed, its figures."""

    customers: list[Customer]
    numbers: list[str]
    waiting: Customer
    agent: Agent
    cases: Sequence[Case]
    killer: Killer
    seconds: float

    def __str__(self) -> str:
        filed = sum(bool(number) for number in self.numbers)
        refused = Counter(code for customer in self.customers for code in customer.refusals)
        said = sum(len(customer.said) for customer in self.customers)
        return (
            f"{len(self.customers)} conversations, {said} messages, {dict(self.killer.killed)} killed, {filed} cases "
            f"filed, {len(self.customers) - filed} given to people, {len(self.agent.sent)} messages of an agent, "
            f"{len(self.cases)} refunds, refusals {dict(refused)}, {self.seconds:.0f} s"
        )


async def everybody(shop: Shop, number: int, cases: Sequence[Case], seed: int) -> Run:
    """Let so many customers file a case each, these cases be paid back, and processes be killed meanwhile."""
    began, killer, over = time.monotonic(), killer_of(shop, number, seed), asyncio.Event()
    room = asyncio.Semaphore(AT_ONCE)
    customers = [a_customer(shop, f"visitor-{each}", killer.message_taken) for each in range(number)]
    waiting = a_customer(shop, "waiting")
    agent = await _asked_for_people(shop, waiting)
    for case in cases:
        await asyncio.to_thread(pay_refund, shop.world, case.case_no or "", FINANCE)
    writing = asyncio.create_task(agent.writes_until(over))
    numbers = await asyncio.gather(*(_files(shop, each, number, room) for number, each in enumerate(customers)))
    over.set()
    await writing
    await waiting.hears(lambda told: agent.sent[-1] in [row["text"] for row in told])
    for http in (*(each.http for each in customers), waiting.http, agent.http):
        await http.aclose()
    return Run(customers, list(numbers), waiting, agent, cases, killer, time.monotonic() - began)


def a_customer(shop: Shop, name: str, confirmed: Callable[[], None] = lambda: None) -> Customer:
    """Somebody with the web chat's page open."""
    conversation = open_conversation(shop.world, "webchat", name).id
    token = SessionTokens(shop.backend.secret_key, shop.world.clock).issue(conversation)
    headers = {"Authorization": f"Bearer {token}"}
    http = httpx.AsyncClient(base_url=shop.chat, trust_env=False, timeout=30, headers=headers)
    return Customer(conversation, http, confirmed)


async def _asked_for_people(shop: Shop, waiting: Customer) -> Agent:
    await waiting.say(text="转人工")
    await waiting.hears(lambda told: any("人工" in row["text"] for row in told))
    desk = httpx.AsyncClient(base_url=shop.desk, trust_env=False, timeout=30)
    agent = Agent(desk, "agent1", shop.passwords["agent1"], waiting.conversation_id)
    await agent.until_taken("claim")
    return agent


async def _files(shop: Shop, customer: Customer, number: int, room: asyncio.Semaphore) -> str:
    async with room:
        return await file_a_case(shop, customer, number)


async def file_a_case(shop: Shop, customer: Customer, number: int) -> str:
    """Have the customer buy a cup, which comes broken; the case's number, or \"\" where people were called."""
    system = System(shop.chat, shop.desk, shop.world, shop.passwords)
    order_no = await asyncio.to_thread(system.a_bought_cup, f"2026112200{number:04d}", f"138{number:04d}{TAIL}")
    return await customer.files(order_no, TAIL, [a_jpeg(400, 300, seed=number * 10 + each) for each in range(3)])
