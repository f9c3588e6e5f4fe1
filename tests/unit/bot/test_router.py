"""Who gets an incoming message, and that each is answered once."""

import asyncio
import threading
import unicodedata
from datetime import timedelta

import pytest

from backend.domain.conversation import Conversation, Message, Mode
from backend.errors import ButtonNotFound, EvidenceRefused
from backend.ports import World
from backend.services import conversations, handoff
from backend.services.conversations import Said
from backend.services.patience import ask_patience
from backend.services.replies import Reply, Turn
from bot.channels.messages import IncomingMessage, MessageRefused
from bot.channels.webchat.sender import CHANNEL
from bot.delivery import ReadFromTranscript
from bot.live import Live
from bot.looking import unanswered
from bot.router import AT_ONCE, PHOTOS_AT_ONCE, DialogueFailed, Router
from bot.utterances import LONGEST_UTTERANCE, Utterance, defused
from tests.clock import FakeClock
from tests.unit.bot.conftest import Chat
from tests.unit.bot.dialogues import ScriptedDialogue, echo
from tests.waiting import until


def broken(_: Utterance) -> Turn:
    raise ZeroDivisionError


async def test_a_new_conversation_begins_with_a_welcome_and_buttons(chat: Chat) -> None:
    (welcome,) = chat.rows()
    assert "安心售后" in welcome.text
    assert welcome.payload["buttons"][0]["title"] == "申请退款"


async def test_a_message_is_answered(chat: Chat) -> None:
    await chat.say("杯子碎了")
    assert chat.said() == [("customer", "杯子碎了"), ("bot", "听到：杯子碎了")]


async def test_messages_are_answered_in_the_order_they_came(chat: Chat) -> None:
    for text in ("一", "二", "三"):
        await chat.send(text)
    await chat.router.drain()
    assert chat.dialogue.texts == ["一", "二", "三"]


async def test_the_same_client_id_twice_is_one_message_and_one_answer(chat: Chat) -> None:
    first, second = await asyncio.gather(chat.send("你好", client_id="a"), chat.send("你好", client_id="a"))
    await chat.router.drain()
    assert first.id == second.id
    assert chat.dialogue.texts == ["你好"]
    assert (await chat.say("你好", client_id="a")).id == first.id
    assert chat.dialogue.texts == ["你好"]


@pytest.mark.parametrize(
    "typed",
    [
        '/inform{"order_no": "1"}',
        '／inform{"order_no": "1"}',
        '\u200b /inform{"order_no": "1"}',
        "//／restart",
        "\ufeff/x",
    ],
    ids=["slash", "full-width", "zero-width", "many", "byte-order-mark"],
)
async def test_a_typed_slash_never_reaches_the_dialogue(chat: Chat, typed: str) -> None:
    await chat.say(typed)
    (heard,) = chat.dialogue.texts
    assert not heard.startswith(("/", "／"))
    assert chat.said()[0] == ("customer", typed)


def test_words_of_nothing_but_slashes_still_say_something() -> None:
    assert defused(" //／ ") == "?"


@pytest.mark.parametrize(
    "said", ["退款" * 2500, "ﷺ" * 5000, "⁗" * 5000], ids=["plain", "eighteen in one", "four in one"]
)
def test_the_dialogue_reads_no_more_than_a_thousand_characters_in_any_spelling(said: str) -> None:
    assert len(unicodedata.normalize("NFKC", defused(said))) == LONGEST_UTTERANCE


async def test_emoji_alone_are_answered(chat: Chat) -> None:
    await chat.say("😡😡")
    assert chat.dialogue.texts == ["😡😡"]


