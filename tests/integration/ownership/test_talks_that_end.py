"""How a time with people ends: given back, solved, fallen silent, or left by an agent whose page is gone."""

from datetime import timedelta

import pytest

from backend.domain.conversation import Mode
from backend.domain.ownership import (
    ENDINGS,
    FIRST_ANSWER_LIMIT,
    HEARTBEAT_LOST,
    WITH_PEOPLE,
    Outcome,
    PresenceState,
)
from backend.domain.work import Staff
from backend.errors import TalkRefused
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, presence
from backend.services.conversations import Said, get_conversation, open_conversation, receive
from tests.clock import FakeClock
from tests.owning import said, told


def test_giving_back_leaves_the_bot_what_people_found_out_once(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    said(each_world, talk, li)
    ownership.give_back(each_world, talk, li, Outcome.SOLVED, slots={"order_no": "A1001"})
    conversation = get_conversation(each_world, talk)
    assert (conversation.mode, conversation.owner) == (Mode.BOT, None)
    assert told(each_world, talk)[-2:] == ["talk_given_back", "rate_talk"]
    with each_world.write() as work:
        (left,) = work.handbacks.waiting(10)
        assert (left.slots, left.resume) == ({"order_no": "A1001"}, True)
        assert work.handbacks.take(left.id, each_world.clock.now())
        assert not work.handbacks.take(left.id, each_world.clock.now())
        work.commit()


def test_nobody_is_asked_to_rate_an_agent_who_never_answered(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    ownership.give_back(each_world, talk, li, Outcome.UNSOLVED)
    assert "rate_talk" not in told(each_world, talk)


def test_who_answered_is_rated_though_the_colleague_who_took_it_on_says_nothing(
    each_world: World, talk: str, li: Staff, wang: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    said(each_world, talk, li)
    ownership.offer_transfer(each_world, talk, li, wang.name, "请接手")
    ownership.accept_transfer(each_world, talk, wang)
    ownership.resolve(each_world, talk, wang, Outcome.SOLVED)
    with each_world.read() as work:
        asked = work.talk.last_told(talk, ("rate_talk",))
    assert asked is not None and asked.payload["params"]["name"] == li.name


@pytest.mark.parametrize("outcome", ENDINGS)
def test_resolving_closes_the_conversation_with_its_outcome(
    each_world: World, talk: str, li: Staff, outcome: Outcome
) -> None:
    ownership.claim(each_world, talk, li)
    ownership.resolve(each_world, talk, li, outcome)
    assert get_conversation(each_world, talk).mode is Mode.CLOSED
    with each_world.read() as work:
        assert work.episodes.current(talk) is None


def test_what_the_customer_wrote_meanwhile_is_read_before_the_talk_ends(
    each_world: World, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    seen = get_conversation(each_world, talk).last_seq
    receive(each_world, talk, Said("等等，还有一件事"))
    for end in (ownership.resolve, ownership.give_back):
        with pytest.raises(TalkRefused) as refused:
            end(each_world, talk, li, Outcome.SOLVED, seen=seen)
        assert refused.value.reason == "unread"
    ownership.resolve(each_world, talk, li, Outcome.SOLVED, seen=get_conversation(each_world, talk).last_seq)
    assert get_conversation(each_world, talk).mode is Mode.CLOSED


def test_an_outcome_that_people_do_not_choose_is_refused(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    with pytest.raises(TalkRefused):
        ownership.resolve(each_world, talk, li, Outcome.CUSTOMER_IDLE)


def test_waiting_for_the_customer_ends_when_they_write(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    ownership.wait_for_customer(each_world, talk, li)
    assert get_conversation(each_world, talk).mode is Mode.WAIT_CUSTOMER
    agent_talk.customer_wrote(each_world, talk)
    assert (get_conversation(each_world, talk).mode, get_conversation(each_world, talk).owner) == (Mode.HUMAN, "小李")


def test_an_agent_whose_page_is_gone_loses_the_conversation_to_the_head_of_the_queue(
    each_world: World, clock: FakeClock, talk: str, li: Staff, wang: Staff
) -> None:
    other = open_conversation(each_world, "webchat", "u2")
    handoff.request_human(each_world, other.id, reason="asked", by="message:2")
    ownership.claim(each_world, talk, li)
    said(each_world, talk, li)
    agent_talk.keep_draft(each_world, talk, li, "我查一下")
    clock.advance(seconds=HEARTBEAT_LOST.total_seconds())
    presence.hear(each_world, wang)
    assert presence.look_after_talks(each_world) == 1
    conversation = get_conversation(each_world, talk)
    assert (conversation.mode, conversation.owner) == (Mode.QUEUED, None)
    assert told(each_world, talk)[-1] == "talk_requeued"
    with each_world.read() as work:
        assert [waiting.id for waiting, _ in work.ownership.waiting(10)] == [talk, other.id]
        assert work.notes.draft("小李", talk) == "我查一下"
    assert presence.look_after_talks(each_world) == 0


def test_a_claim_without_a_word_goes_back_to_the_queue(
    each_world: World, clock: FakeClock, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    clock.advance(seconds=FIRST_ANSWER_LIMIT.total_seconds() - 1)
    presence.hear(each_world, li)
    presence.look_after_talks(each_world)
    assert get_conversation(each_world, talk).owner == "小李"
    clock.advance(seconds=1)
    presence.hear(each_world, li)
    assert presence.look_after_talks(each_world) == 1
    assert get_conversation(each_world, talk).mode is Mode.QUEUED


def _wait(world: World, clock: FakeClock, li: Staff, wait: timedelta) -> int:
    clock.advance(seconds=wait.total_seconds())
    presence.hear(world, li)
    return presence.look_after_talks(world)


def test_a_silent_customer_is_nudged_once_and_later_the_conversation_ends(
    each_world: World, clock: FakeClock, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    said(each_world, talk, li)
    assert _wait(each_world, clock, li, timedelta(minutes=4)) == 0
    assert _wait(each_world, clock, li, timedelta(minutes=1)) == 1
    assert _wait(each_world, clock, li, timedelta(minutes=1)) == 0
    assert told(each_world, talk).count("talk_idle") == 1
    assert _wait(each_world, clock, li, timedelta(minutes=9)) == 1
    assert get_conversation(each_world, talk).mode is Mode.CLOSED
    assert told(each_world, talk)[-2:] == ["talk_closed_idle", "rate_talk"]


def test_a_follow_up_that_is_set_keeps_a_silent_conversation_open(
    each_world: World, clock: FakeClock, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    said(each_world, talk, li)
    ownership.wait_for_customer(each_world, talk, li, follow_up_hours=2)
    assert _wait(each_world, clock, li, timedelta(minutes=30)) == 0
    assert get_conversation(each_world, talk).mode is Mode.WAIT_CUSTOMER


def test_a_customer_who_waits_for_an_answer_is_never_idle(
    each_world: World, clock: FakeClock, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    said(each_world, talk, li)
    clock.advance(seconds=1)
    receive(each_world, talk, Said("那怎么办"))
    assert _wait(each_world, clock, li, timedelta(minutes=20)) == 0
    assert get_conversation(each_world, talk).mode in WITH_PEOPLE


def test_presence_is_what_staff_say_until_their_page_is_gone(each_world: World, clock: FakeClock, li: Staff) -> None:
    assert presence.say_presence(each_world, li, PresenceState.BUSY).state is PresenceState.BUSY
    assert presence.hear(each_world, li).state is PresenceState.BUSY
    clock.advance(seconds=HEARTBEAT_LOST.total_seconds())
    assert presence.hear(each_world, li).state is PresenceState.ONLINE
