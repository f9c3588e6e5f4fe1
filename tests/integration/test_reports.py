"""Reports over cases that really went their way, on both databases."""

from datetime import date, timedelta
from typing import Any

import pytest

from backend.domain.case import Role, State
from backend.domain.lifecycle import Event
from backend.domain.report import By
from backend.domain.request import Remedy
from backend.errors import ReportRefused
from backend.ports import World
from backend.services.conversations import Said, receive
from backend.services.handoff import request_human
from backend.services.reports import make_report, names
from tests.clock import FakeClock
from tests.working import PASS, RECEIVE, REJECT, SEND, Step, a_working_shop, do, file_case

APPROVE: Step = (Event.APPROVE, Role.MANAGER, {})
"""Whoever has several cases open is looked at more closely: a manager may approve all the same."""

TODAY = date(2026, 11, 22)
MONTH = (date(2026, 11, 1), date(2026, 11, 30))


def rows(world: World, name: str, first: date = MONTH[0], last: date = MONTH[1], **how: Any) -> list[dict[str, Any]]:
    return list(make_report(world, name, first, last, **how).rows)


def row(world: World, name: str) -> dict[str, Any]:
    (only,) = rows(world, name)
    return only


@pytest.fixture
def world(each_world: World) -> World:
    return each_world