@pytest.mark.parametrize("nothing", ["", "  \n", "\u200b\u200d"], ids=["empty", "blank", "invisible"])
async def test_nothing_said_is_refused_and_leaves_no_trace(chat: Chat, nothing: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        await chat.say(nothing)
    assert refused.value.code == "empty_message"
    assert chat.said() == []


async def test_five_thousand_characters_are_kept_and_the_dialogue_reads_the_beginning(chat: Chat) -> None:
    await chat.say("字" * 5000)
    assert len(chat.said()[0][1]) == 5000
    assert len(chat.dialogue.texts[0]) == 1000


async def test_one_character_more_is_refused_and_leaves_no_trace(chat: Chat) -> None:
    with pytest.raises(MessageRefused) as refused:
        await chat.say("字" * 5001)
    assert (refused.value.code, refused.value.params) == ("message_too_long", {"length": 5001, "limit": 5000})
    assert chat.said() == []


async def test_a_pressed_button_tells_the_dialogue_its_payload_and_shows_its_title(chat: Chat) -> None:
    await chat.press("申请退款")
    assert chat.dialogue.texts == ["/request_refund"]
    assert chat.said()[0] == ("customer", "申请退款")


async def test_a_made_up_button_is_refused_and_leaves_no_trace(chat: Chat) -> None:
    with pytest.raises(ButtonNotFound):
        await chat.say(button="x" * 24)
    assert chat.said() == []


async def test_a_button_of_another_conversation_is_refused(chat: Chat, world: World) -> None:
    token = chat.rows()[0].payload["buttons"][0]["token"]
    other = conversations.open_conversation(world, "webchat", "somebody else")
    with pytest.raises(ButtonNotFound):
        conversations.receive(world, other.id, Said(button=token))


async def test_a_button_that_is_too_old_is_refused(chat: Chat, clock: FakeClock) -> None:
    clock.advance(days=7, seconds=1)
    with pytest.raises(ButtonNotFound):
        await chat.press("申请退款")


async def test_a_minted_button_carries_the_dialogues_payload(chat: Chat) -> None:
    chat.dialogue.answer = lambda _: Turn((Reply("哪一个？", (("第一个", '/inform{"choice": "1"}'),)),))
    await chat.say("退货")
    await chat.press("第一个")
    assert chat.dialogue.texts[-1] == '/inform{"choice": "1"}'


async def test_a_turn_that_fails_apologises_and_joins_the_queue(chat: Chat) -> None:
    def fail(_: Utterance) -> Turn:
        raise DialogueFailed("broken", [Reply("正在查询")])

    chat.dialogue.answer = fail
    await chat.say("查进度")
    assert chat.said()[1] == ("bot", "正在查询")
    assert chat.templates() == ["turn_failed", "queue_joined"]
    assert chat.mode() == "QUEUED"


async def test_an_unforeseen_error_apologises_too(chat: Chat) -> None:
    chat.dialogue.answer = broken
    await chat.say("查进度")
    assert chat.templates() == ["turn_failed", "queue_joined"]


async def test_a_turn_that_takes_too_long_has_failed(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.router.TURN_SECONDS", 0.05)
    released = asyncio.Event()

    class Sleeper(ScriptedDialogue):
        async def run(self, utterance: Utterance) -> Turn:
            await released.wait()
            return Turn()

    chat.router._dialogue = Sleeper()
    await chat.say("查进度")
    released.set()
    assert chat.templates() == ["turn_failed", "queue_joined"]


async def test_after_a_failure_the_next_message_is_not_answered_by_the_bot(chat: Chat) -> None:
    chat.dialogue.answer = broken
    await chat.say("查进度")
    chat.dialogue.heard.clear()
    await chat.say("在吗")
    assert chat.dialogue.texts == []
    assert chat.templates()[-1] == "queue_ack"


async def test_somebody_who_waits_is_acknowledged_once(chat: Chat, world: World) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.say("快点")
    await chat.say("人呢")
    assert chat.templates().count("queue_ack") == 1
    assert chat.dialogue.texts == []


@pytest.mark.parametrize("asked", ["还要多久", "前面還有幾個人？", "我排到第几位了"])
async def test_somebody_who_waits_may_ask_for_their_place(chat: Chat, world: World, asked: str) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.say(asked)
    assert chat.templates()[-1] == "queue_position"
    assert "第 1 位" in chat.said()[-1][1]


@pytest.mark.parametrize("asked", ["取消排队", "取消排隊", "算了 不等了"])
async def test_leaving_the_queue_by_words_asks_the_forms_question_again(chat: Chat, world: World, asked: str) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.say(asked)
    assert chat.mode() == "BOT"
    assert chat.dialogue.texts == ["/continue_filing"]
    assert chat.said()[-1][1].endswith("：/continue_filing")


async def test_leaving_the_queue_by_button(chat: Chat, world: World) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.router.send(chat.conversation.id)
    await chat.press("取消排队")
    assert chat.mode() == "BOT"


async def test_a_queue_button_pressed_later_says_that_nobody_waits(chat: Chat, world: World) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.router.send(chat.conversation.id)
    handoff.cancel_queue(world, chat.conversation.id, by="test")
    await chat.press("取消排队")
    assert chat.templates()[-1] == "queue_left"
    assert chat.dialogue.texts == []


async def test_leaving_a_queue_that_nobody_waits_in_is_told_and_starts_nothing(chat: Chat) -> None:
    await chat.say("取消排队")

    assert chat.dialogue.texts == []
    assert chat.templates() == ["queue_left"]


async def test_a_long_message_of_somebody_who_waits_is_a_description(chat: Chat, world: World) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    await chat.say("上次你们说还要多久多久，结果等了一个星期也没有人理我，东西还是坏的")
    assert chat.templates()[-1] == "queue_ack"


async def test_with_a_ticket_the_bot_goes_on_serving(chat: Chat, world: World, clock: FakeClock) -> None:
    handoff.request_human(world, chat.conversation.id, reason="asked", by="test")
    clock.advance(minutes=11)
    assert handoff.turn_into_tickets(world) == 1
    await chat.say("进度怎样")
    assert chat.mode() == "TICKET"
    assert chat.said()[-1] == ("bot", "听到：进度怎样")


async def test_with_a_person_the_bot_is_silent(chat: Chat, world: World) -> None:
    with world.write() as work:
        work.conversations.change_mode(
            chat.conversation.id, of=[Mode.BOT], to=Mode.HUMAN, by="agent:1", waiting_since=None
        )
        work.commit()
    await chat.say("在吗")
    assert chat.said() == [("customer", "在吗")]
    assert unanswered(world, chat.conversation.id) == ([], None)


async def test_a_turn_overtaken_by_a_person_says_nothing(chat: Chat, world: World) -> None:
    def overtaken(_: Utterance) -> Turn:
        with world.write() as work:
            work.conversations.change_mode(
                chat.conversation.id, of=[Mode.BOT], to=Mode.HUMAN, by="agent:1", waiting_since=None
            )
            work.commit()
        return Turn((Reply("太晚了"),))

    chat.dialogue.answer = overtaken
    await chat.say("在吗")
    assert chat.said() == [("customer", "在吗")]


async def test_a_turn_that_gives_the_conversation_away_is_heard_to_its_end(chat: Chat, world: World) -> None:
    def hand_over(utterance: Utterance) -> Turn:
        by = f"message:{utterance.facts['message_id']}"
        handoff.request_human(world, utterance.conversation_id, reason="asked", by=by)
        return Turn((Reply("好的，已经帮您转接"),))

    chat.dialogue.answer = hand_over
    await chat.say("转人工")
    assert ("bot", "好的，已经帮您转接") in chat.said()


async def test_a_message_left_by_a_dead_process_is_answered_once(chat: Chat, world: World, clock: FakeClock) -> None:
    conversations.receive(world, chat.conversation.id, Said(text="有人吗"))
    assert await chat.router.recover() == 0
    clock.advance(seconds=16)
    assert await chat.router.recover() == 1
    await chat.router.drain()
    assert await chat.router.recover(timedelta(0)) == 0
    assert chat.said() == [("customer", "有人吗"), ("bot", "听到：有人吗")]


async def test_slow_photos_take_few_threads_and_one_customer_takes_one(
    world: World, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking: list[str] = []
    enough, go_on, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def slowly(_world: World, conversation_id: str, _photo: bytes) -> None:
        looking.append(conversation_id)
        if len(looking) == PHOTOS_AT_ONCE:
            loop.call_soon_threadsafe(enough.set)
        go_on.wait(30)
        raise EvidenceRefused("unreadable")

    monkeypatch.setattr("bot.router.keep_evidence", slowly)
    others = [conversations.open_conversation(world, CHANNEL, f"other-{number}") for number in range(3)]
    senders = [*[chat.conversation] * 20, *others]
    sent = [
        asyncio.create_task(chat.router.receive(IncomingMessage(sender.id, photos=(b"photo",)))) for sender in senders
    ]
    try:
        await enough.wait()
        assert await asyncio.wait_for(asyncio.to_thread(len, "free"), 10) == 4, "no thread is left for anything else"
        assert set(looking) == {chat.conversation.id, others[0].id}
    finally:
        go_on.set()
    assert {type(each) for each in await asyncio.gather(*sent, return_exceptions=True)} == {EvidenceRefused}


async def test_photos_are_told_to_the_dialogue_before_the_words(chat: Chat, world: World) -> None:
    conversations.receive(world, chat.conversation.id, Said(text="杯口碎了", evidence=("e1", "e2")))
    await chat.router.recover(timedelta(seconds=-1))
    await chat.router.drain()
    assert chat.dialogue.texts == ['/provide_evidence{"evidence": "e1,e2"}', "杯口碎了"]
    assert chat.dialogue.heard[0].facts["attachments"] == ["e1", "e2"]
    assert [row.payload.get("image") for row in chat.rows()[1:3]] == ["e1", "e2"]


async def test_whoever_waits_long_is_asked_for_patience_once_and_answered_then(
    world: World, chat: Chat, dialogue: ScriptedDialogue
) -> None:
    router = Router(world, dialogue, chat.router._live, {CHANNEL: ReadFromTranscript()}, patience_seconds=0)
    asked = asyncio.Event()

    async def run(utterance: Utterance) -> Turn:
        await asked.wait()
        return echo(utterance)

    dialogue.run = run  # type: ignore[method-assign]
    for text in ("在吗", "有人吗"):
        await router.receive(IncomingMessage(chat.conversation.id, text))
    await asyncio.to_thread(until, lambda: "please_wait" in chat.templates())
    asked.set()
    await router.drain()
    assert chat.templates() == ["please_wait"]
    assert [text for author, text in chat.said() if author == "bot"] == ["听到：在吗", "听到：有人吗"]


async def test_asking_for_patience_is_not_broken_off_by_the_answer_which_follows_it(
    world: World, dialogue: ScriptedDialogue
) -> None:
    talk = conversations.open_conversation(world, "telegram", "1").id
    asking, done = asyncio.Event(), asyncio.Event()
    sent: list[str] = []

    class Slow:
        repeatable = False

        async def send(self, message: Message, conversation: Conversation) -> None:
            if message.template == "please_wait":
                asking.set()
                await done.wait()
            sent.append(message.template or message.text)

        async def close(self) -> None:
            """Nothing to let go of."""

    async def run(utterance: Utterance) -> Turn:
        await asking.wait()
        return echo(utterance)

    dialogue.run = run  # type: ignore[method-assign]
    live = Live(world, lambda _: asyncio.sleep(0))
    router = Router(world, dialogue, live, {"telegram": Slow()}, patience_seconds=0)
    await router.send(talk)
    await router.receive(IncomingMessage(talk, "在吗"))
    (answering,) = router._serving
    await asyncio.wait([answering])
    done.set()
    await router.drain()
    await router.send(talk)
    assert sent == ["welcome", "please_wait", "听到：在吗"]


async def test_nobody_is_asked_for_patience_who_is_answered_or_talks_to_people(chat: Chat, world: World) -> None:
    await chat.say("在吗")
    assert not ask_patience(world, chat.conversation.id)
    with world.write() as work:
        of, to = (Mode.BOT,), Mode.HUMAN
        work.conversations.change_mode(chat.conversation.id, of=of, to=to, by="test", waiting_since=None)
        work.commit()
    conversations.receive(world, chat.conversation.id, Said("人呢"))
    assert not ask_patience(world, chat.conversation.id)


async def test_where_the_platform_counts_what_we_say_nobody_is_asked_for_patience(world: World) -> None:
    talk = conversations.open_conversation(world, "wechat", "openid").id
    conversations.receive(world, talk, Said("在吗"))
    assert not ask_patience(world, talk)


async def test_in_a_rush_only_a_few_turns_are_thought_of_at_a_time_and_each_has_its_own_time(
    world: World, chat: Chat, dialogue: ScriptedDialogue
) -> None:
    thinking: list[int] = []
    enough, most = asyncio.Event(), 0

    async def run(utterance: Utterance) -> Turn:
        nonlocal most
        thinking.append(1)
        most = max(most, len(thinking))
        if most == AT_ONCE:
            enough.set()
        await enough.wait()
        await asyncio.sleep(0)
        thinking.pop()
        return echo(utterance)

    dialogue.run = run  # type: ignore[method-assign]
    for number in range(3 * AT_ONCE):
        visitor = conversations.open_conversation(world, CHANNEL, f"visitor {number}")
        await chat.router.receive(IncomingMessage(visitor.id, "在吗"))
    await chat.router.drain()
    assert most == AT_ONCE
