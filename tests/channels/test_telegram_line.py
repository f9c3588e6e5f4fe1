"""What customers send on Telegram, and what they read: the real client and line against a strict Bot API."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.adapters.media import MediaReader
from backend.bootstrap import open_backend
from backend.domain.conversation import Mode
from backend.ports import World
from backend.services import handoff
from backend.services.conversations import Notice, tell
from backend.services.replies import Reply, Turn
from backend.settings import Settings
from bot import wording
from bot.channels.telegram.presses import CHOSEN
from bot.delivery import deliver
from bot.sandbox.telegram_books import Fault
from bot.utterances import Utterance
from tests.channels.telegram_line import USER, Telegram, telegram_line
from tests.photos import a_jpeg
from tests.telegram import a_document, a_photo, added_to_group, edits, presses, says, shuts

HEIC = Path(__file__).parents[1] / "unit" / "adapters" / "telephone.heic"


@pytest.fixture
def world(settings: Settings, media: MediaReader) -> Iterator[World]:
    """Over the time of day: the platform's side has no other."""
    backend = open_backend(settings)
    yield replace(backend.world, media=media)
    backend.close()


@pytest.fixture
async def telegram(world: World, settings: Settings) -> AsyncIterator[Telegram]:
    async with telegram_line(world, settings) as line:
        yield line


def choice(utterance: Utterance) -> Turn:
    """Offers two things, and says back anything else."""
    if utterance.text == "你好":
        return Turn((Reply("要办什么？", (("退款", "/request_refund"), ("换货", "/request_exchange"))),))
    return Turn((Reply(f"听到：{utterance.text}"),))


# ---- words ----
async def test_somebody_new_is_welcomed_and_answered(telegram: Telegram) -> None:
    assert [each.text for each in await telegram.ask("杯子碎了")] == ["听到：杯子碎了"]
    welcome = telegram.books.sent[0]
    assert welcome.text == wording.render("welcome", {}).text
    assert [each["title"] for each in welcome.buttons][:2] == ["申请退款", "申请退货"]


async def test_the_menu_is_told_in_chinese_and_a_webhook_that_was_set_is_taken_away(
    world: World, settings: Settings
) -> None:
    async with telegram_line(world, settings) as telegram:
        telegram.books.webhook = {"url": "https://elsewhere.example", "secret": "", "allowed": []}
    async with telegram_line(world, settings, telegram.books) as telegram:
        await telegram.ask("在吗")
        assert telegram.books.webhook is None
        assert {each["command"]: each["description"] for each in telegram.books.commands}["human"] == "转人工客服"


async def test_the_same_update_twice_is_answered_once(telegram: Telegram) -> None:
    body = says(USER, "在吗")
    telegram.do(body)
    telegram.do(body)
    await telegram.until(lambda: len(telegram.sent()) == 1)
    await telegram.idle()
    assert telegram.texts() == ["听到：在吗"]


async def test_a_line_of_slashes_is_no_command_of_ours(telegram: Telegram) -> None:
    await telegram.ask("/restart")
    assert telegram.dialogue.texts == ["restart"]


async def test_the_customer_sees_that_the_bot_is_typing_unless_people_have_the_conversation(
    telegram: Telegram,
) -> None:
    await telegram.ask("在吗")
    await telegram.until(lambda: _typed(telegram) == 1)
    conversation = telegram.conversation()
    with telegram.world.write() as work:
        work.conversations.change_mode(conversation.id, of=[Mode.BOT], to=Mode.HUMAN, by="t", waiting_since=None)
        work.commit()
    telegram.do(says(USER, "麻烦您了"))
    await telegram.until(lambda: len(telegram.rows()) == 3)
    await telegram.idle()
    assert _typed(telegram) == 1


def _typed(telegram: Telegram) -> int:
    return sum(call[0] == "sendChatAction" for call in telegram.books.calls)


# ---- commands ----
@pytest.mark.parametrize(
    ("command", "told"),
    [("/status", "/query_case_status"), ("/human", "/request_human"), ("/cancel", "/discard_draft"),
     ("/start", "/greet"), ("/Status@anxin_bot", "/query_case_status")],
)  # fmt: skip
async def test_a_command_of_the_menu_stands_for_what_it_says(telegram: Telegram, command: str, told: str) -> None:
    await telegram.ask("在吗")
    await telegram.ask(command)
    assert telegram.dialogue.texts[-1] == told
    assert telegram.rows()[2].text == command


