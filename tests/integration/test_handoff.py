"""Giving a conversation to people and taking it back, on both databases."""

from datetime import datetime, timedelta, timezone

import pytest

from backend.domain.agent_hours import AgentHours
from backend.domain.case import Role
from backend.domain.conversation import Mode
from backend.domain.ownership import ROLE_OF_SKILL
from backend.errors import ConversationNotFound
from backend.ports import World
from backend.services import escalation, handoff, identity, presence
from backend.services.conversations import Said, get_conversation, open_conversation, receive
from backend.services.handoff import HandoffView, request_human
from backend.services.replies import Reply, Turn
from backend.services.staff import add_staff
from tests.builders import an_order
from tests.clock import START, FakeClock
from tests.racing import race


@pytest.fixture
def conversation_id(each_world: World) -> str:
    return open_conversation(each_world, "webchat", "visitor").id


def notices(world: World, conversation_id: str) -> list[str | None]:
    """The templates of what the customer will be told, without the welcome."""
    with world.read() as work:
        return [row.template for row in work.messages.queued(conversation_id, 100)][1:]


def test_asking_for_a_person_joins_the_queue(each_world: World, conversation_id: str) -> None:
    view = request_human(each_world, conversation_id, reason="asked", by="message:1", summary={"order_no": "A1"})
    assert view == HandoffView(Mode.QUEUED, position=1)
    conversation = get_conversation(each_world, conversation_id)
    assert (conversation.mode, conversation.epoch, conversation.epoch_by) == (Mode.QUEUED, 1, "message:1")
    assert notices(each_world, conversation_id) == ["queue_joined"]


def test_asking_again_changes_nothing(each_world: World, conversation_id: str) -> None:
    first = request_human(each_world, conversation_id, reason="asked", by="message:1")
    assert request_human(each_world, conversation_id, reason="asked", by="message:2") == first
    assert get_conversation(each_world, conversation_id).epoch == 1
    assert notices(each_world, conversation_id) == ["queue_joined"]


def test_who_came_first_stands_first(each_world: World, conversation_id: str, clock: FakeClock) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    clock.advance(seconds=1)
    second = open_conversation(each_world, "webchat", "second").id
    assert request_human(each_world, second, reason="asked", by="test").position == 2
    handoff.cancel_queue(each_world, conversation_id, by="test")
    assert handoff.view_handoff(each_world, second).position == 1


def test_five_minutes_of_waiting_count_as_much_as_a_level(
    each_world: World, conversation_id: str, clock: FakeClock
) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    clock.advance(minutes=4)
    angry = open_conversation(each_world, "webchat", "angry").id
    assert request_human(each_world, angry, reason="anger", by="test").position == 1
    clock.advance(minutes=2)
    late = open_conversation(each_world, "webchat", "late").id
    assert request_human(each_world, late, reason="anger", by="test").position == 3
    assert handoff.view_handoff(each_world, conversation_id).position == 2
    clock.advance(hours=1)
    hurt = open_conversation(each_world, "webchat", "hurt").id
    assert request_human(each_world, hurt, reason="safety", by="test").position == 4


def test_who_waits_keeps_their_place_whatever_time_passes(
    each_world: World, conversation_id: str, clock: FakeClock
) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    clock.advance(minutes=3)
    angry = open_conversation(each_world, "webchat", "angry").id
    request_human(each_world, angry, reason="anger", by="test")
    for _ in range(4):
        clock.advance(minutes=2)
        assert handoff.view_handoff(each_world, angry).position == 1
        assert handoff.view_handoff(each_world, conversation_id).position == 2


def test_a_vip_stands_before_others_whatever_they_ask_for(each_world: World, conversation_id: str) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    vip = open_conversation(each_world, "webchat", "vip").id
    with each_world.write() as work:
        work.orders.put(an_order(buyer_tier="vip"))
        work.commit()
    identity.prove(each_world, vip, "A1001", "6688")
    assert [each.reason for each in escalation.standing(each_world, vip)] == ["vip"]
    assert request_human(each_world, vip, reason="asked", by="test").position == 1


def test_what_the_bot_says_in_the_turn_comes_before_the_notice_of_the_queue(
    each_world: World, conversation_id: str
) -> None:
    message = receive(each_world, conversation_id, Said(text="手割破了", client_id="1")).message
    by = f"message:{message.id}"
    request_human(each_world, conversation_id, reason="safety", by=by, in_turn=True)
    assert notices(each_world, conversation_id) == []
    handoff.write_turn(each_world, message, Turn((Reply("请先就医"),)), epoch=0, run=0, last=True)
    with each_world.read() as work:
        rows = work.messages.queued(conversation_id, 100)[1:]
    assert [row.template or row.text for row in rows] == ["请先就医", "queue_joined"]
    assert {row.epoch for row in rows} == {1}


def test_a_turn_that_died_after_giving_the_conversation_away_is_made_up_for(
    each_world: World, conversation_id: str
) -> None:
    request_human(each_world, conversation_id, reason="asked", by="message:1", in_turn=True)
    handoff.acknowledge_waiting(each_world, conversation_id)
    handoff.acknowledge_waiting(each_world, conversation_id)
    assert notices(each_world, conversation_id) == ["queue_joined", "queue_ack"]


def test_of_many_who_ask_at_once_one_hands_over(each_world: World, conversation_id: str) -> None:
    race(4, lambda number: request_human(each_world, conversation_id, reason="asked", by=f"message:{number}"))
    assert get_conversation(each_world, conversation_id).epoch == 1
    assert notices(each_world, conversation_id) == ["queue_joined"]


