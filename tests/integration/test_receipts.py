"""A customer who misses the money, or finds something else wrong at the end: through the real sandbox."""

import time
from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from backend.adapters.media import MediaReader
from backend.bootstrap import open_backend
from backend.domain.case import Actor, Case, Role, State
from backend.domain.clocks import TimerState
from backend.domain.complaint import Cause
from backend.domain.order import PaymentMethod
from backend.errors import CaseNotFound, IllegalTransition
from backend.ports import World
from backend.services.receipts import Finding, look_again, not_received, problem
from backend.services.refunds import pay_refund, record_voucher
from backend.settings import Settings, read_settings
from bot import wording
from tests.clock import FakeClock
from tests.due import look_after_refunds
from tests.money import FINANCE, approved_case, events_of, reload
from tests.racing import race
from tests.sandbox import SandboxProcess, running_sandbox
from tests.waiting import PATIENCE_SECONDS
from tests.working import case_in, told


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    settings = read_settings({"ANXIN_VAR": str(tmp_path_factory.mktemp("provider")), "ANXIN_CHAT_PORT": "9"})
    with running_sandbox(settings, "--settle", "0.05") as process:
        yield process


@pytest.fixture
def shop(each_settings: Settings, sandbox: SandboxProcess, clock: FakeClock, media: MediaReader) -> Iterator[World]:
    given = sandbox.settings
    settings = replace(each_settings, sandbox_port=given.sandbox_port, secret_key=given.secret_key)
    backend = open_backend(settings, clock=clock)
    yield backend.world
    backend.close()


def customer_of(case: Case) -> Actor:
    return Actor(Role.CUSTOMER, case.conversation_id)


def paid_case(
    shop: World, clock: FakeClock, fen: int = 5000, payments: tuple[tuple[PaymentMethod, int], ...] = ()
) -> Case:
    """A case whose refund the sandbox has paid."""
    case = approved_case(shop, fen, payments)
    pay_refund(shop, case.case_no or "", FINANCE)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while reload(shop, case).state is State.REFUNDING:
        assert time.monotonic() < deadline
        clock.advance(minutes=2)
        look_after_refunds(shop)
    return reload(shop, case)


def said(shop: World, case: Case) -> str:
    """The last thing the customer was told, in words."""
    with shop.read() as work:
        row = work.messages.queued(case.conversation_id, 100)[-1]
    return wording.render(row.template or "", row.payload["params"]).text


def alerts(shop: World, case: Case) -> list[tuple[str, Role, str]]:
    with shop.read() as work:
        return [(each.kind, each.role, each.detail["about"]) for each in work.alerts.of_case(case.id)]


def test_a_customer_who_misses_the_money_is_told_time_account_and_reference_as_the_provider_has_them(
    shop: World, clock: FakeClock
) -> None:
    case = paid_case(shop, clock)
    with shop.read() as work:
        (leg,) = work.refunds.of_case(case.id)
    paid = clock.now().astimezone(ZoneInfo("Asia/Shanghai"))
    clock.advance(days=1)

    receipt = not_received(shop, case.case_no or "", customer_of(case))

    assert (receipt.finding, receipt.case.state) == (Finding.PAID, State.AWAITING_CONFIRM)
    assert events_of(shop, case)[-2:] == ["not_received", "refund_succeeded"]
    assert told(shop, case)[-1] == "refund_looked_up"
    words = said(shop, case)
    assert "¥50.00" in words and "招商银行信用卡0403" in words and leg.provider_no in words
    assert f"，{paid.month}月{paid.day}日 {paid:%H:%M}，" in words, "when it was paid, not that of the look"
    assert not any(about == "not_received" for _, _, about in alerts(shop, case))


@pytest.mark.parametrize("fault", ["error", "bad_signature"])
def test_without_a_trustworthy_answer_it_is_said_so_finance_looks_and_the_next_look_settles_it(
    shop: World, clock: FakeClock, sandbox: SandboxProcess, fault: str
) -> None:
    case = paid_case(shop, clock)
    sandbox.order_fault(f"{case.case_no}-1", fault)

    receipt = not_received(shop, case.case_no or "", customer_of(case))

    assert (receipt.finding, receipt.case.state) == (Finding.UNSETTLED, State.REFUNDING)
    assert told(shop, case)[-1] == "refund_unsettled" and "财务" in said(shop, case)
    assert ("task", Role.FINANCE, "not_received") in alerts(shop, case)

    assert look_again(shop) == 0, "it is left a while"
    clock.advance(minutes=6)
    assert look_again(shop) == 1
    assert reload(shop, case).state is State.AWAITING_CONFIRM
    assert told(shop, case)[-1] == "refund_looked_up"
    assert look_again(shop) == 0