class Shop:
    """A shop in which every case has a conversation and an order of its own."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self.world, self.clock, self.number = world, clock, 0

    def case(self, *steps: Step, remedy: Remedy = Remedy.RETURN_REFUND, hours: float = 0) -> Any:
        """A case that goes these steps, with so many hours before each."""
        self.number += 1
        names: dict[str, Any] = {"conversation": f"conv-{self.number}", "order": f"2026112000{self.number:02d}"}
        a_working_shop(self.world, **names)
        case = file_case(self.world, remedy, **names)
        for event, role, given in steps:
            self.clock.advance(hours=hours)
            changed = {**given, "waybill": f"SF13579246801{self.number:02d}"} if "waybill" in given else given
            case = do(self.world, case, event, role, **changed)
        return case


@pytest.fixture
def shop(world: World, clock: FakeClock) -> Shop:
    return Shop(world, clock)


def test_a_report_about_nothing_has_no_figures_and_no_errors(world: World) -> None:
    for name in names():
        for each in rows(world, name):
            told = {code: value for code, value in each.items() if code not in ("period", "phase", "clock")}
            assert set(told.values()) <= {0, None}, name


def test_cases_are_counted_by_state_and_by_why_they_ended(shop: Shop, world: World) -> None:
    shop.case()
    shop.case()
    shop.case(APPROVE)
    shop.case((Event.WITHDRAW, Role.CUSTOMER, {"confirmed": True}))
    counted = {(each["state"], each["close_reason"]): each["cases"] for each in rows(world, "states")}
    assert counted == {("SUBMITTED", None): 2, ("AWAITING_RETURN", None): 1, ("CLOSED", "cancelled"): 1}
    assert [each["share_pct"] for each in rows(world, "states") if each["state"] == "SUBMITTED"] == [50.0]


def test_reasons_tell_what_was_claimed_and_what_was_found(shop: Shop, world: World) -> None:
    passed: Step = (Event.INSPECT_PASS, Role.WAREHOUSE, {"grades": {1: "A"}, "reason_confirmed": "quality"})
    shop.case(APPROVE, SEND, RECEIVE, passed)
    shop.case()
    counted = {(each["reason_claimed"], each["reason_confirmed"]): each["cases"] for each in rows(world, "reasons")}
    assert counted == {("no_reason", "quality"): 1, ("no_reason", None): 1}


def test_products_set_pieces_under_cases_beside_pieces_sold(shop: Shop, world: World) -> None:
    shop.case()
    a_working_shop(world, conversation="other", order="202611200099")
    assert row(world, "products") == {
        "period": "2026-11-01/2026-11-30",
        "sku": "CUP",
        "product": "手冲咖啡杯",
        "cases": 1,
        "pieces": 2,
        "sold_pieces": 4,
        "case_rate_pct": 50.0,
    }


def phase_of(world: World, name: str, last: date = MONTH[1]) -> dict[str, Any]:
    (only,) = [each for each in rows(world, "times", MONTH[0], last) if each["phase"] == name]
    return only


def test_time_with_the_customer_is_not_counted_as_review(shop: Shop, world: World, clock: FakeClock) -> None:
    ask: Step = (Event.ASK_INFO, Role.AGENT, {"items": ("购买时间",)})
    told: Step = (Event.INFO_ADDED, Role.CUSTOMER, {"reason": "上周六"})
    shop.case(ask, told, APPROVE, hours=3)  # three hours with us, three with the customer, three with us
    review = phase_of(world, "review")
    assert (review["visits"], review["p50_seconds"]) == (1, 6 * 3600)
    assert phase_of(world, "first_answer")["p50_seconds"] == 3 * 3600


def test_percentiles_are_by_nearest_rank(shop: Shop, world: World) -> None:
    for hours in (1, 2, 3, 4, 5, 6, 7, 8, 9, 20):
        shop.case(APPROVE, hours=hours)
    review = phase_of(world, "review")
    assert (review["visits"], review["p50_seconds"], review["p90_seconds"]) == (10, 5 * 3600, 9 * 3600)


def test_each_phase_lasts_from_its_beginning_to_its_end(shop: Shop, world: World) -> None:
    shop.case(APPROVE, SEND, RECEIVE, PASS, hours=5)
    five = 5 * 3600
    lasted = {each["phase"]: each["p50_seconds"] for each in rows(world, "times") if each["visits"]}
    assert lasted == dict.fromkeys(("first_answer", "review", "solution", "ship_back", "inspect"), five)


def test_a_case_that_is_still_under_review_has_no_length_yet(shop: Shop, world: World, clock: FakeClock) -> None:
    shop.case()
    clock.advance(hours=1)
    review = phase_of(world, "review")
    assert (review["visits"], review["p50_seconds"], review["sla_running"]) == (0, None, 1)


def test_a_clock_is_missed_whether_or_not_the_worker_noticed(shop: Shop, world: World, clock: FakeClock) -> None:
    shop.case(APPROVE, hours=1)
    shop.case(APPROVE, hours=24 * 10)  # no worker ran in these ten days
    late = shop.case(remedy=Remedy.REPAIR)
    clock.advance(days=10)
    review = phase_of(world, "review", date(2026, 12, 31))
    assert (review["sla_met"], review["sla_missed"], review["sla_running"]) == (1, 2, 0)
    assert review["sla_hit_pct"] == 33.3
    assert late.state is State.SUBMITTED


def test_a_clock_that_stands_still_is_not_missed(shop: Shop, world: World, clock: FakeClock) -> None:
    shop.case((Event.ASK_INFO, Role.AGENT, {"items": ("购买时间",)}), hours=1)
    clock.advance(days=20)
    review = phase_of(world, "review")
    assert (review["sla_met"], review["sla_missed"], review["sla_running"]) == (0, 0, 1)


def test_appeals_are_won_by_a_later_yes_and_lost_by_a_second_no(shop: Shop, world: World) -> None:
    appeal: Step = (Event.APPEAL, Role.CUSTOMER, {"reason": "再看看照片"})
    approve: Step = (Event.APPROVE, Role.SUPERVISOR, {})
    again: Step = (Event.REJECT, Role.SUPERVISOR, {**REJECT[2]})
    shop.case(APPROVE)
    shop.case(REJECT)
    shop.case(REJECT, appeal, approve)
    shop.case(REJECT, appeal, again)
    shop.case(REJECT, appeal)
    found = row(world, "rejections")
    assert {name: found[name] for name in ("cases", "rejected", "appealed")} == {
        "cases": 5,
        "rejected": 4,
        "appealed": 3,
    }
    assert (found["appeals_won"], found["appeals_lost"], found["appeals_open"]) == (1, 1, 1)
    assert (found["reject_rate_pct"], found["appeal_won_pct"]) == (80.0, 50.0)


def test_freight_is_told_by_who_pays_for_the_way_back(shop: Shop, world: World) -> None:
    shop.case(APPROVE, SEND)
    shop.case()
    found = row(world, "freight")
    assert (found["payer"], found["cases"], found["parcels"], found["shipping_back_fen"]) == ("customer", 2, 1, 0)


def test_conversations_are_the_bots_unless_people_were_called(shop: Shop, world: World) -> None:
    shop.case()
    shop.case()
    for number in (1, 2):
        receive(world, f"conv-{number}", Said("我要退货"))
    request_human(world, "conv-2", reason="asked", by="message:1")
    found = row(world, "containment")
    assert (found["conversations"], found["handed_over"], found["containment_pct"]) == (2, 1, 50.0)
    assert [(each["handoff_reason"], each["handoffs"]) for each in rows(world, "handoffs")] == [("asked", 1)]


def test_a_cause_repeats_from_the_told_number_of_cases_on(shop: Shop, world: World) -> None:
    for _ in range(3):
        shop.case()
    assert [(each["reason"], each["sku"], each["cases"]) for each in rows(world, "causes")] == [("no_reason", "CUP", 3)]
    assert rows(world, "causes", least=4) == []


def test_a_case_counts_in_the_week_and_month_of_the_merchants_zone(shop: Shop, world: World, clock: FakeClock) -> None:
    clock.advance(days=8, hours=13, minutes=59)  # the last minute of November there
    shop.case(remedy=Remedy.REPAIR)
    clock.advance(minutes=2)
    shop.case(remedy=Remedy.REPAIR)
    months = rows(world, "channels", date(2026, 11, 1), date(2026, 12, 31), by=By.MONTH)
    assert [(each["period"], each["cases"]) for each in months] == [("2026-11", 1), ("2026-12", 1)]
    weeks = rows(world, "channels", date(2026, 11, 30), date(2026, 12, 1), by=By.WEEK)
    assert [(each["period"], each["cases"]) for each in weeks] == [("2026-W49", 2)]


def test_a_draft_counts_nowhere_and_a_case_given_back_to_edit_neither(shop: Shop, world: World) -> None:
    case = shop.case()
    do(world, case, Event.EDIT, Role.CUSTOMER)
    assert rows(world, "states") == []


@pytest.mark.parametrize(
    ("name", "first", "last", "least", "why"),
    [
        ("weather", TODAY, TODAY, 3, "there is no report"),
        ("states", TODAY, TODAY - timedelta(days=1), 3, "is before"),
        ("causes", TODAY, TODAY, 0, "at least 1"),
    ],
)
def test_what_cannot_be_reported_is_refused_with_what_to_ask_instead(
    world: World, name: str, first: date, last: date, least: int, why: str
) -> None:
    with pytest.raises(ReportRefused, match=why):
        make_report(world, name, first, last, least=least)
