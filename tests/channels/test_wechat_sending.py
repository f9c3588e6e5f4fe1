"""What goes out to WeChat: into waiting answers, within what WeChat grants, by templates, and honestly when it fails.

The API is a stand-in that refuses what WeChat refuses, called over HTTP by wechatpy.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from backend.domain.conversation import Author, Conversation, Delivery, Ended, Message, NewMessage
from backend.domain.wechat import AFTER_CLICK, AFTER_MESSAGE
from backend.ports import World
from backend.services import wechat
from backend.services.conversations import Notice, open_conversation, tell
from backend.services.evidence import keep_evidence
from backend.settings import Settings, WeChatSettings, WeChatTemplate, read_settings
from bot.channels.wechat import menu, words
from bot.channels.wechat.sender import open_sender
from bot.channels.wechat.sending import WeChatSender
from bot.delivery import deliver
from bot.sandbox.wechat_account import Account
from bot.sandbox.wechat_api import build_app
from bot.sandbox.wechat_phone import Address
from tests.channels.wechat_side import AES_KEY, APP_ID, SECRET, TOKEN, settings_for
from tests.clock import FakeClock
from tests.photos import a_jpeg

USER = "oCustomer1"


@pytest.fixture
def account() -> Account:
    account = Account(APP_ID, SECRET)
    account.follower(USER)
    return account


@pytest.fixture
async def side(account: Account) -> AsyncIterator[str]:
    """The stand-in's URL."""
    runner = web.AppRunner(build_app(account, Address("http://127.0.0.1:1/", TOKEN, AES_KEY)), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    yield f"http://{host}:{port}"
    await runner.cleanup()


@pytest.fixture
async def sender(world: World, side: str) -> AsyncIterator[WeChatSender]:
    opened = a_sender(world, side)
    yield opened
    await opened.close()


@pytest.fixture
def conversation(world: World, account: Account) -> Conversation:
    """One in which nothing waits, and whose customer has just written."""
    conversation = open_conversation(world, "wechat", USER)
    with world.write() as work:
        for row in work.messages.queued(conversation.id, 10):
            work.messages.settle(row.id, Ended(Delivery.SENT, world.clock.now()))
        work.commit()
    wrote(world, account)
    return conversation


def a_sender(world: World, url: str, **settings: Any) -> WeChatSender:
    given = WeChatSettings(app_id=APP_ID, app_secret=SECRET, token=TOKEN, aes_key=AES_KEY, url=url, **settings)
    opened = open_sender(world, replace(read_settings({}), wechat=given))
    assert opened is not None
    return opened


def wrote(world: World, account: Account) -> None:
    """The customer wrote something that was answered with nothing."""
    call = wechat.open_call(world, f"m{world.clock.now().timestamp()}", USER, AFTER_MESSAGE)
    wechat.end_call(world, call, "")
    account.follower(USER).grant(5, 48 * 3600)


def say(world: World, conversation: Conversation, text: str, **payload: Any) -> Message:
    with world.write() as work:
        new = NewMessage(Author.BOT, text, payload)
        row = work.messages.add(conversation, new, world.clock.now(), delivery=Delivery.QUEUED)
        work.commit()
    assert row is not None
    return row


async def delivered(world: World, sender: WeChatSender, message: Message) -> Message:
    """The row after the outbox was seen to."""
    await deliver(world, {"wechat": sender})
    with world.read() as work:
        found = work.talk.message(message.id)
    assert found is not None
    return found


def shown(account: Account) -> list[Any]:
    return [row.get("text", row["kind"]) for row in account.follower(USER).shown]


def left(world: World, messages: int) -> int | None:
    """Spend so many; how many are left, None where there were not enough."""
    spent = wechat.spend(world, USER, messages)
    return None if spent is None else spent.left


async def test_without_a_call_a_text_is_a_message_of_our_own(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    row = await delivered(world, sender, say(world, conversation, "退款已到账"))
    assert (row.delivery, shown(account)) == (Delivery.SENT, ["退款已到账"])


async def test_while_a_call_waits_words_go_into_its_answer_and_cost_nothing(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    wechat.open_call(world, "m2", USER, AFTER_MESSAGE)
    for text in ("一", "二", "三", "四", "五", "六", "七"):
        assert (await delivered(world, sender, say(world, conversation, text))).delivery is Delivery.SENT
    assert shown(account) == [] and left(world, 5) == 0
    assert [part.text for part in wechat.get_call(world, "m2").parts] == ["一", "二", "三", "四", "五", "六", "七"]


async def test_what_an_answer_has_no_room_for_follows_it(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    call = wechat.open_call(world, "m2", USER, AFTER_MESSAGE)
    await delivered(world, sender, say(world, conversation, "短的"))
    row = await delivered(world, sender, say(world, conversation, "长的。" * 225))
    assert row.delivery is Delivery.SENT and shown(account) == ["长的。" * 225]
    assert wechat.get_call(world, call.key).until <= world.clock.now(), "the answer is asked to go first"


async def test_the_sixth_message_of_our_own_waits_for_the_customer(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    rows = [await delivered(world, sender, say(world, conversation, f"第{n}条")) for n in range(1, 7)]
    assert [row.delivery for row in rows] == [Delivery.SENT] * 5 + [Delivery.HELD]
    assert shown(account)[-1] == f"第5条\n\n{words.said('last')}"


async def test_after_two_days_everything_waits(
    world: World, clock: FakeClock, sender: WeChatSender, conversation: Conversation
) -> None:
    clock.advance(hours=49)
    assert (await delivered(world, sender, say(world, conversation, "进度"))).delivery is Delivery.HELD


async def test_when_wechat_counted_differently_what_it_says_holds(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    account.follower(USER).grants.clear()
    row = await delivered(world, sender, say(world, conversation, "进度"))
    assert row.delivery is Delivery.HELD and "45015" in row.error
    assert left(world, 1) is None


async def test_buttons_of_our_own_messages_are_pressed_by_their_tokens(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    tell(world, conversation.id, Notice("queue_left"))
    await deliver(world, {"wechat": sender})
    buttons = account.follower(USER).shown[0]["buttons"]
    with world.read() as work:
        pressed = work.buttons.redeem(conversation.id, buttons["转人工"], world.clock.now())
    assert pressed == ("转人工", "/request_human")


async def test_a_photo_is_uploaded_and_follows_its_words(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    kept = keep_evidence(world, conversation.id, a_jpeg(60, 60))
    row = await delivered(world, sender, say(world, conversation, "看这里", image=kept.evidence.id))
    assert row.delivery is Delivery.SENT
    assert [each["kind"] for each in account.follower(USER).shown] == ["text", "image"]


async def test_a_text_that_is_too_long_comes_in_pieces(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    await delivered(world, sender, say(world, conversation, "很长的一句话。" * 200))
    assert len(shown(account)) == 3 and "".join(shown(account)) == "很长的一句话。" * 200


async def test_an_account_that_may_only_answer_holds_what_comes_later_and_asks_again_after_a_day(
    world: World, clock: FakeClock, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    account.verified = False
    row = await delivered(world, sender, say(world, conversation, "一"))
    assert row.delivery is Delivery.HELD and "48001" in row.error
    account.verified = True
    assert (await delivered(world, sender, say(world, conversation, "二"))).delivery is Delivery.HELD
    clock.advance(hours=25)
    assert (await delivered(world, sender, say(world, conversation, "三"))).delivery is Delivery.SENT


async def test_an_account_that_may_only_answer_answers_in_words_whatever_it_is(
    world: World, side: str, conversation: Conversation
) -> None:
    sender = a_sender(world, side, passive_only=True)
    wechat.open_call(world, "m2", USER, AFTER_MESSAGE)
    kept = keep_evidence(world, conversation.id, a_jpeg(60, 60))
    row = await delivered(world, sender, say(world, conversation, "看这里", image=kept.evidence.id))
    assert row.delivery is Delivery.SENT
    assert wechat.get_call(world, "m2").parts[0].text == f"看这里\n{words.said('no_picture')}"
    assert (await delivered(world, sender, say(world, conversation, "长的。" * 300))).delivery is Delivery.HELD
    await sender.close()


async def test_who_has_unsubscribed_gets_nothing_until_they_are_back(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    wechat.follow(world, USER, follows=False)
    row = say(world, conversation, "进度")
    assert (await delivered(world, sender, row)).delivery is Delivery.HELD
    wechat.open_call(world, "back", USER, AFTER_CLICK)
    assert wechat.welcome_back(world, conversation.id) == 1
    assert (await delivered(world, sender, row)).delivery is Delivery.SENT


@pytest.mark.parametrize("subscription", [True, False], ids=["subscription", "template"])
async def test_outside_the_window_a_notice_takes_its_template(
    world: World, side: str, account: Account, conversation: Conversation, clock: FakeClock, subscription: bool
) -> None:
    fields = {"character_string1": "{{ case_no }}", "thing2": "{{ text }}"}
    form = WeChatTemplate("TPL", fields, subscription=subscription)
    sender = a_sender(world, side, templates={"parcel_received": form})
    account.templates["TPL"] = list(fields)
    account.follower(USER).agreed.add("TPL")
    clock.advance(days=3)
    tell(world, conversation.id, Notice("parcel_received", {"case_no": "RC1", "due_at": None}, dedupe_key="notice"))
    tell(world, conversation.id, Notice("queue_waits", dedupe_key="other"))
    await deliver(world, {"wechat": sender})
    told = account.follower(USER).shown
    assert [row["kind"] for row in told] == ["TPL"]
    assert told[0]["fields"]["character_string1"] == "RC1" and len(told[0]["fields"]["thing2"]) <= 20
    with world.read() as work:
        found = [work.messages.by_dedupe_key(key) for key in ("notice", "other")]
    assert [row and row.delivery for row in found] == [Delivery.SENT, Delivery.HELD]
    await sender.close()


async def test_a_template_that_lacks_what_the_notice_knows_lets_it_wait(
    world: World, side: str, conversation: Conversation, clock: FakeClock
) -> None:
    sender = a_sender(world, side, templates={"queue_waits": WeChatTemplate("TPL", {"thing1": "{{ nobody }}"})})
    clock.advance(days=3)
    tell(world, conversation.id, Notice("queue_waits", dedupe_key="notice"))
    await deliver(world, {"wechat": sender})
    with world.read() as work:
        row = work.messages.by_dedupe_key("notice")
    assert row is not None and row.delivery is Delivery.HELD
    await sender.close()


async def test_a_token_that_is_over_is_fetched_anew_once(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    await delivered(world, sender, say(world, conversation, "一"))
    account.expire_token()
    await delivered(world, sender, say(world, conversation, "二"))
    assert shown(account) == ["一", "二"] and account.tokens == 2


async def test_two_senders_share_one_token(
    world: World, side: str, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    other = a_sender(world, side)
    await delivered(world, sender, say(world, conversation, "一"))
    await delivered(world, other, say(world, conversation, "二"))
    assert shown(account) == ["一", "二"] and account.tokens == 1
    await other.close()


async def order(side: str, path: str, fault: str, times: int = 1) -> None:
    async with aiohttp.ClientSession() as http:
        body = {"path": path, "fault": fault, "times": times}
        assert (await http.post(f"{side}/sandbox/faults", json=body)).status == 200


@pytest.mark.parametrize(
    ("path", "fault", "outcome", "arrived"),
    [
        ("message/custom/send", "busy", Delivery.QUEUED, False),
        ("message/custom/send", "lost", Delivery.UNKNOWN, True),
        ("message/custom/send", "error", Delivery.UNKNOWN, True),
        ("message/custom/send", "never", Delivery.UNKNOWN, False),
        ("stable_token", "error", Delivery.QUEUED, False),
        ("stable_token", "never", Delivery.QUEUED, False),
    ],
)
async def test_an_outcome_that_is_not_known_is_never_called_one_that_is(
    world: World, side: str, account: Account, sender: WeChatSender, conversation: Conversation,
    path: str, fault: str, outcome: Delivery, arrived: bool,
) -> None:  # fmt: skip
    await order(side, path, fault)
    row = await delivered(world, sender, say(world, conversation, "进度"))
    assert row.delivery is outcome and bool(shown(account)) is arrived


async def test_an_upload_without_an_answer_is_made_again_later(
    world: World, clock: FakeClock, side: str, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    kept = keep_evidence(world, conversation.id, a_jpeg(60, 60))
    row = say(world, conversation, "", image=kept.evidence.id)
    await order(side, "media/upload", "lost")
    assert (await delivered(world, sender, row)).delivery is Delivery.QUEUED
    clock.advance(seconds=10)
    assert (await delivered(world, sender, row)).delivery is Delivery.SENT
    assert [each["kind"] for each in account.follower(USER).shown] == ["image"]


async def test_wechat_away_holds_the_row_for_a_while(world: World, conversation: Conversation) -> None:
    nowhere = a_sender(world, "http://127.0.0.1:9")
    assert (await delivered(world, nowhere, say(world, conversation, "进度"))).delivery is Delivery.QUEUED
    await nowhere.close()


async def test_an_hour_of_wechat_away_costs_none_of_what_it_grants(
    world: World, clock: FakeClock, side: str, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    nowhere = a_sender(world, "http://127.0.0.1:9")
    row = say(world, conversation, "退款已到账")
    for _ in range(8):
        assert (await delivered(world, nowhere, row)).delivery is Delivery.QUEUED
        clock.advance(seconds=6)
    await nowhere.close()
    assert (await delivered(world, sender, row)).delivery is Delivery.SENT
    assert shown(account) == ["退款已到账"] and left(world, 4) == 0


async def test_what_wechat_refuses_costs_nothing(
    world: World, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    account.verified = False
    assert "48001" in (await delivered(world, sender, say(world, conversation, "进度"))).error
    assert left(world, 5) == 0


async def test_of_a_text_in_pieces_only_those_count_that_may_have_arrived(
    world: World, side: str, account: Account, sender: WeChatSender, conversation: Conversation
) -> None:
    await order(side, "message/custom/send", "lost")
    row = await delivered(world, sender, say(world, conversation, "很长的一句话。" * 200))
    assert row.delivery is Delivery.UNKNOWN and left(world, 4) == 0


async def test_an_account_that_gets_no_token_is_tried_again_each_minute(
    world: World, clock: FakeClock, side: str, account: Account, conversation: Conversation
) -> None:
    account.secret = "another since yesterday"
    wrong = a_sender(world, side)
    row = say(world, conversation, "进度")
    await delivered(world, wrong, row)
    with world.read() as work:
        assert work.messages.queued(conversation.id, 5, now=clock.now()) == []
    clock.advance(seconds=59)
    with world.read() as work:
        assert work.messages.queued(conversation.id, 5, now=clock.now()) == []
    clock.advance(seconds=1)
    with world.read() as work:
        assert len(work.messages.queued(conversation.id, 5, now=clock.now())) == 1
    await wrong.close()


async def test_a_call_that_hangs_ends_by_our_own_limit_and_is_unknown(
    world: World, side: str, sender: WeChatSender, conversation: Conversation
) -> None:
    await order(side, "message/custom/send", "hang")
    row = await delivered(world, sender, say(world, conversation, "进度"))
    assert row.delivery is Delivery.UNKNOWN and "no answer within" in row.error


async def test_the_menu_is_created_by_one_command(
    side: str, account: Account, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    for name, value in settings_for(1).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ANXIN_WECHAT_URL", side)
    monkeypatch.setenv("ANXIN_VAR", str(settings.var))
    assert await asyncio.to_thread(menu.main, []) == 0
    assert [button["name"] for button in account.menu["button"]] == ["申请售后", "查进度", "转人工"]
    too_many = tmp_path / "menu.json"
    too_many.write_text(json.dumps({"button": account.menu["button"] * 2}), "utf-8")
    assert await asyncio.to_thread(menu.main, [str(too_many)]) == 1
    assert "40016" in capsys.readouterr().err
