"""`POST /webhooks/payments/<provider>` over HTTP: what is believed, what is refused, what is harmless."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest

from backend.bootstrap import open_backend, sandbox_key
from backend.domain.case import Case, State
from backend.domain.refund_leg import LegState, RefundAnswer, RefundLeg
from backend.ports import World
from backend.services.refunds import pay_refund
from backend.settings import Settings, read_settings
from bot.sandbox.signing import callback_headers
from tests.money import FINANCE, approved_case, events_of, reload
from tests.ports import free_port
from tests.racing import race
from tests.sandbox import SECRET, running_receiver

SANDBOX = "/webhooks/payments/sandbox"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Settings:
    var = tmp_path_factory.mktemp("webhook")
    shutil.copy(migrated_file, var / "anxin.db")
    given = {"ANXIN_VAR": str(var), "ANXIN_SECRET_KEY": SECRET, "ANXIN_CHAT_PORT": str(free_port())}
    return read_settings(given)


@pytest.fixture(scope="module")
def http(settings: Settings) -> Iterator[httpx.Client]:
    """The blueprint behind a server of its own, without the dialogue that the chat server has beside it."""
    with (
        running_receiver(settings) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def world(settings: Settings) -> Iterator[World]:
    backend = open_backend(settings)
    yield backend.world
    backend.close()


@pytest.fixture(scope="module")
def key(settings: Settings) -> bytes:
    return sandbox_key(settings)


@pytest.fixture
def refunding(world: World) -> Case:
    return pay_refund(world, approved_case(world).case_no or "", FINANCE)


def leg_of(world: World, case: Case) -> RefundLeg:
    with world.read() as work:
        return work.refunds.of_case(case.id)[0]


def told(case: Case, state: str = "SUCCESS", amount_fen: int = 5000, number: int = 1) -> bytes:
    answer = RefundAnswer(f"{case.case_no}-1", LegState(state), amount_fen, "P1", "招行0403")
    return json.dumps({"id": f"{case.case_no}:{number}", "refund": {**asdict(answer), "state": state}}).encode()


def post(http: httpx.Client, key: bytes, body: bytes, age_seconds: int = 0) -> httpx.Response:
    return http.post(SANDBOX, content=body, headers=callback_headers(key, body, age_seconds=age_seconds))


def test_a_signed_callback_ends_the_refund(http: httpx.Client, world: World, key: bytes, refunding: Case) -> None:
    answer = post(http, key, told(refunding))
    assert (answer.status_code, answer.json()["code"]) == (200, "SUCCESS")
    assert (leg_of(world, refunding).state, leg_of(world, refunding).account) == (LegState.SUCCESS, "招行0403")
    assert reload(world, refunding).state is State.AWAITING_CONFIRM


def test_a_repeated_callback_is_answered_with_success_and_changes_nothing(
    http: httpx.Client, world: World, key: bytes, refunding: Case
) -> None:
    answers = race(5, lambda _number: post(http, key, told(refunding)))
    again = post(http, key, told(refunding, number=2))
    assert {answer.status_code for answer in (*answers, again)} == {200}
    assert events_of(world, refunding).count("refund_succeeded") == 1
    with world.read() as work:
        assert len(work.refunds.log(leg_of(world, refunding).id)) == 2


def test_a_forged_callback_is_refused(http: httpx.Client, world: World, key: bytes, refunding: Case) -> None:
    body = told(refunding)
    forged = post(http, b"somebody else's key", body)
    changed = http.post(SANDBOX, content=body.replace(b"P1", b"P2"), headers=callback_headers(key, body))
    bare = http.post(SANDBOX, content=body)
    assert [answer.status_code for answer in (forged, changed, bare)] == [401, 401, 401]
    assert leg_of(world, refunding).state is LegState.PLANNED


def test_a_callback_older_than_five_minutes_is_refused_though_signed(
    http: httpx.Client, world: World, key: bytes, refunding: Case
) -> None:
    answer = post(http, key, told(refunding), age_seconds=310)
    assert (answer.status_code, answer.json()["error"]) == (401, "stale")
    assert leg_of(world, refunding).state is LegState.PLANNED


def test_a_signed_callback_that_cannot_be_read_is_a_bad_request(http: httpx.Client, key: bytes) -> None:
    assert (post(http, key, b"not json")).status_code == 400


@pytest.mark.parametrize(("state", "amount_fen"), [("FAILED", 5000), ("ABNORMAL", 5000), ("SUCCESS", 5001)])
def test_bad_news_and_other_amounts_only_make_us_ask(
    http: httpx.Client, world: World, key: bytes, refunding: Case, state: str, amount_fen: int
) -> None:
    assert (post(http, key, told(refunding, state, amount_fen))).status_code == 200
    leg = leg_of(world, refunding)
    assert leg.state is LegState.UNKNOWN and leg.due_at is not None and leg.due_at <= world.clock.now()
    assert reload(world, refunding).state is State.REFUNDING


def test_a_refund_that_is_not_ours_is_taken_and_left_to_the_reconciliation(
    http: httpx.Client, key: bytes, refunding: Case
) -> None:
    body = told(refunding).replace((refunding.case_no or "").encode(), b"RC20200101000001")
    assert (post(http, key, body)).status_code == 200


def test_an_unknown_provider_and_one_that_never_calls_are_refused(http: httpx.Client) -> None:
    assert (http.post("/webhooks/payments/nobody", content=b"{}")).status_code == 404
    assert (http.post("/webhooks/payments/manual", content=b"{}")).status_code == 401
