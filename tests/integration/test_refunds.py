"""A case's money on its way through the real sandbox: paid once, whatever happens."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from backend.adapters.media import MediaReader
from backend.bootstrap import open_backend
from backend.domain.case import Actor, Case, Role, State
from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import LegState, RefundLeg
from backend.domain.verdict import AmountLine
from backend.errors import Conflict, IllegalTransition, PayoutRefused
from backend.ports import World
from backend.services.payouts import look_now
from backend.services.refunds import list_refunds, pay_refund, reconcile, record_voucher, reroute_refund, retry_refund
from backend.settings import Settings, read_settings
from tests.clock import START, FakeClock
from tests.contract.test_cases import VERDICT
from tests.due import look_after_refunds
from tests.money import APPROVER, FINANCE, approved_case, events_of, reload, reserved
from tests.racing import race
from tests.sandbox import SandboxProcess, running_sandbox
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    settings = read_settings({"ANXIN_VAR": str(tmp_path_factory.mktemp("provider")), "ANXIN_CHAT_PORT": "9"})
    with running_sandbox(settings, "--settle", "0.05") as process:
        yield process


@pytest.fixture
def world(settings: Settings, sandbox: SandboxProcess, clock: FakeClock, media: MediaReader) -> Iterator[World]:
    given = sandbox.settings
    backend = open_backend(replace(settings, sandbox_port=given.sandbox_port, secret_key=given.secret_key), clock=clock)
    yield backend.world
    backend.close()


def legs_of(world: World, case: Case) -> list[RefundLeg]:
    with world.read() as work:
        return work.refunds.of_case(case.id)


def work_until(world: World, clock: FakeClock, done: Callable[[], bool]) -> None:
    """Let the worker do its round, with two minutes between, until it is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        assert time.monotonic() < deadline, list_refunds(world)
        clock.advance(minutes=2)
        if not look_after_refunds(world):
            clock.advance(minutes=60)


def work_until_settled(world: World, clock: FakeClock, case: Case) -> Case:
    work_until(world, clock, lambda: reload(world, case).state is not State.REFUNDING)
    return reload(world, case)


def paid_by(sandbox: SandboxProcess, case: Case) -> int:
    """What the provider has really paid for a case, in fen."""
    entries = sandbox.ledger().values()
    ours = [entry for entry in entries if entry["refund_no"].startswith(f"{case.case_no}-")]
    return sum(entry["amount_fen"] for entry in ours if entry["state"] == "SUCCESS")


def test_an_approved_refund_is_paid_and_waits_for_the_customers_word(
    world: World, clock: FakeClock, sandbox: SandboxProcess
) -> None:
    case = approved_case(world, 5000)
    assert pay_refund(world, case.case_no or "", FINANCE).state is State.REFUNDING
    assert work_until_settled(world, clock, case).state is State.AWAITING_CONFIRM
    (leg,) = legs_of(world, case)
    assert (leg.refund_no, leg.state, leg.account) == (f"{case.case_no}-1", LegState.SUCCESS, "招商银行信用卡0403")
    assert paid_by(sandbox, case) == 5000 == reserved(world, case)
    assert events_of(world, case)[-2:] == ["pay", "refund_succeeded"]


def test_the_customer_is_told_once_that_it_is_sent_and_once_that_it_is_done(world: World, clock: FakeClock) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    work_until_settled(world, clock, case)
    with world.read() as work:
        told = [message.template for message in work.messages.queued(case.conversation_id, 10)]
    assert told == ["refund_started", "refund_done"]


def test_split_payments_are_refunded_to_each_and_the_card_by_finance(
    world: World, clock: FakeClock, sandbox: SandboxProcess
) -> None:
    case = approved_case(world, 5000, ((PaymentMethod.WECHAT, 8000), (PaymentMethod.BALANCE, 2000)))
    pay_refund(world, case.case_no or "", FINANCE)
    work_until(world, clock, lambda: paid_by(sandbox, case) == 4000)
    assert reload(world, case).state is State.REFUNDING
    record_voucher(world, f"{case.case_no}-2", "凭证-77", FINANCE)
    assert work_until_settled(world, clock, case).state is State.AWAITING_CONFIRM
    assert [(leg.gateway, leg.amount_fen, leg.state.value) for leg in legs_of(world, case)] == [
        ("sandbox", 4000, "SUCCESS"),
        ("manual", 1000, "SUCCESS"),
    ]
    with pytest.raises(Conflict):
        record_voucher(world, f"{case.case_no}-2", "another one", FINANCE)


