"""What was said is forgotten when nobody has written for as long as the rule book says, and not before."""

from datetime import timedelta

import pytest

from backend.domain.case import State
from backend.domain.erasing import FORGOTTEN
from backend.ports import World
from backend.services import handoff
from backend.services.conversations import Notice, Said, receive, tell
from backend.services.replies import Turn
from backend.services.retention import forget_old_transcripts
from tests.clock import FakeClock
from tests.working import CONVERSATION, a_working_shop, case_in, stored, under_rules

KEPT = timedelta(days=30)


@pytest.fixture
def world(each_world: World) -> World:
    return under_rules(each_world, privacy__transcript_retention_days=KEPT.days)


def say(world: World, text: str = "我要退货") -> None:
    """The customer writes, and the bot has understood."""
    message = receive(world, CONVERSATION, Said(text)).message
    with world.read() as work:
        position = len(work.dialogue.all_sessions(CONVERSATION))
    turn = Turn(position=position, events=(("user", f'{{"text": "{text}"}}'),))
    handoff.write_turn(world, message, turn, epoch=0, run=0, last=True)


def said(world: World) -> set[str]:
    with world.read() as work:
        return {row.text for row in work.messages.after(CONVERSATION, 0, 100)}


def remembered(world: World) -> list[str]:
    with world.read() as work:
        return work.dialogue.all_sessions(CONVERSATION)


def test_words_and_the_dialogues_memory_go_when_their_time_is_over(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    say(world)
    clock.advance(days=29)
    assert forget_old_transcripts(world) == 0 and "我要退货" in said(world) and remembered(world)

    clock.advance(days=2)
    assert forget_old_transcripts(world) == 1
    assert said(world) == {FORGOTTEN} and remembered(world) == []
    assert forget_old_transcripts(world) == 0


def test_a_closed_case_stays_when_its_talk_goes(world: World, clock: FakeClock) -> None:
    case = case_in(world, State.CLOSED)
    before = stored(world, case)
    clock.advance(days=31)
    assert forget_old_transcripts(world) == 1
    assert stored(world, case) == before


@pytest.mark.parametrize("state", [State.SUBMITTED, State.RECEIVED])
def test_what_an_open_case_was_told_is_kept_however_old_it_is(world: World, clock: FakeClock, state: State) -> None:
    case_in(world, state)
    clock.advance(days=400)
    assert forget_old_transcripts(world) == 0


def test_a_talk_that_people_still_have_to_answer_is_kept(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    message = receive(world, CONVERSATION, Said("转人工")).message
    handoff.give_up_turn(world, message, (), epoch=0, run=0)
    clock.advance(days=400)
    assert forget_old_transcripts(world) == 0


def test_whoever_comes_back_is_heard_and_forgotten_anew(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    say(world)
    clock.advance(days=31)
    assert forget_old_transcripts(world) == 1
    say(world, "我又来了")
    assert said(world) == {FORGOTTEN, "我又来了"} and len(remembered(world)) == 1
    clock.advance(days=31)
    assert forget_old_transcripts(world) == 1
    assert said(world) == {FORGOTTEN}


def test_a_talk_that_is_gone_on_with_at_the_last_moment_is_kept(world: World, clock: FakeClock) -> None:
    a_working_shop(world)
    say(world)
    clock.advance(days=31)
    before = clock.now() - KEPT
    with world.write() as work:
        assert work.transcripts.quiet(before, 10) == [CONVERSATION]
        assert work.transcripts.is_quiet(CONVERSATION, before)
    tell(world, CONVERSATION, Notice("welcome"))
    with world.write() as work:
        assert not work.transcripts.is_quiet(CONVERSATION, before)
