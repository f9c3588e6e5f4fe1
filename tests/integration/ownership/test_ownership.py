"""Who owns a conversation: every change, by whom it may be made, and who is first when several try."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Author, Delivery, Mode
from backend.domain.ownership import (
    OFFER_LASTS,
    Outcome,
    PresenceState,
)
from backend.domain.work import Staff
from backend.errors import NotOwner, StaffNotFound, TalkRefused
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, presence
from backend.services.agent_talk import AgentReply
from backend.services.conversations import Said, get_conversation, receive
from backend.services.replies import Reply, Turn
from tests.clock import FakeClock
from tests.owning import at_work, said, told
from tests.racing import race


def test_a_claim_takes_a_conversation_out_of_the_queue_and_tells_the_customer_who_it_is(
    each_world: World, talk: str, li: Staff
) -> None:
    before = get_conversation(each_world, talk).epoch
    claimed = ownership.claim(each_world, talk, li)
    assert (claimed.mode, claimed.owner, claimed.epoch) == (Mode.HUMAN, "小李", before + 1)
    assert told(each_world, talk)[-1] == "talk_joined"


def test_claiming_twice_is_claiming_once(each_world: World, talk: str, li: Staff) -> None:
    first = ownership.claim(each_world, talk, li)
    assert ownership.claim(each_world, talk, li) == first
    assert told(each_world, talk).count("talk_joined") == 1


def test_of_two_agents_who_claim_in_the_same_instant_one_gets_it(each_world: World, talk: str) -> None:
    members = [at_work(each_world, f"客服{number}", Role.AGENT) for number in range(4)]

    def claim(number: int) -> bool:
        try:
            ownership.claim(each_world, talk, members[number])
        except NotOwner:
            return False
        return True

    outcomes = race(4, claim)
    assert sum(outcomes) == 1
    assert get_conversation(each_world, talk).owner == members[outcomes.index(True)].name
    assert told(each_world, talk).count("talk_joined") == 1


def test_who_comes_second_is_told_who_has_it(each_world: World, talk: str, li: Staff, wang: Staff) -> None:
    ownership.claim(each_world, talk, li)
    with pytest.raises(NotOwner) as refused:
        ownership.claim(each_world, talk, wang)
    assert refused.value.owner == "小李"


def test_a_ticket_can_be_claimed_too(each_world: World, clock: FakeClock, talk: str, li: Staff) -> None:
    clock.advance(seconds=handoff.QUEUE_LIMIT.total_seconds() + 1)
    assert handoff.turn_into_tickets(each_world) == 1
    assert ownership.claim(each_world, talk, li).mode is Mode.HUMAN


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.FINANCE, Role.REPAIR, Role.ADMIN])
def test_roles_that_do_not_talk_to_customers_cannot_claim(each_world: World, talk: str, role: Role) -> None:
    with pytest.raises(TalkRefused):
        ownership.claim(each_world, talk, at_work(each_world, "别人", role))


def test_who_is_off_cannot_take_a_conversation_that_would_be_lost_at_once(
    each_world: World, talk: str, li: Staff, wang: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    ownership.offer_transfer(each_world, talk, li, wang.name, "请接手")
    presence.say_presence(each_world, wang, PresenceState.OFFLINE)
    with pytest.raises(TalkRefused) as refused:
        ownership.accept_transfer(each_world, talk, wang)
    assert refused.value.reason == "offline"
    assert get_conversation(each_world, talk).owner == li.name


def test_only_the_owner_can_write_to_the_customer(each_world: World, talk: str, li: Staff, wang: Staff) -> None:
    with pytest.raises(NotOwner):
        said(each_world, talk, li)
    ownership.claim(each_world, talk, li)
    message = said(each_world, talk, li)
    assert message is not None
    assert (message.author, message.name, message.delivery) == (Author.AGENT, "小李", Delivery.QUEUED)
    with pytest.raises(NotOwner):
        said(each_world, talk, wang)


def test_a_reply_sent_twice_by_the_page_is_one_message(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    said = AgentReply("您好", client_id="p-1")
    assert agent_talk.reply(each_world, talk, li, said) is not None
    assert agent_talk.reply(each_world, talk, li, said) is None


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("  \n", "empty"), ("长" * 2001, "too_long")])
def test_nothing_and_too_much_cannot_be_sent(each_world: World, talk: str, li: Staff, text: str, reason: str) -> None:
    ownership.claim(each_world, talk, li)
    with pytest.raises(TalkRefused) as refused:
        said(each_world, talk, li, text)
    assert refused.value.reason == reason


def test_a_transfer_is_offered_with_a_note_and_takes_place_when_it_is_accepted(
    each_world: World, talk: str, li: Staff, wang: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    ownership.offer_transfer(each_world, talk, li, "小王", "顾客要求赔偿，请接手")
    assert said(each_world, talk, li) is not None  # until then the owner may go on
    assert ownership.accept_transfer(each_world, talk, wang).owner == "小王"
    with pytest.raises(NotOwner):
        said(each_world, talk, li)
    with each_world.read() as work:
        assert [note.text for note in work.notes.of_conversation(talk)] == ["顾客要求赔偿，请接手"]


def test_a_transfer_needs_a_note_and_a_colleague_who_talks(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    at_work(each_world, "仓库", Role.WAREHOUSE)
    with pytest.raises(TalkRefused):
        ownership.offer_transfer(each_world, talk, li, "小王", "  ")
    for nobody in ("没有这人", "仓库", "小李"):
        with pytest.raises(StaffNotFound):
            ownership.offer_transfer(each_world, talk, li, nobody, "请接手")


def test_an_offer_that_was_declined_or_is_over_cannot_be_accepted(
    each_world: World, clock: FakeClock, talk: str, li: Staff, wang: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    ownership.offer_transfer(each_world, talk, li, "小王", "请接手")
    ownership.decline_transfer(each_world, talk, wang)
    with pytest.raises(NotOwner):
        ownership.accept_transfer(each_world, talk, wang)
    ownership.offer_transfer(each_world, talk, li, "小王", "请接手")
    clock.advance(seconds=OFFER_LASTS.total_seconds())
    with pytest.raises(NotOwner):
        ownership.accept_transfer(each_world, talk, wang)
    assert get_conversation(each_world, talk).owner == "小李"


def test_the_log_keeps_who_declined_a_transfer(each_world: World, talk: str, li: Staff, wang: Staff) -> None:
    ownership.claim(each_world, talk, li)
    ownership.offer_transfer(each_world, talk, li, "小王", "请接手")
    for _ in range(2):  # there is nothing left to decline the second time
        ownership.decline_transfer(each_world, talk, wang)
    with each_world.read() as work:
        episode = work.episodes.current(talk)
        assert episode is not None
        actors = [each.actor for each in work.episodes.log_of(episode.id)]
    assert actors[-2:] == ["小李", "小王"] and actors.count("小王") == 1


@pytest.mark.parametrize("before", ["bot", "queue", "agent"])
def test_a_supervisor_takes_over_from_whoever_has_it(
    each_world: World, talk: str, li: Staff, boss: Staff, before: str
) -> None:
    if before == "bot":
        assert handoff.cancel_queue(each_world, talk, by="customer")
    if before == "agent":
        ownership.claim(each_world, talk, li)
    taken = ownership.take_over(each_world, talk, boss)
    assert (taken.mode, taken.owner) == (Mode.HUMAN, "老陈")
    with pytest.raises(NotOwner):
        said(each_world, talk, li)


def test_an_agent_cannot_take_over(each_world: World, talk: str, li: Staff, wang: Staff) -> None:
    ownership.claim(each_world, talk, li)
    with pytest.raises(TalkRefused):
        ownership.take_over(each_world, talk, wang)


Change = Callable[[World, str, Staff], object]
OWNERS_ALONE: dict[str, Change] = {
    "transfer": lambda world, talk, member: ownership.offer_transfer(world, talk, member, "老陈", "请接手"),
    "give back": lambda world, talk, member: ownership.give_back(world, talk, member, Outcome.SOLVED),
    "wait": lambda world, talk, member: ownership.wait_for_customer(world, talk, member),
    "resolve": lambda world, talk, member: ownership.resolve(world, talk, member, Outcome.SOLVED),
}


@pytest.mark.parametrize("change", OWNERS_ALONE.values(), ids=OWNERS_ALONE)
def test_what_only_the_owner_may_do_is_refused_to_others_and_changes_nothing(
    each_world: World, talk: str, li: Staff, wang: Staff, boss: Staff, change: Change
) -> None:
    ownership.claim(each_world, talk, li)
    before = get_conversation(each_world, talk)
    with pytest.raises(NotOwner):
        change(each_world, talk, wang)
    assert get_conversation(each_world, talk) == before


def test_every_change_of_owner_is_written_down(each_world: World, talk: str, li: Staff, wang: Staff) -> None:
    with each_world.read() as work:
        episode = work.episodes.current(talk)
    assert episode is not None
    ownership.claim(each_world, talk, li)
    ownership.offer_transfer(each_world, talk, li, "小王", "请接手")
    ownership.accept_transfer(each_world, talk, wang)
    ownership.resolve(each_world, talk, wang, Outcome.SOLVED)
    with each_world.read() as work:
        logged = work.episodes.log_of(episode.id)
    assert [(entry.actor, entry.to_mode) for entry in logged][-4:] == [
        ("小李", Mode.HUMAN),
        ("小李", Mode.HUMAN),
        ("小王", Mode.HUMAN),
        ("小王", Mode.CLOSED),
    ]


def test_a_turn_of_the_bot_that_was_under_way_during_a_claim_is_never_delivered(
    each_world: World, talk: str, boss: Staff
) -> None:
    assert handoff.cancel_queue(each_world, talk, by="customer")
    message = receive(each_world, talk, Said("进度")).message
    epoch = get_conversation(each_world, talk).epoch
    ownership.take_over(each_world, talk, boss)
    handoff.write_turn(each_world, message, Turn((Reply("我是机器人"),)), epoch=epoch, run=0, last=True)
    with each_world.write() as work:
        (late,) = [row for row in work.messages.queued(talk, 100) if row.text == "我是机器人"]
        assert not work.messages.lease(late.id, each_world.clock.now(), each_world.clock.now() + timedelta(minutes=1))
        work.commit()
