"""`python -m backend refunds …`: what was paid back, and whether the books agree."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest

from backend.bootstrap import open_backend
from backend.domain.case import Case, Role
from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import LegState, RefundAnswer, Source
from backend.domain.work import Staff
from backend.ports import World
from backend.services.payouts import record_result
from backend.services.refunds import pay_refund
from backend.settings import Settings, read_settings
from tests.clock import FakeClock
from tests.commanding import Printed, Refused, Run, printed, refused, run
from tests.due import look_after_refunds
from tests.money import FINANCE, approved_case
from tests.sandbox import SECRET, SandboxProcess, running_sandbox

__all__ = ["printed", "refused", "run"]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    var = str(tmp_path_factory.mktemp("provider"))
    with running_sandbox(read_settings({"ANXIN_VAR": var, "ANXIN_CHAT_PORT": "9"}), "--settle", "60") as process:
        yield process


@pytest.fixture
def world(settings: Settings, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The world that the commands find too, at the real time."""
    monkeypatch.chdir(settings.var)
    monkeypatch.setenv("ANXIN_VAR", str(settings.var))
    monkeypatch.setenv("ANXIN_SECRET_KEY", SECRET)
    monkeypatch.setenv("ANXIN_SANDBOX_PORT", str(sandbox.settings.sandbox_port))
    opened = open_backend(read_settings(), clock=FakeClock(datetime.now(timezone.utc)))
    yield opened.world
    opened.close()


@pytest.fixture
def paid(world: World) -> Case:
    """A case whose refund of 50.00 is with the provider, 40.00 by WeChat, and 10.00 with finance."""
    case = approved_case(world, 5000, ((PaymentMethod.WECHAT, 8000), (PaymentMethod.CARD, 2000)))
    pay_refund(world, case.case_no or "", FINANCE)
    look_after_refunds(world)
    return case


def test_refunds_are_listed_newest_first(run: Run, printed: Printed, paid: Case) -> None:
    listed = run("refunds", "list")
    assert [(each["refund_no"], each["state"], each["amount_fen"], each["gateway"]) for each in listed] == [
        (f"{paid.case_no}-2", "PROCESSING", 1000, "manual"),
        (f"{paid.case_no}-1", "PROCESSING", 4000, "sandbox"),
    ]
    assert run("refunds", "list", "--state", "FAILED") == []
    assert f"{paid.case_no}-1  PROCESSING  ¥40.00" in printed("refunds", "list")


def test_a_case_shows_its_refunds(run: Run, paid: Case) -> None:
    shown = run("cases", "show", paid.case_no or "")
    assert [(each["refund_no"], each["amount_fen"]) for each in shown["refunds"]] == [
        (f"{paid.case_no}-1", 4000),
        (f"{paid.case_no}-2", 1000),
    ]


def test_finance_notes_what_it_paid_outside(
    run: Run, printed: Printed, refused: Refused, world: World, paid: Case
) -> None:
    with world.write() as work:
        work.staff.add(Staff("周会计", Role.FINANCE), world.clock.now())
        work.staff.add(Staff("走会计", Role.FINANCE, active=False), world.clock.now())
        work.commit()
    assert "已停用" in refused("refunds", "voucher", f"{paid.case_no}-2", "回单-1", "--as", "走会计")
    said = printed("refunds", "voucher", f"{paid.case_no}-2", "回单-1", "--as", "周会计")
    assert "¥10.00" in said
    noted = run("refunds", "list", "--state", "SUCCESS")
    assert [(each["refund_no"], each["provider_no"]) for each in noted] == [(f"{paid.case_no}-2", "回单-1")]


def test_differences_with_the_providers_books_are_named(run: Run, printed: Printed, world: World, paid: Case) -> None:
    def differences() -> list[tuple[str, str, str]]:
        found = run("refunds", "reconcile")["differences"]
        mine = [each for each in found if each["refund_no"].startswith(f"{paid.case_no}-")]
        return [(each["kind"], each["our_state"], each["their_state"]) for each in mine]

    assert differences() == []
    early = RefundAnswer(f"{paid.case_no}-1", LegState.SUCCESS, 4000)
    record_result(world, early, Source.CALLBACK, by="a mistake")
    assert differences() == [("state", "SUCCESS", "PROCESSING")]
    assert "状态不一致" in printed("refunds", "reconcile")
    tomorrow = (datetime.now(timezone.utc) + timedelta(days=2)).strftime("%Y-%m-%d")
    assert run("refunds", "reconcile", "--from", tomorrow)["differences"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--state", "PAID"), "没有退款状态 PAID"),
        (("list", "--limit", "0"), "--limit 至少为 1"),
        (("reconcile", "--from", "yesterday"), "yesterday 不是日期"),
        (("voucher", "RC1-1", "1", "--as", "nobody"), "没有员工 nobody"),
    ],
)
def test_bad_input_gets_one_line(world: World, refused: Refused, arguments: tuple[str, ...], said: str) -> None:
    assert said in refused("refunds", *arguments)


def test_a_provider_that_does_not_answer_is_told_of(
    world: World, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANXIN_SANDBOX_PORT", "9")
    assert "sandbox" in refused("refunds", "reconcile")
