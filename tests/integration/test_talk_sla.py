"""How long customers may wait for people: counted in working time, told at 50, 80 and 100 percent, once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Mode
from backend.domain.ownership import Outcome
from backend.domain.talk_clocks import TalkClock, TalkClockName
from backend.domain.work import Staff
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, presence
from backend.services.agent_talk import AgentReply
from backend.services.conversations import Said, get_conversation, open_conversation, receive
from backend.services.staff import add_staff
from backend.services.talk_sla import clocks_of_talks, watch_talk_clocks
from tests.clock import START, FakeClock
from tests.working import under_rules

FIRST, SOLUTION = TalkClockName.FIRST_ANSWER, TalkClockName.SOLUTION


@pytest.fixture
def li(each_world: World) -> Staff:
    member = add_staff(each_world, "小李", Role.AGENT)
    presence.hear(each_world, member)
    return member


@pytest.fixture
def talk(each_world: World) -> str:
    """Somebody who asked for people at 10:00 of a day on which they work from 9 to 21."""
    conversation = open_conversation(each_world, "webchat", "u1")
    receive(each_world, conversation.id, Said("我要人工"))
    handoff.request_human(each_world, conversation.id, reason="asked", by="message:1")
    return conversation.id


@pytest.fixture
def answered(each_world: World, talk: str, li: Staff) -> str:
    """Claimed and answered at once."""
    ownership.claim(each_world, talk, li)
    agent_talk.reply(each_world, talk, li, AgentReply("您好"))
    return talk


def _clock(world: World, talk: str, name: TalkClockName) -> TalkClock:
    return next(each for each in clocks_of_talks(world)[talk] if each.name is name)


def _names(world: World, talk: str) -> list[TalkClockName]:
    return [each.name for each in clocks_of_talks(world)[talk]]


def _told(world: World, talk: str) -> list[tuple[str, Role, str | None, int]]:
    with world.read() as work:
        found = [each for each in work.alerts.of_conversation(talk) if each.detail["about"].startswith("sla:")]
    return [(each.kind, each.role, each.staff_name, each.detail["percent"]) for each in found]


@pytest.mark.parametrize(("minutes", "mark"), [(4, 0), (5, 50), (8, 80), (10, 100), (60, 100)])
def test_a_first_answer_is_late_after_ten_minutes(
    each_world: World, clock: FakeClock, talk: str, minutes: int, mark: int
) -> None:
    clock.advance(minutes=minutes)
    found = _clock(each_world, talk, FIRST)
    assert found.mark == mark and found.due_at == START.replace(minute=10)


def test_an_answer_ends_its_clock_and_a_new_owner_does_not_begin_it_again(
    each_world: World, clock: FakeClock, answered: str
) -> None:
    assert _names(each_world, answered) == [SOLUTION]
    clock.advance(seconds=1)
    boss = add_staff(each_world, "老陈", Role.SUPERVISOR)
    ownership.take_over(each_world, answered, boss)
    assert _names(each_world, answered) == [SOLUTION]


def test_what_was_promised_for_a_ticket_counts_where_it_is_later(
    each_world: World, clock: FakeClock, talk: str
) -> None:
    clock.advance(seconds=handoff.QUEUE_LIMIT.total_seconds() + 1)
    assert handoff.turn_into_tickets(each_world) == 1
    with each_world.read() as work:
        episode = work.episodes.current(talk)
    assert episode is not None and _clock(each_world, talk, FIRST).due_at == episode.promised_at
    assert _clock(each_world, talk, FIRST).mark == 0
    assert episode.promised_at is not None and _clock(each_world, talk, SOLUTION).due_at >= episode.promised_at


def test_a_ticket_for_nine_in_the_morning_is_due_at_nine_and_not_when_people_left_the_evening_before(
    each_world: World, clock: FakeClock
) -> None:
    clock.advance(hours=11, minutes=30)
    talk = open_conversation(each_world, "webchat", "u1").id
    handoff.request_human(each_world, talk, reason="asked", by="message:1")
    handoff.make_ticket(each_world, talk, by="test")
    nine = START.replace(day=START.day + 2, hour=START.hour - 1)
    for moment, mark in ((nine - timedelta(hours=11), 80), (nine, 100)):
        clock.advance(seconds=(moment - clock.now()).total_seconds())
        assert {(each.due_at, each.marks[-1], each.mark) for each in clocks_of_talks(each_world)[talk]} == {
            (nine, nine, mark)
        }


def test_at_night_no_time_passes(each_world: World, clock: FakeClock, answered: str) -> None:
    clock.advance(hours=11)
    evening = _clock(each_world, answered, SOLUTION)
    clock.advance(hours=12)
    assert _clock(each_world, answered, SOLUTION).used == evening.used == 11 * 100 // 8


def test_while_the_customer_is_waited_for_the_clock_stands_and_the_end_moves_on(
    each_world: World, clock: FakeClock, answered: str, li: Staff
) -> None:
    clock.advance(hours=1)
    ownership.wait_for_customer(each_world, answered, li, follow_up_hours=24)
    clock.advance(hours=2)
    waiting = _clock(each_world, answered, SOLUTION)
    assert (waiting.stands, waiting.used) == (True, 100 // 8)
    agent_talk.customer_wrote(each_world, answered)
    clock.advance(hours=3)
    going_on = _clock(each_world, answered, SOLUTION)
    assert (going_on.stands, going_on.mark) == (False, 50)
    assert going_on.due_at == START.replace(hour=START.hour + 8 + 2)


def test_what_is_over_has_no_clock(each_world: World, answered: str, li: Staff) -> None:
    ownership.resolve(each_world, answered, li, Outcome.SOLVED)
    assert clocks_of_talks(each_world) == {}


def test_in_the_queue_those_who_could_take_it_are_warned_and_supervisors_told_at_the_end(
    each_world: World, clock: FakeClock, talk: str
) -> None:
    for minutes in (5, 3, 2, 1):
        clock.advance(minutes=minutes)
        watch_talk_clocks(each_world)
    assert get_conversation(each_world, talk).mode is Mode.QUEUED
    assert _told(each_world, talk) == [
        ("warning", Role.AGENT, None, 50),
        ("warning", Role.AGENT, None, 80),
        ("breach", Role.SUPERVISOR, None, 100),
    ]


def test_whoever_has_it_is_warned_by_name_that_it_takes_long(
    each_world: World, clock: FakeClock, answered: str
) -> None:
    clock.advance(hours=4)
    assert watch_talk_clocks(each_world) == 1
    assert _told(each_world, answered) == [("warning", Role.AGENT, "小李", 50)]


def test_a_worker_that_was_away_tells_only_of_the_highest_mark(
    each_world: World, clock: FakeClock, answered: str
) -> None:
    clock.advance(hours=9)
    assert watch_talk_clocks(each_world) == 1
    assert [percent for *_, percent in _told(each_world, answered)] == [100]


def test_nobody_is_told_twice(each_world: World, clock: FakeClock, answered: str) -> None:
    clock.advance(hours=9)
    counts: list[Callable[[], int]] = [lambda: watch_talk_clocks(each_world)] * 3
    assert [count() for count in counts] == [1, 0, 0]


def test_another_time_with_people_is_told_of_anew(
    each_world: World, clock: FakeClock, answered: str, li: Staff
) -> None:
    clock.advance(hours=4)
    watch_talk_clocks(each_world)
    ownership.resolve(each_world, answered, li, Outcome.SOLVED)
    handoff.request_human(each_world, answered, reason="asked", by="message:9")
    clock.advance(minutes=5)
    assert watch_talk_clocks(each_world) == 1
    assert len(_told(each_world, answered)) == 2


def test_agents_who_rest_on_days_off_are_asked_on_the_next_working_day(each_world: World) -> None:
    weekdays = under_rules(each_world, calendar__agent_workdays_only=True)
    conversation = open_conversation(weekdays, "webchat", "u1")
    view = handoff.request_human(weekdays, conversation.id, reason="asked", by="message:1")
    assert START.weekday() == 6 and view.mode is Mode.TICKET
    assert view.promised_at == START + timedelta(days=2, hours=-1)  # 24 hours from Monday at 9
    other = open_conversation(each_world, "webchat", "u2")
    assert handoff.request_human(each_world, other.id, reason="asked", by="message:1").mode is Mode.QUEUED
