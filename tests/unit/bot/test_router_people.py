"""Who answers once people have a conversation: they, and the bot again when they give it back or it is over."""

import asyncio
from threading import Event

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Author, Conversation, Delivery, Message, Mode
from backend.domain.filing import Answers
from backend.domain.ownership import HEARTBEAT_LOST, STICKY, Outcome
from backend.domain.request import Wish
from backend.domain.work import Staff
from backend.ports import World
from backend.services import agent_talk, drafts, handoff, ownership, presence
from backend.services.agent_talk import AgentReply
from backend.services.conversations import open_conversation
from backend.services.replies import Reply, Turn
from backend.services.staff import add_staff
from bot.router import Router
from bot.utterances import CONTINUE, NEW_VISIT, Utterance
from tests.clock import FakeClock
from tests.unit.bot.conftest import Chat
from tests.unit.bot.test_intake import until


@pytest.fixture
def li(world: World) -> Staff:
    member = add_staff(world, "小李", Role.AGENT)
    presence.hear(world, member)
    return member


@pytest.fixture
async def owned(chat: Chat, li: Staff, world: World) -> Chat:
    """A chat that 小李 has claimed and answered in."""
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    ownership.claim(world, chat.conversation.id, li)
    agent_talk.reply(world, chat.conversation.id, li, AgentReply("您好，我是小李"))
    await chat.router.send(chat.conversation.id)
    return chat


def _score(world: World, chat: Chat) -> object:
    with world.read() as work:
        connection = work.connection  # type: ignore[attr-defined]
        return connection.exec_driver_sql("SELECT score FROM handoff ORDER BY id DESC").scalar()


async def test_while_a_person_has_it_the_bot_is_not_asked(owned: Chat, world: World) -> None:
    message = await owned.say("杯子碎了")
    assert owned.dialogue.texts == []
    assert owned.said()[-1] == ("customer", "杯子碎了")
    with world.read() as work:
        assert work.messages.unanswered_of(message.conversation_id) == []


async def test_a_conversation_that_waited_for_its_customer_is_its_agents_again(
    owned: Chat, li: Staff, world: World
) -> None:
    ownership.wait_for_customer(world, owned.conversation.id, li)
    await owned.say("照片来了")
    assert owned.mode() == "HUMAN"
    assert owned.dialogue.texts == []


async def test_after_the_end_the_bot_answers_in_a_new_visit_and_offers_the_same_agent_once(
    owned: Chat, li: Staff, world: World
) -> None:
    ownership.resolve(world, owned.conversation.id, li, Outcome.SOLVED)
    await owned.say("还有个问题")
    assert owned.dialogue.texts == [NEW_VISIT, "还有个问题"]
    assert owned.mode() == "BOT"
    assert owned.templates()[-1] == "talk_again" and "小李" in owned.rows()[-1].text
    await owned.say("那算了")
    assert owned.templates().count("talk_again") == 1


async def test_a_day_later_the_same_agent_is_not_offered(
    owned: Chat, li: Staff, world: World, clock: FakeClock
) -> None:
    ownership.resolve(world, owned.conversation.id, li, Outcome.SOLVED)
    clock.advance(seconds=STICKY.total_seconds())
    await owned.say("还有个问题")
    assert "talk_again" not in owned.templates()


async def test_the_same_agent_takes_it_at_once_while_there(owned: Chat, li: Staff, world: World) -> None:
    ownership.resolve(world, owned.conversation.id, li, Outcome.SOLVED)
    await owned.say("还有个问题")
    await owned.press("找刚才的客服")
    with world.read() as work:
        conversation = work.conversations.get(owned.conversation.id)
        alerts = work.alerts.of_conversation(owned.conversation.id)
    assert conversation is not None and (conversation.mode, conversation.owner) == (Mode.HUMAN, "小李")
    assert owned.templates()[-1] == "talk_joined"
    assert ("小李", "came_back") in [(each.staff_name, each.detail["about"]) for each in alerts]


@pytest.mark.parametrize("why", ["gone", "full"])
async def test_where_the_same_agent_cannot_take_it_the_customer_stands_at_the_queues_head(
    owned: Chat, li: Staff, world: World, clock: FakeClock, why: str
) -> None:
    ownership.resolve(world, owned.conversation.id, li, Outcome.SOLVED)
    await owned.say("还有个问题")
    if why == "gone":
        clock.advance(seconds=HEARTBEAT_LOST.total_seconds())
    else:
        with world.write() as work:
            seen = work.presences.get("小李")
            assert seen is not None
            work.presences.put(type(seen)(seen.name, seen.state, seen.heard_at, capacity=0))
            work.commit()
    await owned.press("找刚才的客服")
    assert owned.mode() == "QUEUED"
    with world.read() as work:
        episode = work.episodes.current(owned.conversation.id)
    assert episode is not None and (episode.reason, episode.priority) == ("again", 3)


