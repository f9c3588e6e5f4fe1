"""The lists of conversations, on both databases: who waits since when, what is unread, who is found by what."""

from datetime import timedelta

import pytest

from backend.domain.case import Role
from backend.domain.work import Staff
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, talks_view
from backend.services.agent_talk import AgentReply
from backend.services.conversations import Said, open_conversation, receive
from backend.services.staff import add_staff
from backend.services.talks_view import board, found
from tests.clock import FakeClock
from tests.working import CONVERSATION, ORDER, a_working_shop, file_case


@pytest.fixture
def li(each_world: World) -> Staff:
    return add_staff(each_world, "小李", Role.AGENT)


def _queued(world: World, user: str) -> str:
    talk = open_conversation(world, "webchat", user).id
    receive(world, talk, Said(f"我是{user}"))
    handoff.request_human(world, talk, reason="asked", by="message:1")
    return talk


def test_an_empty_shop_has_empty_lists(each_world: World, li: Staff) -> None:
    lists = board(each_world, li)
    assert not (lists.offered or lists.mine or lists.queue or lists.tickets or lists.others)


def test_the_queue_stands_in_its_order_with_the_customers_last_words(
    each_world: World, clock: FakeClock, li: Staff
) -> None:
    first = _queued(each_world, "u1")
    clock.advance(seconds=30)
    second = _queued(each_world, "u2")
    receive(each_world, first, Said("还在吗"))
    queue = board(each_world, li).queue
    assert [(entry.conversation.id, entry.words) for entry in queue] == [(first, "还在吗"), (second, "我是u2")]


def test_an_owner_is_waited_for_since_the_first_line_that_nobody_answered(
    each_world: World, clock: FakeClock, li: Staff
) -> None:
    talk = _queued(each_world, "u1")
    ownership.claim(each_world, talk, li)
    agent_talk.reply(each_world, talk, li, AgentReply("您好"))
    (answered,) = board(each_world, li).mine
    asked = clock.advance(seconds=10)
    receive(each_world, talk, Said("杯子碎了"))
    clock.advance(seconds=20)
    receive(each_world, talk, Said("怎么办"))
    (waits,) = board(each_world, li).mine
    assert (answered.waits_since, answered.unread) == (None, 0)
    assert (waits.waits_since, waits.unread) == (asked, 2)


def test_nobody_waits_for_an_owner_longer_than_they_have_owned(each_world: World, clock: FakeClock, li: Staff) -> None:
    talk = _queued(each_world, "u1")
    claimed_at = clock.advance(seconds=90)
    ownership.claim(each_world, talk, li)
    (mine,) = board(each_world, li).mine
    assert mine.waits_since == claimed_at


def test_a_talk_is_found_by_what_identifies_its_buyer_or_case(each_world: World) -> None:
    a_working_shop(each_world)
    receive(each_world, CONVERSATION, Said("我要退货"))
    case = file_case(each_world)
    for typed in (case.case_no or "", ORDER, "2026 1120-0001", "6688"):
        assert [entry.conversation.id for entry in found(each_world, typed)] == [CONVERSATION]
    for typed in ("", " ", "688", "0000", "%%%%", "RC"):
        assert found(each_world, typed) == ()


def test_lines_come_from_the_end_or_from_a_number(each_world: World, li: Staff) -> None:
    talk = _queued(each_world, "u1")
    for number in range(talks_view.SHOWN_LINES):
        receive(each_world, talk, Said(str(number)))
    newest = talks_view.talk_view(each_world, talk, li)
    whole = talks_view.talk_view(each_world, talk, li, since=1)
    assert newest.earlier and len(newest.lines) == talks_view.SHOWN_LINES
    assert not whole.earlier and whole.lines[-talks_view.SHOWN_LINES :] == newest.lines


@pytest.mark.parametrize(
    ("seconds", "colour"), [(0, "good"), (59, "good"), (60, "warn"), (120, "bad"), (180, "bad over")]
)
def test_a_wait_has_its_colour(clock: FakeClock, seconds: int, colour: str) -> None:
    marks = [clock.now() + timedelta(minutes=minutes) for minutes in (1, 2, 3)]
    assert talks_view.urgency(marks, clock.advance(seconds=seconds)) == colour


def test_a_wait_without_marks_is_no_cause_for_worry(clock: FakeClock) -> None:
    assert talks_view.urgency((), clock.now()) == "good"
