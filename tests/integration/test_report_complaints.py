"""Reports about complaints that really went their way, on both databases."""

from typing import Any

import pytest

from backend.domain.case import State
from backend.domain.complaint import Cause, Outcome
from backend.ports import World
from backend.services import complaints
from tests.clock import FakeClock
from tests.complaining import AGENT, MANAGER, SUPERVISOR, investigated
from tests.integration.test_reports import row, rows
from tests.working import CONVERSATION, a_working_shop, case_in


@pytest.fixture
def world(each_world: World) -> World:
    a_working_shop(each_world)
    return each_world


def about_service(world: World, number: int) -> str:
    """A complaint about the service, in a conversation of its own."""
    conversation = f"conv-{number}"
    a_working_shop(world, conversation=conversation, order=f"20261120001{number}")
    made = complaints.open_(world, conversation, Cause.SERVICE, "态度很差", AGENT)
    return made.complaint_no


def ruled(world: World, number: str, outcome: Outcome, clock: FakeClock, hours: int) -> None:
    complaints.acknowledge(world, number, AGENT)
    clock.advance(hours=hours)
    complaints.investigate(world, number, AGENT)
    complaints.rule(world, number, SUPERVISOR, outcome, "已核实")


def test_complaints_are_counted_by_cause_with_how_they_were_ruled(world: World, clock: FakeClock) -> None:
    numbers = [about_service(world, number) for number in (3, 4, 5, 6)]
    ruled(world, numbers[0], Outcome.SUPPORT, clock, 1)
    ruled(world, numbers[1], Outcome.PARTIAL, clock, 1)
    ruled(world, numbers[2], Outcome.REJECT, clock, 1)
    plain = complaints.open_(world, CONVERSATION, Cause.PLAIN, "处理太慢", AGENT)
    complaints.withdraw(world, CONVERSATION, plain.complaint_no)

    service, other = rows(world, "complaints")

    assert (service["cause"], service["cause_label"], service["complaints"]) == ("service", "服务质量", 4)
    assert (service["complaints_open"], service["complaints_ruled"]) == (1, 3)
    assert (service["supported"], service["partly_supported"], service["not_supported"]) == (1, 1, 1)
    assert (service["upheld_pct"], service["share_pct"]) == (66.7, 80.0)
    assert (other["cause"], other["withdrawn"], other["complaints_open"], other["upheld_pct"]) == ("plain", 1, 0, None)


def test_complaints_are_counted_by_where_they_stand(world: World, clock: FakeClock) -> None:
    ruled(world, about_service(world, 3), Outcome.REJECT, clock, 1)
    about_service(world, 4)
    about_service(world, 5)

    counted = {each["stage"]: (each["complaints"], each["share_pct"]) for each in rows(world, "complaint_stages")}

    assert counted == {"OPEN": (2, 66.7), "RULED": (1, 33.3)}


def phase(world: World, name: str) -> dict[str, Any]:
    (only,) = [each for each in rows(world, "complaint_times") if each["phase"] == name]
    return only


def test_time_until_the_ruling_leaves_out_what_the_customer_took(each_world: World, clock: FakeClock) -> None:
    case = case_in(each_world, State.INSPECTION_ISSUE)
    complaint = investigated(each_world, case)
    clock.advance(hours=2)
    complaints.ask(each_world, complaint.complaint_no, AGENT, "请补一张照片")
    clock.advance(hours=20)
    complaints.add_own_evidence(each_world, CONVERSATION, complaint.complaint_no, "照片已发")
    clock.advance(hours=1)
    complaints.rule(each_world, complaint.complaint_no, SUPERVISOR, Outcome.REJECT, "照片能证明")

    assert (phase(each_world, "rule")["visits"], phase(each_world, "rule")["p50_seconds"]) == (1, 3 * 3600)
    assert (phase(each_world, "rule")["sla_met"], phase(each_world, "rule")["sla_hit_pct"]) == (1, 100.0)


def test_supervision_rules_once_more(each_world: World, clock: FakeClock) -> None:
    case = case_in(each_world, State.INSPECTION_ISSUE)
    complaint = investigated(each_world, case)
    complaints.rule(each_world, complaint.complaint_no, SUPERVISOR, Outcome.REJECT, "照片能证明")
    complaints.escalate(each_world, CONVERSATION, complaint.complaint_no)
    clock.advance(hours=5)
    complaints.rule(each_world, complaint.complaint_no, MANAGER, Outcome.REJECT, "复核后维持")

    told = phase(each_world, "rule")
    assert (told["visits"], told["p50_seconds"], told["p90_seconds"]) == (2, 0, 5 * 3600)
    assert row(each_world, "complaints")["escalated"] == 1


def test_a_missed_acknowledgement_counts_as_missed_whether_or_not_a_worker_saw_it(
    world: World, clock: FakeClock
) -> None:
    late, early = about_service(world, 3), about_service(world, 4)
    complaints.acknowledge(world, early, AGENT)
    clock.advance(hours=30)

    told = phase(world, "acknowledge")
    assert (told["sla_met"], told["sla_missed"], told["sla_hit_pct"]) == (1, 1, 50.0)
    complaints.acknowledge(world, late, AGENT)
    assert phase(world, "acknowledge")["sla_missed"] == 1