def test_asked_once_more_while_nothing_is_known_the_provider_is_asked_once_more(
    shop: World, clock: FakeClock, sandbox: SandboxProcess
) -> None:
    case = paid_case(shop, clock)
    sandbox.order_fault(f"{case.case_no}-1", "error")
    not_received(shop, case.case_no or "", customer_of(case))

    again = not_received(shop, case.case_no or "", customer_of(case))

    assert again.finding is Finding.PAID
    assert events_of(shop, case).count("not_received") == 1


def test_missed_again_after_the_provider_confirmed_it_becomes_a_complaint_instead_of_a_circle(
    shop: World, clock: FakeClock
) -> None:
    case = paid_case(shop, clock)
    not_received(shop, case.case_no or "", customer_of(case))

    receipt = not_received(shop, case.case_no or "", customer_of(case))
    again = not_received(shop, case.case_no or "", customer_of(case))

    with shop.read() as work:
        (complaint,) = work.complaints.of_case(case.id)
        due = {timer.clock: timer.state for timer in work.timers.open_of(case.id)}
    assert (receipt.finding, receipt.complaint_no) == (Finding.DISPUTED, complaint.complaint_no)
    assert again.complaint_no == complaint.complaint_no
    assert (complaint.cause, receipt.case.state) == (Cause.PAYOUT, State.AWAITING_CONFIRM)
    assert receipt.case.dispute_open and due["confirm.auto_days"] is TimerState.PAUSED
    assert ("task", Role.FINANCE, "not_received") in alerts(shop, case)
    assert events_of(shop, case).count("not_received") == 1
    assert complaint.complaint_no in said(shop, case) and "支付渠道逐笔核对" in said(shop, case)


def test_what_finance_paid_outside_is_told_with_its_voucher(shop: World, clock: FakeClock) -> None:
    case = approved_case(shop, 3000, ((PaymentMethod.BALANCE, 5000),))
    pay_refund(shop, case.case_no or "", FINANCE)
    look_after_refunds(shop)
    record_voucher(shop, f"{case.case_no}-1", "凭证-88", FINANCE)

    receipt = not_received(shop, case.case_no or "", customer_of(case))

    assert receipt.finding is Finding.PAID
    assert "账户余额 ¥30.00" in said(shop, case) and "凭证-88" in said(shop, case)


def test_a_refund_that_is_still_under_way_is_told_to_be_so(shop: World) -> None:
    case = approved_case(shop, 3000, ((PaymentMethod.BALANCE, 5000),))
    pay_refund(shop, case.case_no or "", FINANCE)

    receipt = not_received(shop, case.case_no or "", customer_of(case))

    assert (receipt.finding, receipt.case.state) == (Finding.UNSETTLED, State.REFUNDING)
    assert told(shop, case)[-1] == "refund_unsettled"


def test_two_presses_at_once_are_one_word_and_one_look(shop: World, clock: FakeClock) -> None:
    case = paid_case(shop, clock)

    findings = race(2, lambda _: not_received(shop, case.case_no or "", customer_of(case)).finding)

    assert Finding.PAID in findings
    assert events_of(shop, case).count("not_received") == 1
    assert told(shop, case).count("refund_looked_up") == 1


def test_missed_before_it_was_ever_paid_is_refused_naming_what_can_be_done(shop: World) -> None:
    case = approved_case(shop)
    with pytest.raises(IllegalTransition, match="not_received by customer is not possible in REFUND_PENDING"):
        not_received(shop, case.case_no or "", customer_of(case))
    with pytest.raises(CaseNotFound):
        not_received(shop, "RC20990101000001", customer_of(case))


def test_goods_that_did_not_arrive_bring_a_case_without_money_back_into_review(each_world: World) -> None:
    case = case_in(each_world, State.AWAITING_CONFIRM)

    receipt = not_received(each_world, case.case_no or "", customer_of(case))

    assert (receipt.finding, receipt.case.state) == (Finding.IN_REVIEW, State.SUBMITTED)
    assert told(each_world, case)[-1] == "problem_noted" and "重新交给客服" in said(each_world, case)


def test_another_problem_is_written_down_and_reviewed_again_with_what_was_paid_counted(
    shop: World, clock: FakeClock
) -> None:
    case = paid_case(shop, clock)

    receipt = problem(shop, case.case_no or "", customer_of(case), " 少退了运费 ")

    assert (receipt.finding, receipt.case.state) == (Finding.IN_REVIEW, State.SUBMITTED)
    assert (receipt.case.description or "").endswith("少退了运费")
    with shop.read() as work:
        assert work.cases.events(case.id)[-1].detail["reason"] == "少退了运费"
        assert [leg.amount_fen for leg in work.refunds.of_case(case.id)] == [5000]
    with pytest.raises(IllegalTransition):
        problem(shop, case.case_no or "", customer_of(case), "还有")
