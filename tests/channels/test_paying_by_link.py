"""A customer pays a gap on the sandbox's page: link, page, callback, our own question and the books, over real HTTP."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from backend.bootstrap import open_backend, sandbox_key
from backend.domain.case import Case, Role
from backend.domain.collection import Collection, CollectionState
from backend.domain.lifecycle import Event
from backend.ports import World
from backend.services.collections_paid import look_up, receive_payment
from backend.services.refunds import reconcile
from backend.settings import Settings, read_settings
from bot.sandbox.signing import callback_headers, signature
from tests.clock import START, FakeClock
from tests.collecting import ACCEPT_WORDS, offered, payment_for, the_collection
from tests.due import look_after_refunds
from tests.money import unique
from tests.ports import free_port
from tests.racing import race
from tests.sandbox import SECRET, SandboxProcess, running_receiver, running_sandbox
from tests.waiting import PATIENCE_SECONDS
from tests.working import do

C = CollectionState


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Settings:
    var = tmp_path_factory.mktemp("paying")
    shutil.copy(migrated_file, var / "anxin.db")
    given = {"ANXIN_VAR": str(var), "ANXIN_SECRET_KEY": SECRET, "ANXIN_CHAT_PORT": str(free_port())}
    return read_settings(given)


@pytest.fixture(scope="module")
def sandbox(settings: Settings) -> Iterator[SandboxProcess]:
    """The provider, and the chat port's webhook that it calls."""
    with running_sandbox(settings, "--settle", "0.05") as process, running_receiver(settings):
        yield process


@pytest.fixture(scope="module")
def opened(sandbox: SandboxProcess) -> Iterator[tuple[World, FakeClock]]:
    clock = FakeClock()
    backend = open_backend(sandbox.settings, clock=clock)
    yield backend.world, clock
    backend.close()


@pytest.fixture
def world(opened: tuple[World, FakeClock]) -> World:
    return opened[0]