async def test_whoever_starts_for_the_first_time_is_welcomed_and_no_more(telegram: Telegram) -> None:
    telegram.do(says(USER, "/start"))
    await telegram.until(lambda: bool(telegram.books.sent))
    await telegram.idle()
    assert len(telegram.books.sent) == 1 and telegram.dialogue.texts == []


async def test_whoever_starts_again_reads_something_again(telegram: Telegram) -> None:
    telegram.do(says(USER, "/start"))
    await telegram.until(lambda: bool(telegram.books.sent))
    await telegram.idle()
    for times in (1, 2):
        await telegram.ask("/start")
        assert telegram.dialogue.texts == ["/greet"] * times


@pytest.mark.parametrize("command", ["/human 屏幕碎了", "/start"])
async def test_a_photo_below_which_a_command_stands_is_kept_and_the_command_is_obeyed(
    telegram: Telegram, command: str
) -> None:
    telegram.books.files["P1"] = a_jpeg()
    await telegram.ask(photo=a_photo("P1"), caption=command)
    evidence, told = telegram.dialogue.texts
    assert evidence.startswith("/provide_evidence")
    assert told == ("/request_human" if command != "/start" else "/greet")
    assert "image" in telegram.rows()[0].payload and telegram.rows()[0].text == command


async def test_a_link_with_an_order_opens_that_order(telegram: Telegram) -> None:
    await telegram.ask("/start 202611110001")
    assert telegram.dialogue.texts == ["订单 202611110001"]


async def test_a_link_with_anything_else_only_starts(telegram: Telegram) -> None:
    telegram.do(says(USER, "/start campaign_autumn"))
    await telegram.until(lambda: bool(telegram.books.sent))
    await telegram.idle()
    assert telegram.dialogue.texts == []


async def test_in_the_queue_a_command_is_about_the_queue(telegram: Telegram) -> None:
    await telegram.ask("在吗")
    conversation = telegram.conversation()
    with telegram.world.write() as work:
        work.conversations.change_mode(
            conversation.id, of=[Mode.BOT], to=Mode.QUEUED, by="t", waiting_since=telegram.world.clock.now()
        )
        work.commit()
    await telegram.ask("/cancel")
    assert telegram.conversation().mode in handoff.SERVED_BY_BOT


# ---- photos and other things ----
async def test_a_photo_is_fetched_at_its_largest_with_its_caption(telegram: Telegram) -> None:
    telegram.books.files["P1"] = a_jpeg()
    await telegram.ask(photo=a_photo("P1"), caption="破了")
    assert telegram.dialogue.texts[0].startswith("/provide_evidence") and telegram.dialogue.texts[1] == "破了"
    assert "image" in telegram.rows()[0].payload


async def test_an_album_is_one_message(telegram: Telegram) -> None:
    for number in range(3):
        telegram.books.files[f"A{number}"] = a_jpeg(seed=number + 5)
        caption = {"caption": "三张都在"} if number == 1 else {}
        telegram.do(says(USER, photo=a_photo(f"A{number}"), media_group_id="album", **caption))
    await telegram.until(lambda: len(telegram.sent()) >= 2)
    await telegram.idle()
    evidence, words = telegram.dialogue.texts
    given = json.loads(evidence.removeprefix("/provide_evidence"))
    assert len(given["evidence"].split(",")) == 3 and words == "三张都在"


async def test_a_telephones_photo_sent_as_a_file_is_taken(telegram: Telegram) -> None:
    telegram.books.files["H"] = HEIC.read_bytes()
    await telegram.ask(document=a_document("H", "image/heic"))
    assert telegram.dialogue.texts[0].startswith("/provide_evidence")


@pytest.mark.parametrize(
    ("content", "code", "limit"),
    [
        ({"voice": {"file_id": "V", "file_unique_id": "V", "duration": 2}}, "voice_not_taken", None),
        ({"location": {"longitude": 121.5, "latitude": 31.2}}, "location_not_taken", None),
        ({"contact": {"phone_number": "13800000000", "first_name": "李"}}, "contact_not_taken", None),
        ({"dice": {"emoji": "🎲", "value": 3}}, "kind_not_taken", None),
        ({"document": a_document("D", "application/pdf")}, "photo_not_an_image", None),
        ({"document": a_document("D", "video/mp4", 21 * 2**20)}, "photo_too_big", 20),
    ],
    ids=["voice", "location", "contact", "dice", "pdf", "too big"],
)
async def test_what_cannot_be_taken_is_answered_politely(
    telegram: Telegram, content: dict[str, Any], code: str, limit: int | None
) -> None:
    assert [each.text for each in await telegram.ask(**content)] == [wording.error_message(code, limit=limit)]
    assert telegram.dialogue.texts == []


