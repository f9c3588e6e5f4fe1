"""One machine, as `make run` serves it over SQLite: its disk fills up, a photo rots, its processes are killed.

20 customers in the suite; `ANXIN_FAULTS_CONVERSATIONS=100` plays as many as one asks for, and prints what came of it.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.domain.case import Case, Role, State
from backend.domain.conversation import Author, Delivery
from backend.domain.lifecycle import Event
from backend.services.refunds import pay_refund
from tests.channels.chat_server import CALLS
from tests.e2e.system import TAIL
from tests.faults.crowd import VICTIMS, Run, a_customer, everybody, file_a_case
from tests.faults.customer import Customer
from tests.faults.shop import NAMES, Shop, running_shop
from tests.money import FINANCE, approved_case, reload
from tests.photos import a_jpeg
from tests.waiting import until
from tests.working import PASS, SEND, Step, do

CUSTOMERS = int(os.environ.get("ANXIN_FAULTS_CONVERSATIONS", "20"))
SEED = int(os.environ.get("ANXIN_FAULTS_SEED", "1"))
REFUNDS = 10
BACK: tuple[Step, ...] = (
    (Event.APPROVE, Role.MANAGER, {}),
    SEND,
    (Event.RECEIVE, Role.WAREHOUSE, {"counted": {1: 1}}),
    PASS,
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture(scope="module")
def paid(shop: Shop) -> Case:
    """A case that a customer has filed by chat, that went its way, and was paid back."""

    async def filed() -> str:
        customer = a_customer(shop, "story")
        number = await file_a_case(shop, customer, 9001)
        await customer.http.aclose()
        return number

    number = asyncio.run(filed())
    with shop.world.read() as work:
        case = work.cases.by_number(number)
    assert case is not None
    for event, role, given in BACK:
        case = do(shop.world, case, event, role, **given)
    pay_refund(shop.world, number, FINANCE)
    return until(lambda: _in_state(shop, case, State.AWAITING_CONFIRM))


def _in_state(shop: Shop, case: Case, state: State) -> Case | None:
    now = reload(shop.world, case)
    return now if now.state is state else None


def _told(shop: Shop, conversation: str) -> list[str]:
    """All that the processes have logged about a conversation, in the order of time."""
    lines = [line for name in NAMES for line in shop.log(name, conversation=conversation)]
    return [line["event"] for line in sorted(lines, key=lambda line: line["time"])]


def test_the_logs_tell_a_conversation_from_its_first_word_to_its_refund(shop: Shop, paid: Case) -> None:
    shop.let_be_due("timer", case_id=paid.id)
    until(lambda: any("timer" in said for said in _told(shop, paid.conversation_id)))
    said = _told(shop, paid.conversation_id)
    story = (
        "received on webchat",
        "answered by the bot",
        "delivered on webchat: sent",
        "submit by customer",
        "refund: ",
        "refund_succeeded by system",
        "timer ",
    )
    left = iter(said)
    assert [part for part in story if not any(line.startswith(part) for line in left)] == [], said
    assert shop.log("chat", case=paid.case_no) and shop.log("worker", case=paid.case_no)


def test_no_line_of_a_log_names_a_person_or_repeats_what_they_said(shop: Shop, paid: Case) -> None:
    with shop.world.read() as work:
        order = work.orders.get(paid.order_no or "")
    assert order is not None
    personal = (order.buyer_phone, order.order_no, order.buyer_name, "收到是碎的", f'{TAIL}"', shop.passwords["agent1"])
    for name in NAMES:
        logged = (shop.settings.var / f"{name}.log").read_text("utf-8")
        assert [each for each in personal if each and each in logged] == []
        assert [line for line in logged.splitlines() if not line.startswith("{")] == []


@pytest.fixture(scope="module")
def visit(shop: Shop) -> "Visit":
    return asyncio.run(_visit_while_the_disk_is_full(shop))


def test_on_a_full_disk_what_cannot_be_kept_is_refused_with_a_sentence(visit: "Visit") -> None:
    for answer in visit.refused:
        told = json.loads(answer.content)
        assert answer.status_code == 503 and told["error"] in ("storage_full", "unavailable") and told["message"]


def test_on_a_full_disk_staff_read_a_page_that_says_so(visit: "Visit") -> None:
    assert visit.desk.status_code == 503 and "稍后" in visit.desk.text


def test_on_a_full_disk_what_was_said_can_still_be_read(visit: "Visit") -> None:
    assert visit.read_on.status_code == 200


def test_after_a_full_disk_the_same_message_is_taken_and_answered_once(shop: Shop, visit: "Visit") -> None:
    with shop.world.read() as work:
        rows = work.messages.after(visit.customer.conversation_id, 0, 1000)
    said = [row.payload["client_id"] for row in rows if row.author is Author.CUSTOMER]
    assert said == visit.customer.said
    answers = [row.text for row in rows if row.author is Author.BOT]
    assert len(answers) == len(set(answers)) >= 2


def test_no_process_dies_of_a_full_disk(visit: "Visit") -> None:
    assert visit.before == visit.after


class Visit:
    """A customer and a member of staff who come while the disk is full, and stay until it is not."""

    customer: Customer
    refused: list[httpx.Response]
    desk: httpx.Response
    read_on: httpx.Response
    before: dict[str, int]
    after: dict[str, int]


async def _visit_while_the_disk_is_full(shop: Shop) -> Visit:
    visit = Visit()
    visit.customer = customer = a_customer(shop, "full disk")
    await customer.hears(lambda told: told)
    visit.before = shop.pids()
    with shop.full_disk():
        said = {"text": "你好", "client_id": "c0"}
        photo = {"photo": ("photo.jpg", a_jpeg(200, 200, seed=77))}
        visit.refused = [
            await customer.http.post(f"{CALLS}/messages", json=said),
            await customer.http.post(f"{CALLS}/messages", files=photo, data={"client_id": "p"}),
            await customer.http.post(f"{CALLS}/sessions"),
        ]
        visit.read_on = await customer.http.get(f"{CALLS}/messages", params={"after": 0})
        async with httpx.AsyncClient(base_url=shop.desk, trust_env=False, timeout=60) as desk:
            given = {"name": "agent1", "password": shop.passwords["agent1"]}
            visit.desk = await desk.post("/login", data=given)
    await customer.say(text="你好")
    await customer.hears(lambda told: told)
    await customer.http.aclose()
    visit.after = shop.pids()
    return visit


@pytest.fixture(scope="module")
def photo(shop: Shop, paid: Case) -> Any:
    with shop.world.read() as work:
        found = work.evidence.of_case(paid.id)[0]
    for key in (found.object_key, found.thumbnail_key):
        path = Path(shop.settings.evidence_url.removeprefix("file://")) / str(key)
        rotten = bytearray(path.read_bytes())
        rotten[len(rotten) // 2] ^= 0xFF
        path.write_bytes(bytes(rotten))
    return found


def test_a_rotten_photo_is_never_shown_as_if_it_were_the_customers(shop: Shop, photo: Any) -> None:
    customer = a_customer(shop, "story")
    headers = dict(customer.http.headers)
    answer = httpx.get(f"{shop.chat}{CALLS}/media/{photo.id}", headers=headers, trust_env=False, timeout=60)
    assert answer.status_code == 404 and answer.json()["message"]


def test_staff_are_told_that_a_photo_is_damaged(shop: Shop, photo: Any) -> None:
    with httpx.Client(base_url=shop.desk, trust_env=False, timeout=60) as desk:
        desk.post("/login", data={"name": "agent1", "password": shop.passwords["agent1"]})
        answer = desk.get(f"/evidence/{photo.id}")
    assert answer.status_code == 404 and "损坏" in answer.text


def test_the_operator_finds_a_damaged_photo_in_the_log(shop: Shop, photo: Any) -> None:
    assert [line for line in shop.log("desk") if photo.id in line["event"] and line["level"] == "error"]


@pytest.fixture(scope="module")
def run(shop: Shop) -> Run:
    cases = [approved_case(shop.world, 5000) for _ in range(REFUNDS)]
    done = asyncio.run(everybody(shop, CUSTOMERS, cases, SEED))
    until(lambda: all(_in_state(shop, case, State.AWAITING_CONFIRM) for case in cases))
    print(done)
    return done


def test_every_killed_process_is_back(shop: Shop, run: Run) -> None:
    assert set(run.killer.killed) == set(VICTIMS)
    shop.wait_until_ready()


def test_whoever_is_killed_every_message_that_was_taken_is_there_once_in_order_and_answered(
    shop: Shop, run: Run
) -> None:
    for customer in run.customers:
        with shop.world.read() as work:
            rows = work.messages.after(customer.conversation_id, 0, 1000)
            assert work.messages.unanswered_of(customer.conversation_id) == []
        taken = [row.payload["client_id"] for row in rows if row.author is Author.CUSTOMER]
        assert taken == customer.said
        assert {row.delivery for row in rows} == {Delivery.SENT, Delivery.RECEIVED}
        seen = [row["seq"] for row in customer.read]
        assert seen == sorted(set(seen)), "read once and in order"


def test_whoever_is_killed_every_customer_has_one_case_or_was_given_to_people(shop: Shop, run: Run) -> None:
    for customer, number in zip(run.customers, run.numbers, strict=True):
        with shop.world.read() as work:
            cases = work.cases.of_conversation(customer.conversation_id)
            given = work.handoffs.current(customer.conversation_id)
        assert [case.case_no for case in cases if case.case_no] == [number] * bool(number)
        assert number or given is not None
    assert any(run.numbers)


def test_whoever_is_killed_what_an_agent_sent_is_read_once(run: Run) -> None:
    heard = [row["text"] for row in run.waiting.read if row["from"] == "agent"]
    assert [words for words in heard if words.startswith("第 ")] == run.agent.sent


def test_whoever_is_killed_every_refund_is_paid_once(shop: Shop, run: Run) -> None:
    paid = Counter(each["refund_no"].split("-")[0] for each in shop.sandbox.ledger().values())
    assert [paid[case.case_no or ""] for case in run.cases] == [1] * len(run.cases)
