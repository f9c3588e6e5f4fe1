"""Every transition of a conversation's owner, as one table: what leads where, what the customer is told, and what not.

Rows are those of the hand-off page, section 3. Two who try at once: `test_ownership`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Conversation, Mode
from backend.domain.ownership import FIRST_ANSWER_LIMIT, HEARTBEAT_LOST, Outcome
from backend.domain.work import Staff
from backend.errors import NotOwner, TalkRefused
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, presence, returning
from backend.services.agent_talk import AgentReply
from backend.services.conversations import Said, get_conversation, open_conversation, receive
from backend.services.staff import add_staff
from tests.clock import FakeClock

LI, WANG, BOSS = Staff("小李", Role.AGENT), Staff("小王", Role.AGENT), Staff("老陈", Role.SUPERVISOR)
_M = Mode


@dataclass
class Stage:
    """A conversation with its people and the time."""

    world: World
    clock: FakeClock
    talk: str

    def now(self) -> Conversation:
        return get_conversation(self.world, self.talk)

    def told(self) -> list[str]:
        with self.world.read() as work:
            return [row.template for row in work.messages.queued(self.talk, 100) if row.template]

    def passes(self, seconds: float, *present: Staff) -> None:
        self.clock.advance(seconds=seconds)
        for member in present:
            presence.hear(self.world, member)


Deed = Callable[[Stage], object]


def ask(stage: Stage) -> object:
    return handoff.request_human(stage.world, stage.talk, reason="asked", by="customer")


def ask_at_night(stage: Stage) -> object:
    stage.passes(13 * 3600)
    return ask(stage)


def claim(stage: Stage) -> object:
    return ownership.claim(stage.world, stage.talk, LI)


def answer(stage: Stage) -> object:
    return agent_talk.reply(stage.world, stage.talk, LI, AgentReply("您好"))


def offer(stage: Stage) -> None:
    ownership.offer_transfer(stage.world, stage.talk, LI, WANG.name, "请接手")


def accept(stage: Stage) -> object:
    return ownership.accept_transfer(stage.world, stage.talk, WANG)


def take_over(stage: Stage) -> object:
    return ownership.take_over(stage.world, stage.talk, BOSS)


def give_back(stage: Stage) -> None:
    ownership.give_back(stage.world, stage.talk, LI, Outcome.SOLVED)


def wait(stage: Stage) -> None:
    ownership.wait_for_customer(stage.world, stage.talk, LI)


def resolve(stage: Stage) -> None:
    ownership.resolve(stage.world, stage.talk, LI, Outcome.SOLVED)


def cancel(stage: Stage) -> object:
    return handoff.cancel_queue(stage.world, stage.talk, by="customer")


def leave_ticket(stage: Stage) -> object:
    return handoff.make_ticket(stage.world, stage.talk, by="customer")


def queue_ends(stage: Stage) -> object:
    stage.passes(handoff.QUEUE_LIMIT.total_seconds() + 1)
    return handoff.turn_into_tickets(stage.world)


def customer_writes(stage: Stage) -> None:
    """As the router has it: stored, then whoever it concerns."""
    message = receive(stage.world, stage.talk, Said("还在吗")).message
    mode = stage.now().mode
    if mode is _M.CLOSED:
        returning.come_back(stage.world, message)
    else:
        agent_talk.customer_wrote(stage.world, stage.talk)


def agent_vanishes(stage: Stage) -> object:
    stage.passes(HEARTBEAT_LOST.total_seconds(), WANG)
    return presence.look_after_talks(stage.world)


def agent_says_nothing(stage: Stage) -> object:
    stage.passes(FIRST_ANSWER_LIMIT.total_seconds(), LI)
    return presence.look_after_talks(stage.world)


def customer_goes_silent(stage: Stage) -> object:
    stage.passes(15 * 60, LI)
    return presence.look_after_talks(stage.world)


@dataclass(frozen=True)
class Row:
    """From where what was done leads where, who owns it then, and what the customer was told last."""

    before: tuple[Deed, ...]
    deed: Deed
    mode: Mode
    owner: str | None = None
    told: tuple[str, ...] = ()
    changes: int = field(default=1)


IN_QUEUE = (ask,)
TICKET = (ask, queue_ends)
OWNED = (ask, claim)
ANSWERED = (ask, claim, answer)
WAITING = (ask, claim, answer, wait)

TABLE = {
    "request": Row((), ask, _M.QUEUED, told=("queue_joined",)),
    "request at night": Row((), ask_at_night, _M.TICKET, told=("ticket_after_hours",)),
    "request after the end": Row((*ANSWERED, resolve), ask, _M.QUEUED, told=("queue_joined",)),
    "cancel": Row(IN_QUEUE, cancel, _M.BOT, told=("queue_cancelled",)),
    "leave a ticket": Row(IN_QUEUE, leave_ticket, _M.TICKET, told=("ticket_opened",)),
    "queue ends": Row(IN_QUEUE, queue_ends, _M.TICKET, told=("ticket_opened",)),
    "claim": Row(IN_QUEUE, claim, _M.HUMAN, "小李", ("talk_joined",)),
    "claim a ticket": Row(TICKET, claim, _M.HUMAN, "小李", ("talk_joined",)),
    "offer": Row(OWNED, offer, _M.HUMAN, "小李", ("talk_transferring",), changes=0),
    "accept": Row((*OWNED, offer), accept, _M.HUMAN, "小王", ("talk_joined",)),
    "take over from the bot": Row((), take_over, _M.HUMAN, "老陈", ("talk_joined",)),
    "take over from the queue": Row(IN_QUEUE, take_over, _M.HUMAN, "老陈", ("talk_joined",)),
    "take over a ticket": Row(TICKET, take_over, _M.HUMAN, "老陈", ("talk_joined",)),
    "take over from an agent": Row(OWNED, take_over, _M.HUMAN, "老陈", ("talk_joined",)),
    "take over while waiting": Row(WAITING, take_over, _M.HUMAN, "老陈", ("talk_joined",)),
    "give back": Row(ANSWERED, give_back, _M.BOT, told=("talk_given_back", "rate_talk")),
    "wait": Row(ANSWERED, wait, _M.WAIT_CUSTOMER, "小李"),
    "customer writes": Row(WAITING, customer_writes, _M.HUMAN, "小李"),
    "resolve": Row(ANSWERED, resolve, _M.CLOSED, told=("talk_closed", "rate_talk")),
    "resolve while waiting": Row(WAITING, resolve, _M.CLOSED, told=("talk_closed", "rate_talk")),
    "customer comes back": Row((*ANSWERED, resolve), customer_writes, _M.BOT),
    "heartbeat lost": Row(ANSWERED, agent_vanishes, _M.QUEUED, told=("talk_requeued",)),
    "heartbeat lost while waiting": Row(WAITING, agent_vanishes, _M.QUEUED, told=("talk_requeued",)),
    "no first answer": Row(OWNED, agent_says_nothing, _M.QUEUED, told=("talk_requeued",)),
    "customer goes silent": Row(ANSWERED, customer_goes_silent, _M.CLOSED, told=("talk_closed_idle", "rate_talk")),
}

Refusal = type[Exception] | None
REFUSED: dict[str, tuple[tuple[Deed, ...], Deed, Refusal]] = {
    "claim what nobody asked for": ((), claim, NotOwner),
    "claim what a colleague has": ((ask, take_over), claim, NotOwner),
    "claim what is over": ((*ANSWERED, resolve), claim, NotOwner),
    "write to the bot's customer": ((), answer, NotOwner),
    "write to who waits": (IN_QUEUE, answer, NotOwner),
    "write after it was taken over": ((*OWNED, take_over), answer, NotOwner),
    "accept what was not offered": (OWNED, accept, NotOwner),
    "give back what was taken over": ((*OWNED, take_over), give_back, NotOwner),
    "wait with what was given back": ((*ANSWERED, give_back), wait, NotOwner),
    "resolve what is in the queue": (IN_QUEUE, resolve, NotOwner),
    "cancel what an agent has": (OWNED, cancel, None),
    "cancel a ticket": (TICKET, cancel, None),
    "make a ticket of what an agent has": (OWNED, leave_ticket, None),
    "ask while an agent has it": (OWNED, ask, None),
}
"""What leads nowhere: with an error, or (None) by changing nothing."""


@pytest.fixture
def stage(each_world: World, clock: FakeClock) -> Stage:
    for member in (LI, WANG, BOSS):
        add_staff(each_world, member.name, member.role)
        presence.hear(each_world, member)
    return Stage(each_world, clock, open_conversation(each_world, "webchat", "u1").id)


def _brought(stage: Stage, deeds: tuple[Deed, ...]) -> Conversation:
    for deed in deeds:
        deed(stage)
        stage.passes(0, LI, WANG, BOSS)
    return stage.now()


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_a_transition_leads_where_the_table_says(stage: Stage, row: Row) -> None:
    before, told = _brought(stage, row.before), len(stage.told())
    row.deed(stage)
    after = stage.now()
    assert (after.mode, after.owner) == (row.mode, row.owner)
    assert after.epoch == before.epoch + row.changes
    assert tuple(stage.told()[told:]) == row.told
    with stage.world.read() as work:
        (episode, *_) = work.episodes.of_conversation(stage.talk)
        logged = work.episodes.log_of(episode.id)
        still_open = work.episodes.current(stage.talk)
    assert (still_open is None) is (row.mode in (_M.BOT, _M.CLOSED))
    if row.changes:
        assert (logged[-1].from_mode, logged[-1].to_mode, logged[-1].epoch) == (before.mode, row.mode, after.epoch)


@pytest.mark.parametrize(("before", "deed", "refusal"), REFUSED.values(), ids=REFUSED)
def test_what_the_table_does_not_know_changes_nothing(
    stage: Stage, before: tuple[Deed, ...], deed: Deed, refusal: Refusal
) -> None:
    unchanged, told = _brought(stage, before), stage.told()
    if refusal is None:
        deed(stage)
    else:
        with pytest.raises(refusal):
            deed(stage)
    assert stage.now() == unchanged
    assert stage.told() == told


def test_only_supervisors_take_over(stage: Stage) -> None:
    _brought(stage, OWNED)
    with pytest.raises(TalkRefused):
        ownership.take_over(stage.world, stage.talk, WANG)


def test_slots_that_the_bot_does_not_know_are_refused_before_anything_happens(stage: Stage) -> None:
    before = _brought(stage, ANSWERED)
    for slots in ({"price": 1}, {"wish": "gold"}, {"quantity": "2"}, {"order_no": None}):
        with pytest.raises(TalkRefused) as refused:
            ownership.give_back(stage.world, stage.talk, LI, Outcome.SOLVED, slots=slots)
        assert refused.value.reason == "slots"
    assert stage.now() == before


def test_typing_and_reading_are_the_owners_alone_and_end_by_themselves(stage: Stage) -> None:
    _brought(stage, OWNED)
    agent_talk.show_typing(stage.world, stage.talk, LI)
    agent_talk.mark_read(stage.world, stage.talk, LI, 1)
    (sign,) = agent_talk.recent_signs(stage.world)
    assert sign.typing(stage.clock.now()) and sign.read_seq == 1
    stage.passes(10, LI)
    (sign,) = agent_talk.recent_signs(stage.world)
    assert not sign.typing(stage.clock.now())
    stage.passes(10, LI)
    assert agent_talk.recent_signs(stage.world) == []
    agent_talk.show_typing(stage.world, stage.talk, WANG)
    agent_talk.mark_read(stage.world, stage.talk, WANG, 2)
    assert agent_talk.recent_signs(stage.world) == []


def test_what_was_read_never_goes_back_nor_beyond_the_transcript(stage: Stage) -> None:
    _brought(stage, OWNED)
    last = stage.now().last_seq
    agent_talk.mark_read(stage.world, stage.talk, LI, 99)
    agent_talk.mark_read(stage.world, stage.talk, LI, 1)
    (sign,) = agent_talk.recent_signs(stage.world)
    assert sign.read_seq == last
