"""Queues of cases: what stands where, in which order, page by page, and what a search finds."""

from collections.abc import Iterator

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.case_queue import Queue, first_queue
from backend.domain.lifecycle import Event
from backend.domain.work import Staff
from backend.ports import World
from backend.services.case_queue import Filters, queue_page, read_place, write_place
from backend.services.complaints import file_complaint
from tests.clock import FakeClock
from tests.working import NAMES, a_working_shop, do, file_case

AGENT = Staff(NAMES[Role.AGENT], Role.AGENT)


@pytest.fixture
def cases(each_world: World) -> Iterator[list[Case]]:
    """Three submitted cases of three conversations, a minute apart."""
    made = []
    for number in (1, 2, 3):
        conversation, order = f"conv-{number}", f"20261120000{number}"
        a_working_shop(each_world, conversation=conversation, order=order)
        made.append(file_case(each_world, conversation=conversation, order=order))
        each_world.clock.advance(minutes=1)  # type: ignore[attr-defined]
    yield made


def _numbers(world: World, queue: Queue, **narrowed: object) -> list[str]:
    page = queue_page(world, AGENT, queue, Filters(**narrowed))  # type: ignore[arg-type]
    return [each.case_no for each in page.cases]


def test_what_is_due_first_comes_first_and_what_is_urgent_before_it(each_world: World, cases: list[Case]) -> None:
    assert _numbers(each_world, Queue.REVIEW) == [case.case_no for case in cases]
    do(each_world, cases[2], Event.PRIORITY, Role.AGENT, priority=5)
    assert _numbers(each_world, Queue.REVIEW)[0] == cases[2].case_no


def test_pages_follow_each_other_without_gaps(each_world: World, cases: list[Case]) -> None:
    for queue in (Queue.REVIEW, Queue.ALL):
        seen, place = [], None
        for _ in range(3):
            page = queue_page(each_world, AGENT, queue, Filters(), place, limit=1)
            seen += [each.case_no for each in page.cases]
            place = read_place(write_place(page.next)) if page.next else None
        assert sorted(seen) == sorted(case.case_no or "" for case in cases) and place is None


def test_counts_tell_what_waits_and_what_is_late(each_world: World, cases: list[Case], clock: FakeClock) -> None:
    do(each_world, cases[0], Event.TAKE_OVER, Role.AGENT)
    do(each_world, cases[1], Event.ASK_INFO, Role.AGENT, items=("label",))
    file_complaint(each_world, "conv-3", "太慢了", cases[2].case_no)
    counts = queue_page(each_world, AGENT, Queue.ALL, Filters()).counts
    assert (counts[Queue.REVIEW], counts[Queue.CUSTOMER], counts[Queue.MINE]) == ((2, 0), (1, 0), (1, 0))
    assert counts[Queue.COMPLAINT] == (1, 0) and _numbers(each_world, Queue.COMPLAINT) == [cases[2].case_no]
    clock.advance(days=30)
    assert queue_page(each_world, AGENT, Queue.ALL, Filters()).counts[Queue.REVIEW] == (2, 2)
    assert len(_numbers(each_world, Queue.ALL, overdue=True)) == 2


def test_the_colour_follows_the_warnings_of_the_clocks(each_world: World, cases: list[Case], clock: FakeClock) -> None:
    def used() -> int:
        return queue_page(each_world, AGENT, Queue.REVIEW, Filters()).cases[0].used

    seen = {used()}
    for _ in range(72):
        clock.advance(hours=1)
        seen.add(used())
    assert seen == {0, 50, 80, 100}


def test_a_search_finds_by_case_order_and_the_end_of_the_phone(each_world: World, cases: list[Case]) -> None:
    number = cases[1].case_no or ""
    assert _numbers(each_world, Queue.REPAIR, text=number.lower()) == [number]
    assert _numbers(each_world, Queue.REPAIR, text=cases[1].order_no) == [number]
    assert len(_numbers(each_world, Queue.REPAIR, text="6688")) == 3
    assert _numbers(each_world, Queue.REPAIR, text="6689") == []


def test_filters_narrow_by_state_reason_owner_and_risk(each_world: World, cases: list[Case]) -> None:
    do(each_world, cases[0], Event.HOLD, Role.AGENT, reason="再看看")
    do(each_world, cases[1], Event.TAKE_OVER, Role.AGENT)
    risky = [cases[2].case_no, cases[0].case_no]  # held, and the third open case of one customer
    assert _numbers(each_world, Queue.ALL, risky=True) == risky
    assert _numbers(each_world, Queue.ALL, owner=AGENT.name) == [cases[1].case_no]
    assert len(_numbers(each_world, Queue.ALL, reason="no_reason")) == 3
    assert _numbers(each_world, Queue.ALL, reason="damaged") == []
    assert _numbers(each_world, Queue.ALL, state=State.CLOSED) == []


def test_each_role_comes_first_to_its_own_work() -> None:
    assert first_queue(Role.WAREHOUSE) is Queue.INSPECTION and first_queue(Role.ADMIN) is Queue.ALL


@pytest.mark.parametrize(
    "text", ["", "1~2", "x~~1", "1~yesterday~3", "1~2026-11-22~3", "1~~99999999999999999999", "-1~~1"]
)
def test_a_place_that_nobody_wrote_is_no_place(text: str) -> None:
    assert read_place(text) is None