def test_leaving_the_queue_leads_back_to_the_bot_once(each_world: World, conversation_id: str) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    left = race(3, lambda _: handoff.cancel_queue(each_world, conversation_id, by="test"))
    assert sorted(left) == [False, False, True]
    assert get_conversation(each_world, conversation_id).mode is Mode.BOT
    assert notices(each_world, conversation_id) == ["queue_joined", "queue_cancelled"]
    assert request_human(each_world, conversation_id, reason="asked", by="test").position == 1


def test_after_ten_minutes_a_wait_becomes_a_ticket_with_a_promise(
    each_world: World, conversation_id: str, clock: FakeClock
) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    clock.advance(minutes=10)
    assert handoff.turn_into_tickets(each_world) == 0
    clock.advance(seconds=1)
    assert sum(race(2, lambda _: handoff.turn_into_tickets(each_world))) == 1
    promised = clock.now() + timedelta(hours=24)
    assert handoff.view_handoff(each_world, conversation_id) == HandoffView(Mode.TICKET, promised_at=promised)
    assert notices(each_world, conversation_id) == ["queue_joined", "ticket_opened"]


def test_a_ticket_stays_a_ticket_when_a_person_is_asked_for_again(
    each_world: World, conversation_id: str, clock: FakeClock
) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    clock.advance(minutes=11)
    handoff.turn_into_tickets(each_world)
    view = request_human(each_world, conversation_id, reason="asked", by="test")
    assert view.mode is Mode.TICKET and view.promised_at is not None
    assert notices(each_world, conversation_id)[-1] == "ticket_standing"


def test_at_night_it_is_a_ticket_at_once_and_the_customer_is_told_when_people_begin(
    each_world: World, conversation_id: str, clock: FakeClock
) -> None:
    clock.advance(hours=13)  # 23:00
    view = request_human(each_world, conversation_id, reason="asked", by="test")
    assert (view.mode, view.promised_at) == (Mode.TICKET, datetime(2026, 11, 24, 1, tzinfo=timezone.utc))
    with each_world.read() as work:
        (notice,) = work.messages.queued(conversation_id, 100)[1:]
    assert notice.template == "ticket_after_hours"
    assert notice.payload["params"]["opens_at"] == "2026-11-23T01:00:00+00:00"


def test_at_night_the_ticket_is_told_below_what_the_bot_says(
    each_world: World, conversation_id: str, clock: FakeClock
) -> None:
    clock.advance(hours=13)
    message = receive(each_world, conversation_id, Said(text="我要人工", client_id="1")).message
    request_human(each_world, conversation_id, reason="asked", by=f"message:{message.id}", in_turn=True)
    handoff.write_turn(each_world, message, Turn((Reply("好的"),)), epoch=0, run=0, last=True)
    with each_world.read() as work:
        rows = work.messages.queued(conversation_id, 100)[1:]
    assert [row.template or row.text for row in rows] == ["好的", "ticket_after_hours"]


def told_staff(world: World, conversation_id: str) -> list[tuple[str, Role, str]]:
    with world.read() as work:
        found = work.alerts.of_conversation(conversation_id)
    return [(each.kind, each.role, each.detail["about"].partition(":")[0]) for each in found]


@pytest.mark.parametrize("reason", escalation.triggers())
def test_every_hand_over_alerts_whoever_has_the_skill(each_world: World, conversation_id: str, reason: str) -> None:
    request_human(each_world, conversation_id, reason=reason, by="test")
    role = ROLE_OF_SKILL[escalation.triggers()[reason].skill]
    assert ("task", role, "wanted") in told_staff(each_world, conversation_id)


def test_supervisors_know_when_no_agent_is_free(each_world: World, conversation_id: str) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    assert ("warning", Role.SUPERVISOR, "nobody_free") in told_staff(each_world, conversation_id)
    presence.hear(each_world, add_staff(each_world, "小李", Role.AGENT))
    other = open_conversation(each_world, "webchat", "other").id
    request_human(each_world, other, reason="asked", by="test")
    assert told_staff(each_world, other) == [("task", Role.AGENT, "wanted")]


def test_a_ticket_is_brought_to_agents_and_supervisors(
    each_world: World, conversation_id: str, clock: FakeClock
) -> None:
    request_human(each_world, conversation_id, reason="asked", by="test")
    clock.advance(minutes=11)
    handoff.turn_into_tickets(each_world)
    escalated = [role for kind, role, about in told_staff(each_world, conversation_id) if about == "ticket"]
    assert set(escalated) == {Role.AGENT, Role.SUPERVISOR}


def test_what_does_not_exist_cannot_be_handed_over(each_world: World) -> None:
    with pytest.raises(ConversationNotFound):
        request_human(each_world, "nobody", reason="asked", by="test")


@pytest.mark.parametrize(
    ("hour", "next_hour"),
    [(8, 9), (9, 9), (20, 20), (21, 9), (23, 9)],
    ids=["before", "at the beginning", "within", "at the end", "at night"],
)
def test_when_people_work_next(hour: int, next_hour: int) -> None:
    hours = AgentHours(9, 21)
    moment = datetime(2026, 11, 22, hour, tzinfo=hours.zone)
    found = hours.next_moment(moment)
    assert found.tzinfo is timezone.utc
    assert found.astimezone(hours.zone).hour == next_hour
    assert found >= moment
    assert hours.cover(START)