@pytest.fixture(scope="module")
def web(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture
def case(opened: tuple[World, FakeClock]) -> Case:
    """One whose customer is asked for 20.00 at the real time: links and callbacks are judged by others' clocks."""
    world, clock = opened
    clock.advance(seconds=(START - clock.now()).total_seconds())
    shop: dict[str, Any] = {"conversation": unique("conv-"), "order": unique("A"), "phone": f"139{unique('')[-4:]}6688"}
    case = offered(world, **shop)
    clock.advance(seconds=(datetime.now(timezone.utc) - clock.now()).total_seconds())
    return do(world, case, Event.ACCEPT, Role.CUSTOMER, consent=ACCEPT_WORDS)


@pytest.fixture
def asked(world: World, case: Case) -> Collection:
    return the_collection(world, case)


def link_of(world: World, asked: Collection) -> str:
    link = world.collectors["sandbox"].link(asked)
    assert link is not None
    return link


def standing(world: World, case: Case) -> tuple[CollectionState, bool]:
    """How it stands when the customer says that they have paid, and whether that is news."""
    found = look_up(world, case.conversation_id, case.case_no or "")
    assert found is not None
    return found.collection.state, found.now


def wait_for(world: World, case: Case, done: Callable[[Collection], bool]) -> Collection:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done(found := the_collection(world, case)):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def is_(state: CollectionState) -> Callable[[Collection], bool]:
    return lambda found: found.state is state


def test_the_page_says_what_for_and_how_much_and_one_button_pays_it(
    web: httpx.Client, world: World, case: Case, asked: Collection
) -> None:
    link = link_of(world, asked)
    page = web.get(link)
    assert page.status_code == 200
    assert "¥20.00" in page.text and asked.collection_no in page.text and "支付</button>" in page.text
    assert the_collection(world, case).state is C.OPEN, "looking at it pays nothing"
    done = web.post(link)
    assert "支付成功" in done.text and "<button" not in done.text
    found = wait_for(world, case, is_(C.PAID))
    assert (found.settled_by, found.provider_no.startswith("42")) == ("sandbox", True)


def test_pressing_the_button_again_and_again_pays_once(
    web: httpx.Client, sandbox: SandboxProcess, world: World, case: Case, asked: Collection
) -> None:
    sandbox.order_fault(asked.collection_no, "callback_repeated")
    race(5, lambda _: web.post(link_of(world, asked)))
    wait_for(world, case, is_(C.PAID))
    with world.read() as work:
        assert len(work.collections.log(asked.id)) == 2


@pytest.mark.parametrize("changed", ["amount_fen=1", "until=99999999999", "no=RC1-C1", "sign=0"])
def test_a_link_that_was_tampered_with_shows_nothing_and_takes_nothing(
    web: httpx.Client, world: World, case: Case, asked: Collection, changed: str
) -> None:
    forged = httpx.URL(link_of(world, asked)).copy_merge_params(dict([changed.split("=")]))
    assert [web.get(forged).status_code, web.post(forged).status_code] == [404, 404]
    assert standing(world, case) == (C.OPEN, False)


def test_a_link_that_has_ended_takes_nothing(web: httpx.Client, sandbox: SandboxProcess) -> None:
    number, end = unique("RC") + "-C1", str(int(time.time()) - 1)
    signed = signature(sandbox_key(sandbox.settings), "pay", number, "2000", end, "token")
    url = f"http://127.0.0.1:{sandbox.settings.sandbox_port}/pay/token?"
    link = url + urlencode({"no": number, "amount_fen": "2000", "until": end, "sign": signed})
    assert [web.get(link).status_code, web.post(link).status_code] == [410, 410]
    assert "链接已过期" in web.get(link).text


def test_when_the_callback_is_lost_the_customers_word_makes_us_ask(
    web: httpx.Client, sandbox: SandboxProcess, world: World, case: Case, asked: Collection
) -> None:
    assert standing(world, case) == (C.OPEN, False)
    sandbox.order_fault(asked.collection_no, "callback_lost")
    web.post(link_of(world, asked))
    assert standing(world, case) == (C.PAID, True)
    assert standing(world, case) == (C.PAID, False)


@pytest.mark.parametrize("fault", ["callback_forged", "callback_old", "callback_late"])
def test_lies_and_delays_do_no_harm(
    web: httpx.Client, sandbox: SandboxProcess, world: World, case: Case, asked: Collection, fault: str
) -> None:
    sandbox.order_fault(asked.collection_no, fault)
    web.post(link_of(world, asked))
    assert wait_for(world, case, is_(C.PAID)).amount_fen == 2000


def test_a_callback_with_another_amount_leaves_it_to_finance_until_the_true_one_comes(
    web: httpx.Client, sandbox: SandboxProcess, world: World, case: Case, asked: Collection
) -> None:
    sandbox.order_fault(asked.collection_no, "callback_wrong_amount")
    web.post(link_of(world, asked))
    wait_for(world, case, is_(C.PAID))
    with world.read() as work:
        states = [(state, detail.get("paid_fen")) for _, _, state, detail in work.collections.log(asked.id)]
    assert states == [(C.OPEN, None), (C.OPEN, 2001), (C.PAID, 2000)]


def told(asked: Collection, number: int = 1) -> bytes:
    payment = {**asdict(payment_for(asked)), "method": "wechat"}
    return json.dumps({"id": f"{asked.collection_no}:{number}", "payment": payment}).encode()


def test_a_callback_is_believed_only_when_it_is_signed_as_a_payment_within_five_minutes(
    web: httpx.Client, sandbox: SandboxProcess, world: World, case: Case, asked: Collection
) -> None:
    key, body = sandbox_key(sandbox.settings), told(asked)
    url = f"http://127.0.0.1:{sandbox.settings.chat_port}/webhooks/payments/sandbox/collections"
    refused: tuple[dict[str, str], ...] = (
        callback_headers(b"somebody else's key", body, kind="paid"),
        callback_headers(key, body, kind="notify"),
        callback_headers(key, body, kind="paid", age_seconds=310),
        {},
    )
    assert [web.post(url, content=body, headers=each).status_code for each in refused] == [401] * 4
    assert the_collection(world, case).state is C.OPEN
    garbage = b"not json"
    assert web.post(url, content=garbage, headers=callback_headers(key, garbage, kind="paid")).status_code == 400
    taken = [web.post(url, content=body, headers=callback_headers(key, body, kind="paid")) for _ in range(2)]
    assert [answer.status_code for answer in taken] == [200, 200]
    assert the_collection(world, case).state is C.PAID


def test_callbacks_of_nobody_and_of_those_who_never_call_are_refused(
    web: httpx.Client, sandbox: SandboxProcess
) -> None:
    base = f"http://127.0.0.1:{sandbox.settings.chat_port}/webhooks/payments"
    assert web.post(f"{base}/nobody/collections", content=b"{}").status_code == 404
    assert web.post(f"{base}/manual/collections", content=b"{}").status_code == 401


def test_a_payment_that_is_not_ours_is_left_to_the_reconciliation(
    web: httpx.Client, sandbox: SandboxProcess, world: World, asked: Collection
) -> None:
    stranger = told(asked).replace(asked.collection_no.encode(), b"RC20200101000001-C1")
    headers = callback_headers(sandbox_key(sandbox.settings), stranger, kind="paid")
    receive_payment(world, "sandbox", headers, stranger)
    with world.read() as work:
        assert work.collections.by_number("RC20200101000001-C1") is None


def test_what_was_paid_in_vain_goes_back_through_the_provider_and_the_books_agree(
    web: httpx.Client, sandbox: SandboxProcess, world: World, case: Case, asked: Collection
) -> None:
    web.post(link_of(world, asked))
    wait_for(world, case, is_(C.PAID))
    do(world, case, Event.WITHDRAW, Role.CUSTOMER, confirmed=True)
    look_after_refunds(world)
    wait_for(world, case, is_(C.REFUNDED))
    (entry,) = [each for number, each in sandbox.ledger().items() if number.startswith(f"{case.case_no}-")]
    assert (entry["state"], entry["amount_fen"]) == ("SUCCESS", 2000)
    assert differences(world, asked.collection_no) == []


def differences(world: World, number: str) -> list[tuple[str, int | None, int | None]]:
    now = datetime.now(timezone.utc)
    found = reconcile(world, now - timedelta(hours=1), now + timedelta(hours=1))
    return [(each.kind, each.our_fen, each.their_fen) for each in found.differences if each.refund_no == number]


def test_the_books_show_what_we_were_never_told_and_what_was_never_asked_for(
    web: httpx.Client, sandbox: SandboxProcess, world: World, asked: Collection
) -> None:
    assert differences(world, asked.collection_no) == [], "open and unpaid is as it should be"
    for _ in range(6):
        sandbox.order_fault(asked.collection_no, "callback_lost")
    web.post(link_of(world, asked))
    assert differences(world, asked.collection_no) == [("state", 2000, 2000)]

    number, end = unique("RC") + "-C1", str(int(time.time()) + 60)
    signed = signature(sandbox_key(sandbox.settings), "pay", number, "700", end, "token")
    url = f"http://127.0.0.1:{sandbox.settings.sandbox_port}/pay/token?"
    web.post(url + urlencode({"no": number, "amount_fen": "700", "until": end, "sign": signed}))
    assert differences(world, number) == [("missing_here", None, 700)]