@pytest.mark.parametrize("typed", ["5", "5分", "五分", "给5星吧"])
async def test_a_score_typed_right_after_the_invitation_counts(
    owned: Chat, li: Staff, world: World, typed: str
) -> None:
    ownership.resolve(world, owned.conversation.id, li, Outcome.SOLVED)
    await owned.router.send(owned.conversation.id)
    await owned.say(typed)
    assert _score(world, owned) == 5
    assert owned.templates()[-1] == "talk_rated"
    assert owned.dialogue.texts == []


async def test_a_score_is_given_once_and_stays(owned: Chat, li: Staff, world: World) -> None:
    ownership.resolve(world, owned.conversation.id, li, Outcome.SOLVED)
    await owned.router.send(owned.conversation.id)
    await owned.press("4 分")
    await owned.press("1 分")
    assert _score(world, owned) == 4
    assert owned.templates()[-2:] == ["talk_rated", "talk_rated_before"]


async def test_a_low_score_makes_a_call_back_for_the_agent_who_was_rated(owned: Chat, li: Staff, world: World) -> None:
    ownership.resolve(world, owned.conversation.id, li, Outcome.UNSOLVED)
    await owned.router.send(owned.conversation.id)
    await owned.press("1 分")
    with world.read() as work:
        found = [each for each in work.alerts.of_conversation(owned.conversation.id) if each.kind == "task"]
    calls = [(each.role, each.staff_name) for each in found if each.detail["about"] == "call_back"]
    assert calls == [(Role.AGENT, "小李"), (Role.SUPERVISOR, None)]


async def test_a_number_is_no_score_where_something_else_was_said_since(owned: Chat, li: Staff, world: World) -> None:
    ownership.give_back(world, owned.conversation.id, li, Outcome.SOLVED)
    await owned.router.send(owned.conversation.id)
    await owned.say("我要退两件")
    await owned.say("2")
    assert _score(world, owned) is None
    assert owned.dialogue.texts == ["我要退两件", "2"]


def _open_draft(world: World, chat: Chat) -> None:
    drafts.fill_draft(world, chat.conversation.id, Answers(wish=Wish.RETURN))


async def test_what_people_found_out_goes_into_the_draft_and_the_bot_asks_on(
    owned: Chat, li: Staff, world: World
) -> None:
    _open_draft(world, owned)
    await owned.say("订单是 A1001")
    slots = {"order_no": "A1001", "reason": "damaged"}
    ownership.give_back(world, owned.conversation.id, li, Outcome.CASE_FOLLOWS, slots=slots)
    assert await owned.router.take_handbacks() == 1
    await owned.router.drain()
    view = drafts.view_draft(world, owned.conversation.id)
    assert view is not None and (view.draft.order_no, view.draft.reason_claimed) == ("A1001", "damaged")
    assert view.order is None  # what an agent types proves nobody's identity
    assert owned.dialogue.texts == [CONTINUE]
    assert owned.said()[-1] == ("bot", f"听到：{CONTINUE}")
    assert await owned.router.take_handbacks() == 0


@pytest.mark.parametrize(("resume", "draft"), [(False, True), (True, False)], ids=["not to resume", "nothing open"])
async def test_where_there_is_nothing_to_go_on_with_the_bot_stays_quiet(
    owned: Chat, li: Staff, world: World, resume: bool, draft: bool
) -> None:
    if draft:
        _open_draft(world, owned)
    await owned.say("好的")
    ownership.give_back(world, owned.conversation.id, li, Outcome.SOLVED, resume=resume)
    await owned.router.take_handbacks()
    await owned.router.drain()
    assert owned.dialogue.texts == []
    assert await owned.router.take_handbacks() == 0


async def test_of_two_chat_processes_one_takes_a_conversation_back(owned: Chat, li: Staff, world: World) -> None:
    _open_draft(world, owned)
    await owned.say("好的")
    ownership.give_back(world, owned.conversation.id, li, Outcome.SOLVED)
    other = Router(world, owned.dialogue, owned.router._live, owned.router._senders)
    await asyncio.gather(owned.router.take_handbacks(), other.take_handbacks())
    await asyncio.gather(owned.router.drain(), other.drain())
    assert owned.said().count(("bot", f"听到：{CONTINUE}")) == 1


