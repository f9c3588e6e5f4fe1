"""Who owns a conversation: every change, by whom it may be made, and who is first when several try."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Author, Conversation, Delivery, Message, Mode
from backend.domain.ownership import (
    ENDINGS,
    FIRST_ANSWER_LIMIT,
    HEARTBEAT_LOST,
    OFFER_LASTS,
    WITH_PEOPLE,
    Outcome,
    PresenceState,
)
from backend.domain.work import Staff
from backend.errors import NotOwner, StaffNotFound, TalkRefused
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, presence
from backend.services.agent_talk import AgentReply
from backend.services.conversations import Reply, Said, Turn, get_conversation, open_conversation, receive
from backend.services.staff import add_staff
from tests.clock import FakeClock
from tests.racing import race


@pytest.fixture
def li(each_world: World) -> Staff:
    return _at_work(each_world, "小李", Role.AGENT)


@pytest.fixture
def wang(each_world: World) -> Staff:
    return _at_work(each_world, "小王", Role.AGENT)


@pytest.fixture
def boss(each_world: World) -> Staff:
    return _at_work(each_world, "老陈", Role.SUPERVISOR)


@pytest.fixture
def talk(each_world: World) -> str:
    """A conversation in the queue."""
    conversation = open_conversation(each_world, "webchat", "u1")
    receive(each_world, conversation.id, Said("我要人工"))
    handoff.request_human(each_world, conversation.id, reason="asked", by="message:1")
    return conversation.id


def _at_work(world: World, name: str, role: Role) -> Staff:
    member = add_staff(world, name, role)
    presence.hear(world, member)
    return member


def _now(world: World, talk: str) -> Conversation:
    return get_conversation(world, talk)


def _told(world: World, talk: str) -> list[str]:
    with world.read() as work:
        return [row.template or "" for row in work.messages.queued(talk, 100)]


def _said(world: World, talk: str, member: Staff, text: str = "您好，我来处理") -> Message | None:
    return agent_talk.reply(world, talk, member, AgentReply(text))


def test_a_claim_takes_a_conversation_out_of_the_queue_and_tells_the_customer_who_it_is(
    each_world: World, talk: str, li: Staff
) -> None:
    before = _now(each_world, talk).epoch
    claimed = ownership.claim(each_world, talk, li)
    assert (claimed.mode, claimed.owner, claimed.epoch) == (Mode.HUMAN, "小李", before + 1)
    assert _told(each_world, talk)[-1] == "talk_joined"


def test_claiming_twice_is_claiming_once(each_world: World, talk: str, li: Staff) -> None:
    first = ownership.claim(each_world, talk, li)
    assert ownership.claim(each_world, talk, li) == first
    assert _told(each_world, talk).count("talk_joined") == 1


def test_of_two_agents_who_claim_in_the_same_instant_one_gets_it(each_world: World, talk: str) -> None:
    members = [_at_work(each_world, f"客服{number}", Role.AGENT) for number in range(4)]

    def claim(number: int) -> bool:
        try:
            ownership.claim(each_world, talk, members[number])
        except NotOwner:
            return False
        return True

    outcomes = race(4, claim)
    assert sum(outcomes) == 1
    assert _now(each_world, talk).owner == members[outcomes.index(True)].name
    assert _told(each_world, talk).count("talk_joined") == 1


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
        ownership.claim(each_world, talk, _at_work(each_world, "别人", role))


def test_who_is_off_cannot_take_a_conversation_that_would_be_lost_at_once(
    each_world: World, talk: str, li: Staff, wang: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    ownership.offer_transfer(each_world, talk, li, wang.name, "请接手")
    presence.say_presence(each_world, wang, PresenceState.OFFLINE)
    with pytest.raises(TalkRefused) as refused:
        ownership.accept_transfer(each_world, talk, wang)
    assert refused.value.reason == "offline"
    assert _now(each_world, talk).owner == li.name


def test_only_the_owner_can_write_to_the_customer(each_world: World, talk: str, li: Staff, wang: Staff) -> None:
    with pytest.raises(NotOwner):
        _said(each_world, talk, li)
    ownership.claim(each_world, talk, li)
    message = _said(each_world, talk, li)
    assert message is not None
    assert (message.author, message.name, message.delivery) == (Author.AGENT, "小李", Delivery.QUEUED)
    with pytest.raises(NotOwner):
        _said(each_world, talk, wang)


def test_a_reply_sent_twice_by_the_page_is_one_message(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    said = AgentReply("您好", client_id="p-1")
    assert agent_talk.reply(each_world, talk, li, said) is not None
    assert agent_talk.reply(each_world, talk, li, said) is None


@pytest.mark.parametrize(("text", "reason"), [("", "empty"), ("  \n", "empty"), ("长" * 2001, "too_long")])
def test_nothing_and_too_much_cannot_be_sent(each_world: World, talk: str, li: Staff, text: str, reason: str) -> None:
    ownership.claim(each_world, talk, li)
    with pytest.raises(TalkRefused) as refused:
        _said(each_world, talk, li, text)
    assert refused.value.reason == reason


def test_a_transfer_is_offered_with_a_note_and_takes_place_when_it_is_accepted(
    each_world: World, talk: str, li: Staff, wang: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    ownership.offer_transfer(each_world, talk, li, "小王", "顾客要求赔偿，请接手")
    assert _said(each_world, talk, li) is not None  # until then the owner may go on
    assert ownership.accept_transfer(each_world, talk, wang).owner == "小王"
    with pytest.raises(NotOwner):
        _said(each_world, talk, li)
    with each_world.read() as work:
        assert [note.text for note in work.notes.of_conversation(talk)] == ["顾客要求赔偿，请接手"]


def test_a_transfer_needs_a_note_and_a_colleague_who_talks(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    _at_work(each_world, "仓库", Role.WAREHOUSE)
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
    assert _now(each_world, talk).owner == "小李"


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
        _said(each_world, talk, li)


def test_an_agent_cannot_take_over(each_world: World, talk: str, li: Staff, wang: Staff) -> None:
    ownership.claim(each_world, talk, li)
    with pytest.raises(TalkRefused):
        ownership.take_over(each_world, talk, wang)


def test_giving_back_leaves_the_bot_what_people_found_out_once(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    _said(each_world, talk, li)
    ownership.give_back(each_world, talk, li, Outcome.SOLVED, slots={"order_no": "A1001"})
    conversation = _now(each_world, talk)
    assert (conversation.mode, conversation.owner) == (Mode.BOT, None)
    assert _told(each_world, talk)[-2:] == ["talk_given_back", "rate_talk"]
    with each_world.write() as work:
        (left,) = work.handbacks.waiting(10)
        assert (left.slots, left.resume) == ({"order_no": "A1001"}, True)
        assert work.handbacks.take(left.id, each_world.clock.now())
        assert not work.handbacks.take(left.id, each_world.clock.now())
        work.commit()


def test_nobody_is_asked_to_rate_an_agent_who_never_answered(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    ownership.give_back(each_world, talk, li, Outcome.UNSOLVED)
    assert "rate_talk" not in _told(each_world, talk)


def test_who_answered_is_rated_though_the_colleague_who_took_it_on_says_nothing(
    each_world: World, talk: str, li: Staff, wang: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    _said(each_world, talk, li)
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
    assert _now(each_world, talk).mode is Mode.CLOSED
    with each_world.read() as work:
        assert work.episodes.current(talk) is None


def test_what_the_customer_wrote_meanwhile_is_read_before_the_talk_ends(
    each_world: World, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    seen = _now(each_world, talk).last_seq
    receive(each_world, talk, Said("等等，还有一件事"))
    for end in (ownership.resolve, ownership.give_back):
        with pytest.raises(TalkRefused) as refused:
            end(each_world, talk, li, Outcome.SOLVED, seen=seen)
        assert refused.value.reason == "unread"
    ownership.resolve(each_world, talk, li, Outcome.SOLVED, seen=_now(each_world, talk).last_seq)
    assert _now(each_world, talk).mode is Mode.CLOSED


def test_an_outcome_that_people_do_not_choose_is_refused(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    with pytest.raises(TalkRefused):
        ownership.resolve(each_world, talk, li, Outcome.CUSTOMER_IDLE)


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
    before = _now(each_world, talk)
    with pytest.raises(NotOwner):
        change(each_world, talk, wang)
    assert _now(each_world, talk) == before


def test_waiting_for_the_customer_ends_when_they_write(each_world: World, talk: str, li: Staff) -> None:
    ownership.claim(each_world, talk, li)
    ownership.wait_for_customer(each_world, talk, li)
    assert _now(each_world, talk).mode is Mode.WAIT_CUSTOMER
    agent_talk.customer_wrote(each_world, talk)
    assert (_now(each_world, talk).mode, _now(each_world, talk).owner) == (Mode.HUMAN, "小李")


def test_an_agent_whose_page_is_gone_loses_the_conversation_to_the_head_of_the_queue(
    each_world: World, clock: FakeClock, talk: str, li: Staff, wang: Staff
) -> None:
    other = open_conversation(each_world, "webchat", "u2")
    handoff.request_human(each_world, other.id, reason="asked", by="message:2")
    ownership.claim(each_world, talk, li)
    _said(each_world, talk, li)
    agent_talk.keep_draft(each_world, talk, li, "我查一下")
    clock.advance(seconds=HEARTBEAT_LOST.total_seconds())
    presence.hear(each_world, wang)
    assert presence.look_after_talks(each_world) == 1
    conversation = _now(each_world, talk)
    assert (conversation.mode, conversation.owner) == (Mode.QUEUED, None)
    assert _told(each_world, talk)[-1] == "talk_requeued"
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
    assert _now(each_world, talk).owner == "小李"
    clock.advance(seconds=1)
    presence.hear(each_world, li)
    assert presence.look_after_talks(each_world) == 1
    assert _now(each_world, talk).mode is Mode.QUEUED


def _wait(world: World, clock: FakeClock, li: Staff, wait: timedelta) -> int:
    clock.advance(seconds=wait.total_seconds())
    presence.hear(world, li)
    return presence.look_after_talks(world)


def test_a_silent_customer_is_nudged_once_and_later_the_conversation_ends(
    each_world: World, clock: FakeClock, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    _said(each_world, talk, li)
    assert _wait(each_world, clock, li, timedelta(minutes=4)) == 0
    assert _wait(each_world, clock, li, timedelta(minutes=1)) == 1
    assert _wait(each_world, clock, li, timedelta(minutes=1)) == 0
    assert _told(each_world, talk).count("talk_idle") == 1
    assert _wait(each_world, clock, li, timedelta(minutes=9)) == 1
    assert _now(each_world, talk).mode is Mode.CLOSED
    assert _told(each_world, talk)[-2:] == ["talk_closed_idle", "rate_talk"]


def test_a_follow_up_that_is_set_keeps_a_silent_conversation_open(
    each_world: World, clock: FakeClock, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    _said(each_world, talk, li)
    ownership.wait_for_customer(each_world, talk, li, follow_up_hours=2)
    assert _wait(each_world, clock, li, timedelta(minutes=30)) == 0
    assert _now(each_world, talk).mode is Mode.WAIT_CUSTOMER


def test_a_customer_who_waits_for_an_answer_is_never_idle(
    each_world: World, clock: FakeClock, talk: str, li: Staff
) -> None:
    ownership.claim(each_world, talk, li)
    _said(each_world, talk, li)
    clock.advance(seconds=1)
    receive(each_world, talk, Said("那怎么办"))
    assert _wait(each_world, clock, li, timedelta(minutes=20)) == 0
    assert _now(each_world, talk).mode in WITH_PEOPLE


def test_presence_is_what_staff_say_until_their_page_is_gone(each_world: World, clock: FakeClock, li: Staff) -> None:
    assert presence.say_presence(each_world, li, PresenceState.BUSY).state is PresenceState.BUSY
    assert presence.hear(each_world, li).state is PresenceState.BUSY
    clock.advance(seconds=HEARTBEAT_LOST.total_seconds())
    assert presence.hear(each_world, li).state is PresenceState.ONLINE


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
    epoch = _now(each_world, talk).epoch
    ownership.take_over(each_world, talk, boss)
    handoff.write_turn(each_world, message, Turn((Reply("我是机器人"),)), epoch=epoch, run=0, last=True)
    with each_world.write() as work:
        (late,) = [row for row in work.messages.queued(talk, 100) if row.text == "我是机器人"]
        assert not work.messages.lease(late.id, each_world.clock.now(), each_world.clock.now() + timedelta(minutes=1))
        work.commit()