async def test_a_pinned_message_is_no_message_to_us(telegram: Telegram) -> None:
    await telegram.ask("在吗")
    telegram.do(says(USER, pinned_message=says(USER, "在吗")["message"]))
    await telegram.idle()
    assert telegram.texts() == ["听到：在吗"]


async def test_a_file_that_cannot_be_fetched_at_once_is_fetched_later(telegram: Telegram) -> None:
    telegram.books.files["P1"] = a_jpeg()
    telegram.books.order(Fault("getFile", "error"))
    await telegram.ask(photo=a_photo("P1"))
    assert telegram.dialogue.texts[0].startswith("/provide_evidence")


async def test_one_whose_photo_hangs_holds_up_nobody_else(telegram: Telegram) -> None:
    telegram.books.order(Fault("getFile", "hang"))
    telegram.do(says(USER, photo=a_photo("P1")))
    await telegram.until(lambda: ["getFile", None] in [list(each) for each in telegram.books.calls])
    telegram.do(says(43, "在吗"))
    await telegram.until(lambda: telegram.texts(43) == ["听到：在吗"])


# ---- corrections ----
async def test_corrected_words_are_heard_as_new_ones(telegram: Telegram) -> None:
    said = says(USER, "订单 A1001")
    telegram.do(said)
    await telegram.until(lambda: len(telegram.sent()) == 1)
    telegram.do(edits(said, text="订单 A1002"))
    await telegram.until(lambda: len(telegram.sent()) == 2)
    assert telegram.dialogue.texts == ["订单 A1001", "订单 A1002"]


async def test_a_correction_back_to_the_first_words_is_heard_too(telegram: Telegram) -> None:
    said = says(USER, "我要退货")
    await telegram.ask_as(said)
    for words in ("我要换货", "我要退货"):  # within the same second
        await telegram.ask_as(edits(said, text=words))
    telegram.do(edits(said, text="我要退货"))
    await telegram.idle()
    assert telegram.dialogue.texts == ["我要退货", "我要换货", "我要退货"]


async def test_an_edit_that_changes_no_word_is_passed_over(telegram: Telegram) -> None:
    said = says(USER, "看 https://example.com")
    telegram.do(said)
    await telegram.until(lambda: len(telegram.sent()) == 1)
    telegram.do(edits(said))
    await telegram.idle()
    assert len(telegram.dialogue.texts) == 1


# ---- buttons ----
async def test_a_press_is_answered_at_once_heard_once_and_stays_to_be_seen(telegram: Telegram) -> None:
    telegram.dialogue.answer = choice
    [offer] = await telegram.ask("你好")
    token = offer.buttons[0]["token"]
    assert len(token.encode()) <= 64
    press = presses(USER, token, offer.message_id, "退款")
    telegram.do(press)
    await telegram.until(lambda: len(telegram.sent()) == 2)
    await telegram.until(lambda: offer.buttons[0]["title"] == f"{CHOSEN} 退款")
    assert len(offer.buttons) == 1 and telegram.books.presses[press["callback_query"]["id"]] == ""
    again = presses(USER, token, offer.message_id, f"{CHOSEN} 退款")
    telegram.do(again)
    await telegram.until(lambda: telegram.books.presses[again["callback_query"]["id"]] is not None)
    await telegram.idle()
    assert telegram.books.presses[again["callback_query"]["id"]] == wording.error_message("button_used")
    assert telegram.dialogue.texts == ["你好", "/request_refund"]


async def test_somebody_elses_button_does_nothing_and_says_so(telegram: Telegram) -> None:
    telegram.dialogue.answer = choice
    [offer] = await telegram.ask("你好")
    telegram.do(presses(43, offer.buttons[0]["token"], offer.message_id))
    await telegram.until(lambda: telegram.texts(43) == [wording.error_message("button_expired")])
    assert telegram.dialogue.texts == ["你好"]


# ---- groups ----
async def test_a_group_is_told_once_and_left(telegram: Telegram) -> None:
    telegram.do(added_to_group(-5))
    group = says(-5, "/start@anxin_bot")
    group["message"]["chat"] = {"id": -5, "type": "group", "title": "一家人"}
    telegram.do(group)
    await telegram.until(lambda: telegram.books.left == [-5])
    assert telegram.texts(-5) == [wording.error_message("private_only")]
    with telegram.world.read() as work:
        assert work.conversations.get("-5") is None and not work.inbox.waiting(
            "telegram", telegram.world.clock.now(), 9
        )