async def test_a_bot_that_cannot_go_on_leaves_it_to_the_customers_next_message(
    owned: Chat, li: Staff, world: World
) -> None:
    def broken(_: Utterance) -> Turn:
        raise ZeroDivisionError

    _open_draft(world, owned)
    await owned.say("好的")
    owned.dialogue.answer = broken
    ownership.give_back(world, owned.conversation.id, li, Outcome.SOLVED)
    await owned.router.take_handbacks()
    await owned.router.drain()
    assert await owned.router.take_handbacks() == 0
    assert owned.mode() == "BOT"


async def test_a_platform_that_hangs_holds_up_no_other_conversation_that_is_given_back(
    owned: Chat, li: Staff, world: World
) -> None:
    class Hanging:
        """One that hangs until it is let go."""

        repeatable = False

        def __init__(self) -> None:
            self.begun, self.go_on = asyncio.Event(), asyncio.Event()

        async def send(self, message: Message, conversation: Conversation) -> None:
            self.begun.set()
            await self.go_on.wait()

        async def close(self) -> None: ...

    hanging = Hanging()
    router = Router(world, owned.dialogue, owned.router._live, {**owned.router._senders, "telegram": hanging})
    elsewhere = open_conversation(world, "telegram", "42")
    handoff.request_human(world, elsewhere.id, reason="asked", by="test")
    ownership.claim(world, elsewhere.id, li)
    ownership.give_back(world, elsewhere.id, li, Outcome.SOLVED)
    _open_draft(world, owned)
    await owned.say("好的")
    ownership.give_back(world, owned.conversation.id, li, Outcome.SOLVED)
    taking = asyncio.create_task(router.take_handbacks())
    await asyncio.wait_for(hanging.begun.wait(), 20)
    await until(lambda: ("bot", f"听到：{CONTINUE}") in owned.said())
    assert await taking == 2 and await router.take_handbacks() == 0, "what is in hand is not taken up again"
    hanging.go_on.set()
    await router.drain()


async def test_a_turn_under_way_while_a_supervisor_takes_over_is_never_shown(chat: Chat, world: World) -> None:
    boss = add_staff(world, "老陈", Role.SUPERVISOR)
    thinking, taken = Event(), Event()

    def think(_: Utterance) -> Turn:
        thinking.set()
        assert taken.wait(10)
        return Turn((Reply("我是机器人"),))

    chat.dialogue.answer = think
    await chat.send("怎么还没到账")
    assert await asyncio.to_thread(thinking.wait, 10)
    await asyncio.to_thread(ownership.take_over, world, chat.conversation.id, boss)
    taken.set()
    await chat.router.drain()
    assert ("bot", "我是机器人") not in chat.said()
    with world.read() as work:
        (late,) = [row for row in _all_rows(work, chat) if row.text == "我是机器人"]
    assert (late.author, late.delivery) == (Author.BOT, Delivery.SUPERSEDED)


def _all_rows(work: object, chat: Chat) -> list[Message]:
    return work.talk.tail(chat.conversation.id, 100)  # type: ignore[attr-defined]


async def test_a_waiting_customer_leaves_a_ticket_by_its_button_or_in_words(chat: Chat, world: World) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.say("继续等")
    assert chat.templates()[-1] == "queue_waits"
    await chat.say("留工单吧")
    assert chat.mode() == "TICKET"
    assert chat.templates()[-1] == "ticket_opened"


async def test_who_has_a_ticket_is_told_when_it_is_answered(chat: Chat, world: World) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.say("留工单")
    await chat.say("取消排队")
    assert chat.templates()[-1] == "ticket_standing"


@pytest.mark.parametrize("words", ["人呢？", "怎么还不回复", "客服怎么还没来", "有人吗", "没人理我吗", "还要等多久？"])
async def test_who_waits_and_asks_where_people_stay_is_told_how_that_stands(
    chat: Chat, world: World, clock: FakeClock, words: str
) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.say(words)
    handoff.make_ticket(world, chat.conversation.id, by="test")
    await chat.say(words)
    clock.advance(days=7)
    await chat.say(words)

    assert chat.dialogue.texts == []
    told = [each for each in chat.templates() if each in ("queue_position", "ticket_standing", "ticket_overdue")]
    assert told == ["queue_position", "ticket_standing", "ticket_overdue"]


@pytest.mark.parametrize("words", ["快递员人呢", "没人签收", "怎么还没退款", "客服", "在吗", "不理你了"])
async def test_who_has_a_ticket_and_asks_something_else_is_answered_by_the_bot(
    chat: Chat, world: World, words: str
) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    handoff.make_ticket(world, chat.conversation.id, by="test")
    await chat.say(words)

    assert chat.dialogue.texts == [words]
