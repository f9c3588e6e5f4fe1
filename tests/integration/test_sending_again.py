"""What did not arrive: the owner sends it again, once however often it is asked for, under the epoch of now."""

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Author, Delivery, Ended, Message
from backend.domain.work import Staff
from backend.errors import Conflict, MessageNotFound, NotOwner
from backend.ports import World
from backend.services import agent_talk, ownership
from backend.services.agent_talk import AgentReply
from backend.services.conversations import get_conversation, transcript
from tests.auditing import audit_trail
from tests.owning import at_work, in_queue
from tests.racing import race

STUCK = [Delivery.FAILED, Delivery.UNKNOWN, Delivery.HELD]


@pytest.fixture
def li(each_world: World) -> Staff:
    return at_work(each_world, "小李", Role.AGENT)


@pytest.fixture
def talk(each_world: World, li: Staff) -> str:
    """A conversation that 小李 has claimed."""
    return ownership.claim(each_world, in_queue(each_world), li).id


def _stuck(world: World, talk: str, li: Staff, how: Delivery = Delivery.FAILED) -> Message:
    """A reply of the agent that ended like this."""
    return _settled(world, _said(world, talk, li, "您好"), how)


def _said(world: World, talk: str, li: Staff, text: str) -> Message:
    said = agent_talk.reply(world, talk, li, AgentReply(text))
    assert said is not None
    return said


def _settled(world: World, message: Message, how: Delivery) -> Message:
    now = world.clock.now()
    with world.write() as work:
        work.messages.settle(message.id, Ended(how, now, error="bot was blocked by the user"))
        work.commit()
    return _row(world, message.id)


def _row(world: World, message_id: int) -> Message:
    with world.read() as work:
        found = work.talk.message(message_id)
    assert found is not None
    return found


@pytest.mark.parametrize("how", STUCK)
def test_what_did_not_arrive_is_queued_as_the_newest_line(
    each_world: World, talk: str, li: Staff, how: Delivery
) -> None:
    stuck = _stuck(each_world, talk, li, how)
    assert stuck.error == "bot was blocked by the user"
    _said(each_world, talk, li, "在吗")
    agent_talk.send_again(each_world, stuck.id, li)
    again = _row(each_world, stuck.id)
    assert (again.delivery, again.error, again.text) == (Delivery.QUEUED, "", "您好")
    assert again.seq == get_conversation(each_world, talk).last_seq > stuck.seq + 1


def test_a_customer_who_has_read_on_reads_it_at_the_end(each_world: World, talk: str, li: Staff) -> None:
    stuck = _stuck(each_world, talk, li)
    read = _settled(each_world, _said(each_world, talk, li, "在吗"), Delivery.SENT)
    agent_talk.send_again(each_world, stuck.id, li)
    _settled(each_world, stuck, Delivery.SENT)
    assert [row.id for row in transcript(each_world, talk, read.seq)] == [stuck.id]


def test_the_next_line_has_a_number_of_its_own(each_world: World, talk: str, li: Staff) -> None:
    stuck = _stuck(each_world, talk, li)
    agent_talk.send_again(each_world, stuck.id, li)
    said = agent_talk.reply(each_world, talk, li, AgentReply("还在吗"))
    assert said is not None and said.seq == _row(each_world, stuck.id).seq + 1


def test_a_row_of_an_owner_before_goes_out_under_the_epoch_of_now(each_world: World, talk: str, li: Staff) -> None:
    stuck = _stuck(each_world, talk, li)
    boss = at_work(each_world, "老陈", Role.SUPERVISOR)
    epoch = ownership.take_over(each_world, talk, boss).epoch
    agent_talk.send_again(each_world, stuck.id, boss)
    assert (_row(each_world, stuck.id).epoch, _row(each_world, stuck.id).name) == (epoch, "小李")


def test_of_several_clicks_one_sends(each_world: World, talk: str, li: Staff) -> None:
    stuck = _stuck(each_world, talk, li)

    def click(_: int) -> bool:
        try:
            agent_talk.send_again(each_world, stuck.id, li)
        except Conflict:
            return False
        return True

    assert sum(race(4, click)) == 1
    trail = audit_trail(each_world, subject=talk)
    assert [(each.actor, each.detail["was"]) for each in trail] == [("小李", "failed")]


@pytest.mark.parametrize("how", [Delivery.SENT, Delivery.SUPERSEDED])
def test_what_has_arrived_or_was_overtaken_is_not_sent_again(
    each_world: World, talk: str, li: Staff, how: Delivery
) -> None:
    said = _stuck(each_world, talk, li, how)
    with pytest.raises(Conflict):
        agent_talk.send_again(each_world, said.id, li)
    assert _row(each_world, said.id).delivery is how


def test_a_customers_own_line_is_never_sent(each_world: World, talk: str, li: Staff) -> None:
    with each_world.read() as work:
        theirs = next(row for row in work.talk.tail(talk, 20) if row.author is Author.CUSTOMER)
    with pytest.raises(Conflict):
        agent_talk.send_again(each_world, theirs.id, li)


def test_nobody_but_the_owner_sends_it_again(each_world: World, talk: str, li: Staff) -> None:
    stuck = _stuck(each_world, talk, li)
    with pytest.raises(NotOwner):
        agent_talk.send_again(each_world, stuck.id, at_work(each_world, "小王", Role.AGENT))
    assert _row(each_world, stuck.id).delivery is Delivery.FAILED


def test_a_line_that_is_not_there_is_said_so(each_world: World, li: Staff) -> None:
    with pytest.raises(MessageNotFound):
        agent_talk.send_again(each_world, 4711, li)