def test_points_alone_go_back_without_a_provider(world: World, sandbox: SandboxProcess) -> None:
    verdict = replace(VERDICT, refundable_fen=0, breakdown=(AmountLine("积分", -3000, "points"),))
    case = approved_case(world, 0, ((PaymentMethod.POINTS, 10000),), verdict=verdict)
    assert pay_refund(world, case.case_no or "", FINANCE).state is State.AWAITING_CONFIRM
    (leg,) = legs_of(world, case)
    assert (leg.gateway, leg.amount_fen, leg.state) == ("points", 3000, LegState.SUCCESS)
    assert leg.refund_no not in sandbox.ledger()


def test_d2_paying_twice_pays_once(world: World, clock: FakeClock, sandbox: SandboxProcess) -> None:
    case = approved_case(world)
    first = pay_refund(world, case.case_no or "", FINANCE)
    assert pay_refund(world, case.case_no or "", FINANCE) == first
    work_until_settled(world, clock, case)
    with pytest.raises(IllegalTransition):
        pay_refund(world, case.case_no or "", FINANCE)
    assert (len(legs_of(world, case)), paid_by(sandbox, case)) == (1, 5000)


def test_twelve_threads_asking_for_the_same_refund_pay_once(
    world: World, clock: FakeClock, sandbox: SandboxProcess
) -> None:
    case = approved_case(world)
    states = race(12, lambda _number: pay_refund(world, case.case_no or "", FINANCE).state)
    assert set(states) == {State.REFUNDING}
    race(4, lambda _number: look_after_refunds(world))
    work_until_settled(world, clock, case)
    assert (len(legs_of(world, case)), paid_by(sandbox, case)) == (1, 5000)
    assert events_of(world, case).count("pay") == 1


@pytest.mark.parametrize("fault", ["lose_call", "lose_answer", "late", "error", "error_after", "bad_signature", "slow"])
def test_d6_the_number_never_changes_while_the_outcome_is_unknown(
    world: World, clock: FakeClock, sandbox: SandboxProcess, fault: str
) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    sandbox.order_fault(f"{case.case_no}-1", fault)
    assert work_until_settled(world, clock, case).state is State.AWAITING_CONFIRM
    assert [leg.refund_no for leg in legs_of(world, case)] == [f"{case.case_no}-1"]
    assert paid_by(sandbox, case) == 5000


def test_d6_no_transaction_is_open_while_the_provider_is_called(world: World) -> None:
    case = approved_case(world)
    seen = []

    class Watching:
        name = "sandbox"

        def refund(self, leg: RefundLeg) -> object:
            with world.write() as work:  # would wait for ever if the caller still held the write lock
                found = work.refunds.by_number(leg.refund_no)
                assert found is not None
                seen.append(found.state)
            return world.gateways["manual"].refund(leg)

    watched = replace(world, gateways={**world.gateways, "sandbox": Watching()})  # type: ignore[dict-item]
    pay_refund(watched, case.case_no or "", FINANCE)
    look_after_refunds(watched)
    assert seen == [LegState.SENT]


def test_d12_a_leg_that_failed_for_good_is_tried_again_under_a_new_number(
    world: World, clock: FakeClock, sandbox: SandboxProcess
) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    sandbox.order_fault(f"{case.case_no}-1", "fail")
    assert work_until_settled(world, clock, case).state is State.REFUND_FAILED
    assert reserved(world, case) == 0
    assert retry_refund(world, case.case_no or "", FINANCE).state is State.REFUNDING
    assert work_until_settled(world, clock, case).state is State.AWAITING_CONFIRM
    assert [(leg.refund_no, leg.state.value) for leg in legs_of(world, case)] == [
        (f"{case.case_no}-1", "FAILED"),
        (f"{case.case_no}-1-r2", "SUCCESS"),
    ]
    assert paid_by(sandbox, case) == 5000 == reserved(world, case)


def test_d12_a_failed_leg_is_rerouted_only_with_the_customers_consent(
    world: World, clock: FakeClock, sandbox: SandboxProcess
) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    sandbox.order_fault(f"{case.case_no}-1", "refuse")
    assert work_until_settled(world, clock, case).state is State.REFUND_FAILED
    with pytest.raises(PayoutRefused, match="how the customer agreed"):
        reroute_refund(world, case.case_no or "", FINANCE, " ")
    reroute_refund(world, case.case_no or "", FINANCE, "电话确认，退到银行卡")
    work_until(world, clock, lambda: legs_of(world, case)[-1].state is LegState.PROCESSING)
    record_voucher(world, f"{case.case_no}-1-r2", "银行回单 9", FINANCE)
    assert reload(world, case).state is State.AWAITING_CONFIRM
    assert paid_by(sandbox, case) == 0


