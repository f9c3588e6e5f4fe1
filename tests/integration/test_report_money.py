"""Money, freight, ratings and missed clocks in reports, over cases that were really paid, on both databases."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from backend.domain.case import Actor, Case, Role, State
from backend.domain.lifecycle import Event
from backend.domain.order import Payment, PaymentMethod
from backend.domain.request import Reason
from backend.domain.rule_types import Severity
from backend.ports import World
from backend.services.extras import Wanted, approve_extra, give_extra, propose_compensation
from backend.services.freight import approve_freight, ask_freight
from backend.services.ratings import rate
from backend.services.reports import make_report
from tests.builders import an_order
from tests.clock import FakeClock
from tests.due import run_due
from tests.papers import Papers
from tests.working import CONVERSATION, NAMES, ORDER, a_working_shop, do, file_case

AGENT, FINANCE = (Actor(role, NAMES[role]) for role in (Role.AGENT, Role.FINANCE))
CUSTOMER = Actor(Role.CUSTOMER, CONVERSATION)
RANGE = (date(2026, 11, 1), date(2026, 12, 31))
WECHAT = Payment(PaymentMethod.WECHAT, "WX-1", 11200)


@pytest.fixture
def world(each_world: World) -> World:
    return each_world


@pytest.fixture
def papers(world: World, clock: FakeClock) -> Papers:
    return Papers(world, clock)


def row(world: World, name: str) -> dict[str, Any]:
    (only,) = make_report(world, name, *RANGE).rows
    return only


def phase(world: World, name: str) -> dict[str, Any]:
    (only,) = [each for each in make_report(world, "times", *RANGE).rows if each["phase"] == name]
    return only


def paid_case(papers: Papers) -> Case:
    """Two cups for 100.00 and 12.00 shipping, the shop's fault, paid back: the goods at 90 percent."""
    made = an_order(ORDER)
    payments = (Payment(PaymentMethod.WECHAT, "WX-1", 8000), Payment(PaymentMethod.ALIPAY, "ALI-1", 3200))
    case = papers.case(replace(made, shipping_fen=1200, payments=payments, paid_fen=11200))
    papers.approved(case)
    return papers.paid(papers.inspected(case))


def test_a_refund_is_told_with_its_order_its_parts_and_its_amount(papers: Papers, world: World) -> None:
    case = paid_case(papers)
    assert row(world, "refunds") == {
        "period": "2026-11-01/2026-12-31",
        "orders": 1,
        "orders_refunded": 1,
        "refund_rate_pct": 100.0,
        "sales_fen": 11200,
        "refunds": 2,
        "cases_refunded": 1,
        "refunded_fen": case.approved_fen,
        "points_fen": 0,
        "freight_fen": 0,
        "compensation_fen": 0,
    }


def test_money_counts_when_it_was_paid_and_orders_when_they_were_placed(papers: Papers, world: World) -> None:
    paid_case(papers)
    (earlier,) = make_report(world, "refunds", date(2026, 11, 22), date(2026, 11, 22)).rows
    (later,) = make_report(world, "refunds", date(2026, 11, 23), date(2026, 11, 30)).rows
    assert (earlier["orders"], earlier["orders_refunded"], earlier["refunded_fen"]) == (1, 1, 0)
    assert (later["orders"], later["refunds"], later["refund_rate_pct"]) == (0, 2, None)


def test_the_cost_of_freight_is_shipping_given_back_and_freight_reimbursed(papers: Papers, world: World) -> None:
    case = papers.case(replace(an_order(ORDER), shipping_fen=1200, paid_fen=11200, payments=(WECHAT,)))
    papers.approved(case)
    case = papers.inspected(case)
    assert row(world, "freight")["shipping_back_fen"] == 0, "nothing is paid yet"
    case = papers.paid(case)
    with world.read() as work:
        receipt = next(piece.id for piece in work.evidence.of_case(case.id))
    asked = ask_freight(world, case.case_no or "", CUSTOMER, amount_fen=1800, receipt=receipt)
    approve_freight(world, asked.extra_no, AGENT)
    give_extra(world, asked.extra_no, FINANCE, "V-1")
    told = row(world, "freight")
    assert (told["payer"], told["parcels"], told["shipping_back_fen"], told["freight_fen"]) == (
        "merchant",
        1,
        1200,
        1800,
    )
    assert row(world, "refunds")["freight_fen"] == 1800


def test_compensation_is_told_beside_refunds_once_it_was_given(world: World) -> None:
    a_working_shop(world)
    number = file_case(world).case_no or ""
    proposed = propose_compensation(world, number, AGENT, Wanted(Severity.LOW, reason=Reason.DAMAGED, evidence="tag"))
    approve_extra(world, proposed.extra_no, AGENT)
    assert row(world, "refunds")["compensation_fen"] == 0
    give_extra(world, proposed.extra_no, AGENT, "C-1")
    told = row(world, "refunds")
    assert (told["compensation_fen"], told["freight_fen"], told["refunded_fen"]) == (500, 0, 0)


def test_a_rating_counts_in_satisfaction(papers: Papers, world: World, clock: FakeClock) -> None:
    closed = papers.closed(paid_case(papers))
    rate(world, CONVERSATION, closed.case_no or "", 2, "有点慢")
    told = row(world, "satisfaction")
    assert (told["ratings"], told["average_score"], told["csat_pct"], told["low_ratings"], told["score_2"]) == (
        1,
        2.0,
        0.0,
        1,
        1,
    )
    summary = row(world, "summary")
    assert (summary["ratings"], summary["cases"], summary["open_cases"]) == (1, 1, 0)


def test_payout_lasts_from_finances_task_to_the_providers_word(papers: Papers, world: World) -> None:
    paid_case(papers)
    told = phase(world, "payout")
    assert (told["visits"], told["p50_seconds"]) == (1, 5 * 3600 + 180)
    assert (told["sla_met"], told["sla_missed"], told["sla_hit_pct"]) == (1, 0, 100.0)


def test_a_clock_that_the_worker_saw_end_is_missed_once(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    case = file_case(world)
    for _ in range(8):  # the worker comes by every day: warnings, the breach, and an approval in the end
        clock.advance(days=1)
        run_due(world)
    do(world, case, Event.APPROVE, Role.MANAGER)
    told = phase(world, "review")
    assert (told["visits"], told["p50_seconds"]) == (1, int(timedelta(days=8).total_seconds()))
    assert (told["sla_met"], told["sla_missed"], told["sla_running"]) == (0, 1, 0)


def test_a_clock_set_again_after_reopening_counts_again(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    case = file_case(world)
    clock.advance(hours=1)
    do(world, case, Event.WITHDRAW, Role.CUSTOMER, confirmed=True)
    clock.advance(hours=1)
    reopened = do(world, case, Event.REOPEN, Role.CUSTOMER)
    assert reopened.state is State.SUBMITTED
    clock.advance(hours=3)
    do(world, case, Event.APPROVE, Role.MANAGER)
    told = phase(world, "review")
    assert (told["visits"], told["p50_seconds"], told["p90_seconds"], told["sla_met"]) == (2, 3600, 3 * 3600, 2)