# ---- the way out ----
async def test_a_case_is_shown_in_words_with_its_buttons_below(telegram: Telegram) -> None:
    card = {"kind": "order", "order_no": "A1001", "status": "signed", "paid_fen": 12800, "items": []}
    telegram.dialogue.answer = lambda _: Turn((Reply("是这一单吗？", (("是", "/affirm"),), card),))
    [said] = await telegram.ask("你好")
    assert said.text.splitlines() == ["是这一单吗？", "", "订单 A1001（已签收）", "合计 ¥128.00"]
    assert [each["title"] for each in said.buttons] == ["是"]


async def test_a_long_text_comes_in_parts_with_the_buttons_under_the_last(telegram: Telegram) -> None:
    text = "\n\n".join(f"第 {number} 段。" + "好" * 900 for number in range(6))
    telegram.dialogue.answer = lambda _: Turn((Reply(text, (("知道了", "/affirm"),)),))
    first, last = await telegram.ask("你好")
    assert (first.buttons, last.buttons[0]["title"]) == ([], "知道了")
    assert first.text + "\n\n" + last.text == text


async def test_a_picture_goes_out_with_its_words_below(telegram: Telegram) -> None:
    telegram.books.files["P1"] = a_jpeg()
    await telegram.ask(photo=a_photo("P1"))
    image = telegram.rows()[0].payload["image"]
    telegram.dialogue.answer = lambda _: Turn((Reply("收到的是这张", image=image),))
    [shown] = await telegram.ask("是哪张")
    assert (shown.kind, shown.text) == ("photo", "收到的是这张") and shown.size > 1000


async def test_who_has_blocked_the_bot_reads_it_when_they_write_again(telegram: Telegram) -> None:
    await telegram.ask("在吗")
    telegram.books.blocked.add(USER)
    tell(telegram.world, telegram.conversation().id, Notice("queue_waits"))
    await telegram.idle()
    assert len(telegram.sent()) == 1
    telegram.books.blocked.discard(USER)
    await telegram.ask("我回来了")
    await telegram.until(lambda: len(telegram.sent()) == 3)
    assert telegram.texts()[1:] == [wording.render("queue_waits", {}).text, "听到：我回来了"]


@pytest.mark.parametrize("told", [True, False], ids=["telegram tells us", "we hear it when we send"])
async def test_who_has_blocked_the_bot_is_written_to_no_more_until_they_open_the_chat_again(
    telegram: Telegram, told: bool
) -> None:
    await telegram.ask("在吗")
    telegram.books.blocked.add(USER)
    if told:
        telegram.do(shuts(USER))
        await telegram.until(lambda: telegram.conversation().left_at is not None)
    calls = telegram.books.calls.copy()
    for number in range(3):
        tell(telegram.world, telegram.conversation().id, Notice("queue_waits", dedupe_key=f"{number}"))
        await telegram.idle()
    sent = [each for each in telegram.books.calls[len(calls) :] if each[0] == "sendMessage"]
    assert len(sent) == (0 if told else 1) and telegram.conversation().left_at is not None
    telegram.books.blocked.discard(USER)
    telegram.do(shuts(USER, False))
    await telegram.until(lambda: len(telegram.sent()) == 4)
    assert telegram.conversation().left_at is None


@pytest.mark.parametrize("fault", ["error_after", "lose_answer"])
async def test_what_may_have_arrived_is_not_sent_again_by_itself(telegram: Telegram, fault: str) -> None:
    telegram.books.order(Fault("sendMessage", fault, chat_id=USER, times=2))
    telegram.do(says(USER, "在吗"))
    await telegram.until(lambda: len(telegram.books.sent) == 2)
    await telegram.idle()
    assert telegram.texts() == ["听到：在吗"]
    assert await deliver(telegram.world, telegram.chat.senders) == 0


async def test_a_short_flood_is_waited_out(telegram: Telegram) -> None:
    telegram.books.order(Fault("sendMessage", "flood", seconds=1))
    assert [each.text for each in await telegram.ask("在吗")] == ["听到：在吗"]


async def test_a_long_flood_puts_the_message_back(telegram: Telegram) -> None:
    telegram.books.order(Fault("sendMessage", "flood", seconds=30))
    telegram.do(says(USER, "在吗"))
    await telegram.until(lambda: bool(telegram.dialogue.texts))
    await telegram.idle()
    assert telegram.sent() == []
    with telegram.world.read() as work:
        queued = work.messages.queued(telegram.conversation().id, 10, now=telegram.world.clock.now())
    assert queued == []  # nothing is due yet