def test_d17_a_timeout_keeps_row_number_and_reservation(
    world: World, clock: FakeClock, sandbox: SandboxProcess
) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    sandbox.order_fault(f"{case.case_no}-1", "lose_answer")
    look_after_refunds(world)
    (leg,) = legs_of(world, case)
    assert (leg.state, leg.refund_no, reserved(world, case)) == (LegState.UNKNOWN, f"{case.case_no}-1", 5000)
    assert reload(world, case).state is State.REFUNDING
    assert work_until_settled(world, clock, case).state is State.AWAITING_CONFIRM
    assert paid_by(sandbox, case) == 5000


def test_an_abnormal_refund_stays_reserved_and_is_finished_under_its_own_number(
    world: World, clock: FakeClock, sandbox: SandboxProcess
) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    sandbox.order_fault(f"{case.case_no}-1", "abnormal")
    assert work_until_settled(world, clock, case).state is State.REFUND_FAILED
    assert (legs_of(world, case)[0].state, reserved(world, case)) == (LegState.ABNORMAL, 5000)
    with pytest.raises(PayoutRefused, match="has failed for good"):
        reroute_refund(world, case.case_no or "", FINANCE, "电话确认")
    retry_refund(world, case.case_no or "", FINANCE)
    assert work_until_settled(world, clock, case).state is State.AWAITING_CONFIRM
    assert [leg.refund_no for leg in legs_of(world, case)] == [f"{case.case_no}-1"]
    assert paid_by(sandbox, case) == 5000


@pytest.mark.parametrize("fault", ["false_failure", "wrong_amount"])
def test_a_misreported_answer_is_not_believed_but_asked_about(
    world: World, clock: FakeClock, sandbox: SandboxProcess, fault: str
) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    sandbox.order_fault(f"{case.case_no}-1", fault)
    look_after_refunds(world)
    assert legs_of(world, case)[0].state is LegState.UNKNOWN
    assert work_until_settled(world, clock, case).state is State.AWAITING_CONFIRM
    assert paid_by(sandbox, case) == 5000


def test_who_approved_does_not_pay(world: World) -> None:
    case = approved_case(world)
    with pytest.raises(PayoutRefused, match="somebody else pays") as caught:
        pay_refund(world, case.case_no or "", Actor(Role.FINANCE, APPROVER))
    assert caught.value.reason == "payer_is_approver"
    assert (reload(world, case).state, legs_of(world, case)) == (State.REFUND_PENDING, [])


@pytest.mark.parametrize(("flag", "reason"), [("dispute_open", "disputed"), ("risk_hold", "on_hold")])
def test_d20_nothing_is_paid_while_a_dispute_is_open_or_the_case_is_held(
    world: World, clock: FakeClock, flag: str, reason: str
) -> None:
    case = approved_case(world, 5000, (), **{flag: True})
    with pytest.raises(PayoutRefused) as caught:
        pay_refund(world, case.case_no or "", FINANCE)
    assert (caught.value.reason, reload(world, case).state, reserved(world, case)) == (reason, State.REFUND_PENDING, 0)


def test_only_finance_pays(world: World) -> None:
    case = approved_case(world)
    with pytest.raises(IllegalTransition):
        pay_refund(world, case.case_no or "", Actor(Role.AGENT, "小陈"))


def test_more_than_is_left_of_the_payments_is_refused_and_nothing_is_reserved(world: World) -> None:
    case = approved_case(world, 10001)
    with pytest.raises(PayoutRefused, match="10000 fen are left") as caught:
        pay_refund(world, case.case_no or "", FINANCE)
    assert (caught.value.reason, reserved(world, case)) == ("above_cap", 0)


def test_a_look_at_the_provider_tells_at_once_how_it_stands(world: World, sandbox: SandboxProcess) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    look_after_refunds(world)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while reload(world, case).state is not State.AWAITING_CONFIRM:
        assert look_now(world, case.case_no or "") == []
        assert time.monotonic() < deadline
    assert legs_of(world, case)[0].state is LegState.SUCCESS


def test_equal_books_have_no_differences_and_a_foreign_refund_is_found(world: World, clock: FakeClock) -> None:
    case = approved_case(world)
    pay_refund(world, case.case_no or "", FINANCE)
    work_until_settled(world, clock, case)

    def ours(books: World) -> list[str]:
        # The sandbox's books tell the real time.
        found = reconcile(books, START.replace(year=2020), START.replace(year=2120)).differences
        return [each.kind for each in found if each.refund_no.startswith(f"{case.case_no}-")]

    assert ours(world) == []
    (leg,) = legs_of(world, case)
    world.gateways["sandbox"].refund(replace(leg, refund_no=f"{leg.refund_no}-x"))
    assert ours(world) == ["missing_here"]
