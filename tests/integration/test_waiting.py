"""Customers in the queue: their place when it changes, a way out when it takes long, staff who know of it."""

import pytest

from backend.domain.case import Role
from backend.domain.ownership import SOFT_LIMIT
from backend.ports import World
from backend.services import handoff, ownership, presence
from backend.services.conversations import open_conversation
from backend.services.staff import add_staff
from backend.services.waiting import look_after_queue
from tests.clock import FakeClock
from tests.racing import race
from tests.working import under_rules


@pytest.fixture
def two(each_world: World, clock: FakeClock) -> list[str]:
    """Two who wait, in their order."""
    waiting = []
    for visitor in ("first", "second"):
        waiting.append(open_conversation(each_world, "webchat", visitor).id)
        handoff.request_human(each_world, waiting[-1], reason="asked", by="test")
        clock.advance(seconds=1)
    return waiting


def told(world: World, conversation_id: str) -> list[str]:
    with world.read() as work:
        return [row.template or "" for row in work.messages.queued(conversation_id, 100)][1:]


def test_a_place_is_told_when_it_has_changed_and_once_a_minute_at_most(
    each_world: World, two: list[str], clock: FakeClock
) -> None:
    first, second = two
    clock.advance(seconds=60)
    assert look_after_queue(each_world) == 0
    third = open_conversation(each_world, "webchat", "urgent").id
    handoff.request_human(each_world, third, reason="safety", by="test")
    handoff.cancel_queue(each_world, first, by="test")
    assert look_after_queue(each_world) == 0  # one came before them, one left
    handoff.cancel_queue(each_world, third, by="test")
    assert sum(race(3, lambda _: look_after_queue(each_world))) == 1
    assert told(each_world, second) == ["queue_joined", "queue_position"]
    with each_world.read() as work:
        assert work.messages.queued(second, 100)[-1].payload["params"]["position"] == 1


def test_a_place_that_changes_right_after_it_was_told_waits_its_minute(
    each_world: World, two: list[str], clock: FakeClock
) -> None:
    first, second = two
    handoff.cancel_queue(each_world, first, by="test")
    assert look_after_queue(each_world) == 0
    clock.advance(seconds=60)
    assert look_after_queue(each_world) == 1
    assert told(each_world, second)[-1] == "queue_position"


def test_d1_how_often_a_place_is_told_is_in_the_rules(each_world: World, two: list[str], clock: FakeClock) -> None:
    seldom = under_rules(each_world, handoff__queue_ack_seconds=100)
    handoff.cancel_queue(each_world, two[0], by="test")
    clock.advance(seconds=98)  # the second of the two came a second ago
    assert look_after_queue(seldom) == 0
    clock.advance(seconds=1)
    assert look_after_queue(seldom) == 1


def test_after_three_minutes_a_way_out_is_offered_once_and_supervisors_know(
    each_world: World, two: list[str], clock: FakeClock
) -> None:
    first, _ = two
    clock.advance(seconds=SOFT_LIMIT.total_seconds() - 2)
    assert look_after_queue(each_world) == 1
    assert look_after_queue(each_world) == 0
    clock.advance(seconds=1)
    assert sum(race(2, lambda _: look_after_queue(each_world))) == 1
    assert told(each_world, first) == ["queue_joined", "queue_long"]
    with each_world.read() as work:
        alerts = work.alerts.of_conversation(first)
    assert [each.role for each in alerts if each.detail["about"].startswith("waits_long")] == [Role.SUPERVISOR]


def test_a_ticket_left_by_the_customer_has_a_promise(each_world: World, two: list[str]) -> None:
    assert handoff.make_ticket(each_world, two[0], by="message:1")
    assert not handoff.make_ticket(each_world, two[0], by="message:1")
    assert handoff.view_handoff(each_world, two[0]).promised_at is not None
    assert handoff.view_handoff(each_world, two[1]).position == 1


def test_whoever_was_taken_is_told_nothing_of_the_queue(each_world: World, two: list[str], clock: FakeClock) -> None:
    li = add_staff(each_world, "小李", Role.AGENT)
    presence.hear(each_world, li)
    for each in two:
        ownership.claim(each_world, each, li)
    clock.advance(minutes=5)
    assert look_after_queue(each_world) == 0


def test_a_silent_owner_is_warned_after_a_minute_and_loses_it_after_two(
    each_world: World, two: list[str], clock: FakeClock
) -> None:
    li = add_staff(each_world, "小李", Role.AGENT)
    presence.hear(each_world, li)
    ownership.claim(each_world, two[0], li)
    for _ in range(2):
        clock.advance(seconds=30)
        presence.hear(each_world, li)
    assert presence.look_after_talks(each_world) == 1
    assert presence.look_after_talks(each_world) == 0
    for _ in range(2):
        clock.advance(seconds=30)
        presence.hear(each_world, li)
    assert presence.look_after_talks(each_world) == 1
    with each_world.read() as work:
        found = [(each.kind, each.role, each.staff_name) for each in work.alerts.of_conversation(two[0])]
    assert ("warning", Role.AGENT, "小李") in found
    assert ("escalation", Role.SUPERVISOR, None) in found
    assert found.count(("task", Role.AGENT, None)) == 2  # wanted again, one level more urgent
