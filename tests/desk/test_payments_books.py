"""The providers' books beside ours, over a real sandbox."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from backend.adapters.refund_tables import refund_leg
from backend.domain.case import Actor, Role, State
from backend.ports import World
from backend.services.refunds import pay_refund
from backend.settings import Settings
from tests.desk.conftest import LogIn
from tests.due import look_after_refunds
from tests.sandbox import running_sandbox
from tests.working import NAMES, case_in

BOOKS = "/payments/reconcile?since=2020-01-01&until=2099-01-01"


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    with running_sandbox(settings, "--settle", "3600") as process:  # however slow the machine, none settles meanwhile
        yield process.settings


def test_books_agree_after_a_payment_and_every_difference_is_shown(
    world: World, settings: Settings, log_in: LogIn
) -> None:
    case = case_in(world, State.REFUND_PENDING)
    pay_refund(world, case.case_no or "", Actor(Role.FINANCE, NAMES[Role.FINANCE]))
    assert look_after_refunds(world) == 1
    browser = log_in(Role.FINANCE)
    assert "已核对 1 笔，0 处不同" in browser.get(BOOKS).text
    engine = create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(refund_leg.update().values(amount_fen=9000))
    engine.dispose()
    page = browser.get(BOOKS).text
    assert "已核对 1 笔，1 处不同" in page and "金额不一致" in page and "¥90.00" in page and "¥100.00" in page


@pytest.mark.parametrize("days", ["since=2026-11-20&until=2026-11-20", "since=2026-11-20&until=2026-11-19"])
def test_days_that_hold_nothing_are_refused_and_not_told_to_agree(log_in: LogIn, days: str) -> None:
    answer = log_in(Role.FINANCE).get(f"/payments/reconcile?{days}")
    assert answer.status_code == 422 and "结束日期" in answer.text and "0 处不同" not in answer.text
