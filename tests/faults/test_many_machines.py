"""A shop over PostgreSQL and Redis: each goes away and comes back, and the payment provider hangs.

The database is away for some seconds in the suite; `ANXIN_FAULTS_AWAY=60` makes it as many as one asks for.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from backend.domain.case import Case, State
from backend.domain.clocks import Mark, Planned
from backend.domain.conversation import Author, Message
from backend.services.refunds import pay_refund
from tests.channels.chat_server import CALLS
from tests.faults.crowd import a_customer
from tests.faults.customer import Customer
from tests.faults.shop import Shop, running_shop
from tests.money import FINANCE, approved_case, reload
from tests.postgres import DURABLE, PostgresServer, temporary_database, temporary_server
from tests.redis_server import RedisServer, temporary_redis_server
from tests.waiting import until

AWAY_SECONDS = float(os.environ.get("ANXIN_FAULTS_AWAY", "4"))
HANGING_REFUNDS = 8
"""Twice as many as a worker looks after at a time."""


@dataclass(frozen=True)
class Machines:
    """The shop and what it stands on."""

    shop: Shop
    postgres: PostgresServer
    redis: RedisServer


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with (
        temporary_server(DURABLE) as postgres,
        temporary_database(postgres.url) as database,
        temporary_redis_server() as redis,
        running_shop(
            tmp_path_factory.mktemp("shop"),
            ANXIN_DATABASE_URL=database,
            ANXIN_REDIS_URL=redis.url,
            ANXIN_QUEUE_URL=redis.url,
        ) as shop,
    ):
        yield Machines(shop, postgres, redis)


def _rows(shop: Shop, customer: Customer) -> list[Message]:
    with shop.world.read() as work:
        return work.messages.after(customer.conversation_id, 0, 1000)


def _answers(shop: Shop, customer: Customer) -> list[str]:
    """What was said to the customer after the welcome."""
    return [row.text for row in _rows(shop, customer) if row.author is not Author.CUSTOMER][1:]


def _all_are_paid(shop: Shop, cases: list[Case]) -> bool:
    """Whether it is so by now; whoever waits for a minute before asking again need not."""
    shop.let_be_due("refund_leg")
    return all(reload(shop.world, case).state is State.AWAITING_CONFIRM for case in cases)


def _times_paid(shop: Shop, cases: list[Case]) -> list[int]:
    paid = Counter(each["refund_no"].split("-")[0] for each in shop.sandbox.ledger().values())
    return [paid[case.case_no or ""] for case in cases]


def _due_timer(shop: Shop) -> Case:
    """A case with a timer that is due now."""
    case, now = approved_case(shop.world, 5000), shop.world.clock.now()
    with shop.world.write() as work:
        work.timers.set(case.id, {"sla.refund": [Planned(Mark.ALERT, now)]}, now)
        work.commit()
    return case


def _is_done(shop: Shop, case: Case) -> bool:
    with shop.world.read() as work:
        return work.timers.open_of(case.id) == []


@pytest.fixture(scope="module")
def visit(machines: Machines) -> "Visit":
    return asyncio.run(_visit_without_database(machines))


def test_without_database_customers_and_staff_read_that_they_should_try_again(visit: "Visit") -> None:
    for answer in visit.refused:
        assert answer.status_code == 503 and answer.json()["error"] == "unavailable" and answer.json()["message"]
    assert visit.desk.status_code == 503 and "稍后" in visit.desk.text


def test_what_was_taken_before_is_answered_once_when_the_database_is_back(machines: Machines, visit: "Visit") -> None:
    answers = until(lambda: _answers(machines.shop, visit.taken_before))
    assert len(answers) == len(set(answers))
    said = [row for row in _rows(machines.shop, visit.taken_before) if row.author is Author.CUSTOMER]
    assert len(said) == 1


def test_what_was_refused_without_database_is_taken_when_it_is_sent_again(machines: Machines, visit: "Visit") -> None:
    said = [row for row in _rows(machines.shop, visit.refused_first) if row.author is Author.CUSTOMER]
    assert len(said) == 1 and _answers(machines.shop, visit.refused_first)


def test_a_refund_under_way_is_paid_once_when_the_database_is_back(machines: Machines, visit: "Visit") -> None:
    until(lambda: _all_are_paid(machines.shop, [visit.case]))
    assert _times_paid(machines.shop, [visit.case]) == [1]


def test_no_process_dies_without_database(visit: "Visit") -> None:
    assert visit.before == visit.after


class Visit:
    """Two customers, a member of staff and a refund around the time that the database is away."""

    taken_before: Customer
    refused_first: Customer
    refused: list[httpx.Response]
    desk: httpx.Response
    case: Case
    before: dict[str, int]
    after: dict[str, int]


async def _visit_without_database(machines: Machines) -> Visit:
    shop, visit = machines.shop, Visit()
    visit.taken_before, visit.refused_first = a_customer(shop, "taken before"), a_customer(shop, "refused first")
    for customer in (visit.taken_before, visit.refused_first):
        await customer.hears(lambda told: told)
    visit.before, visit.case = shop.pids(), approved_case(shop.world, 5000)
    pay_refund(shop.world, visit.case.case_no or "", FINANCE)
    await visit.taken_before.say(text="运费谁出")
    machines.postgres.stop()
    http = visit.refused_first.http
    visit.refused = [
        await http.post(f"{CALLS}/messages", json={"text": "你好", "client_id": "c0"}),
        await http.get(f"{CALLS}/messages", params={"after": 0}),
    ]
    async with httpx.AsyncClient(base_url=shop.desk, trust_env=False, timeout=60) as desk:
        visit.desk = await desk.post("/login", data={"name": "agent1", "password": shop.passwords["agent1"]})
    await asyncio.sleep(AWAY_SECONDS)
    machines.postgres.start()
    await visit.refused_first.say(text="你好")
    for customer in (visit.taken_before, visit.refused_first):
        await customer.hears(lambda told: told)
        await customer.http.aclose()
    visit.after = shop.pids()
    return visit


@pytest.fixture(scope="module")
def answered(machines: Machines) -> list[str]:
    """What a customer hears while it is away; afterwards it is back."""

    async def visit() -> list[str]:
        customer = a_customer(machines.shop, "without redis")
        await customer.hears(lambda told: told)
        await customer.say(text="运费谁出")
        told = await customer.hears(lambda told: told)
        await customer.http.aclose()
        return [row["text"] for row in told]

    machines.redis.stop()
    try:
        return asyncio.run(visit())
    finally:
        machines.redis.start()


def test_without_redis_customers_are_answered_all_the_same(answered: list[str]) -> None:
    assert any("运费" in words for words in answered)


def test_refunds_go_on_when_redis_is_back(machines: Machines, answered: list[str]) -> None:
    case = approved_case(machines.shop.world, 5000)
    pay_refund(machines.shop.world, case.case_no or "", FINANCE)
    until(lambda: _all_are_paid(machines.shop, [case]))
    assert _times_paid(machines.shop, [case]) == [1]


@pytest.fixture(scope="module")
def cases(machines: Machines) -> list[Case]:
    """Refunds that were begun while it hung; meanwhile a customer was answered, and a timer had its effect."""
    shop = machines.shop
    cases = [approved_case(shop.world, 5000) for _ in range(HANGING_REFUNDS)]
    with shop.hanging("sandbox"):
        for case in cases:
            pay_refund(shop.world, case.case_no or "", FINANCE)
        until(lambda: shop.log("worker", event="refund: PLANNED to SENT"))
        timed = _due_timer(shop)
        asyncio.run(_is_answered(shop))
        until(lambda: _is_done(shop, timed))
        assert [reload(shop.world, case).state for case in cases] == [State.REFUNDING] * len(cases)
    return cases


def test_while_the_provider_hangs_everything_else_goes_on(cases: list[Case]) -> None:
    assert cases


def test_each_refund_is_paid_once_when_the_provider_is_back(machines: Machines, cases: list[Case]) -> None:
    until(lambda: _all_are_paid(machines.shop, cases))
    assert _times_paid(machines.shop, cases) == [1] * len(cases)


async def _is_answered(shop: Shop) -> None:
    customer = a_customer(shop, "provider hangs")
    await customer.hears(lambda told: told)
    await customer.say(text="运费谁出")
    await customer.hears(lambda told: told)
    await customer.http.aclose()
