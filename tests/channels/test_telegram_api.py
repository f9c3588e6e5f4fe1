"""The stand-in of the Bot API refuses what the original refuses, as the real client hears it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import TestServer
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut

from backend.settings import TelegramSettings
from bot.channels.telegram.client import open_client, outcome_of
from bot.delivery import Unclear
from bot.sandbox.telegram_api import TelegramApi
from bot.sandbox.telegram_books import Books, Fault
from tests.telegram import TOKEN, says

USER = 42


@dataclass(frozen=True)
class Platform:
    """The stand-in, and a client of it."""

    bot: Bot
    api: TelegramApi
    url: str


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    api = TelegramApi(TOKEN, Books())
    api.bring(says(USER, "在吗"))
    async with TestServer(api.app()) as server:
        url = f"http://127.0.0.1:{server.port}"
        client = open_client(TelegramSettings(TOKEN, url=url), patience=0.5)
        yield Platform(client.bot, api, url)
        await client.close()


async def test_a_button_carries_64_bytes_and_no_more(platform: Platform) -> None:
    def keyboard(payload: str) -> InlineKeyboardMarkup:
        return InlineKeyboardMarkup([[InlineKeyboardButton("好", callback_data=payload)]])

    await platform.bot.send_message(USER, "好吗", reply_markup=keyboard("a" * 64))
    with pytest.raises(BadRequest, match=r"(?i)BUTTON_DATA_INVALID"):
        await platform.bot.send_message(USER, "好吗", reply_markup=keyboard("退" * 22))


@pytest.mark.parametrize(
    ("text", "said"),
    [("好" * 4097, "too long"), ("😀" * 2049, "too long"), ("  ", "empty")],
    ids=["long", "wide", "empty"],
)
async def test_texts_are_measured(platform: Platform, text: str, said: str) -> None:
    await platform.bot.send_message(USER, "😀" * 2048)
    with pytest.raises(BadRequest, match=said):
        await platform.bot.send_message(USER, text)


async def test_a_caption_is_shorter(platform: Platform) -> None:
    with pytest.raises(BadRequest, match=r"(?i)caption is too long"):
        await platform.bot.send_photo(USER, b"jpeg", caption="好" * 1025)


async def test_an_unknown_file_and_one_that_is_too_big_are_refused(platform: Platform) -> None:
    platform.api.books.files["big"] = b"x" * (20 * 2**20 + 1)
    with pytest.raises(BadRequest, match=r"(?i)wrong file_id"):
        await platform.bot.get_file("unknown")
    with pytest.raises(BadRequest, match=r"(?i)too big"):
        await platform.bot.get_file("big")


async def test_a_chat_that_nobody_began_and_one_that_is_blocked_are_refused(platform: Platform) -> None:
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await platform.bot.send_message(43, "在吗")
    platform.api.books.blocked.add(USER)
    with pytest.raises(Forbidden, match=r"(?i)blocked"):
        await platform.bot.send_message(USER, "在吗")


async def test_who_sends_too_fast_is_told_how_long_to_wait(platform: Platform) -> None:
    with pytest.raises(RetryAfter):
        for _ in range(10):
            await platform.bot.send_message(USER, "在吗")


async def test_fetching_is_refused_while_a_webhook_is_set(platform: Platform) -> None:
    await platform.bot.set_webhook("https://shop.example/updates", secret_token="s3cr")
    with pytest.raises(Conflict):
        await platform.bot.get_updates()
    await platform.bot.delete_webhook()
    assert [update.message.text for update in await platform.bot.get_updates() if update.message] == ["在吗"]


async def test_what_was_fetched_comes_again_until_the_next_is_asked_for(platform: Platform) -> None:
    [first] = await platform.bot.get_updates()
    assert [each.update_id for each in await platform.bot.get_updates()] == [first.update_id]
    assert await platform.bot.get_updates(first.update_id + 1) == ()


async def test_a_webhook_is_https_and_its_secret_of_certain_signs(platform: Platform) -> None:
    with pytest.raises(BadRequest, match=r"(?i)HTTPS"):
        await platform.bot.set_webhook("http://shop.example/updates")
    with pytest.raises(BadRequest, match=r"(?i)unallowed"):
        await platform.bot.set_webhook("https://shop.example/updates", secret_token="秘密")


async def test_commands_have_names_of_latin_letters(platform: Platform) -> None:
    with pytest.raises(BadRequest, match=r"(?i)BOT_COMMAND_INVALID"):
        await platform.bot.set_my_commands([BotCommand("转人工", "转人工")])


async def test_a_press_is_answered_once(platform: Platform) -> None:
    platform.api.books.presses["5"] = None
    await platform.bot.answer_callback_query("5", "好")
    for query_id in ("5", "6"):
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await platform.bot.answer_callback_query(query_id)


async def test_another_token_is_not_taken(platform: Platform) -> None:
    stranger = open_client(TelegramSettings("1:" + "x" * 30, url=platform.url))
    with pytest.raises(InvalidToken):
        await stranger.bot.send_message(USER, "在吗")
    await stranger.close()


@pytest.mark.parametrize(
    ("fault", "raised", "arrived"),
    [("hang", TimedOut, 0), ("error", NetworkError, 0), ("error_after", NetworkError, 1), ("hang_up", NetworkError, 0),
     ("lose_answer", NetworkError, 1)],
)  # fmt: skip
async def test_trouble_on_demand_tells_nothing_of_what_arrived(
    platform: Platform, fault: str, raised: type[NetworkError], arrived: int
) -> None:
    platform.api.books.order(Fault("sendMessage", fault))
    with pytest.raises(raised) as trouble:
        await platform.bot.send_message(USER, "在吗")
    assert isinstance(outcome_of(trouble.value), Unclear) and len(platform.api.books.sent) == arrived
    await platform.bot.send_message(USER, "还在吗")


def test_there_is_no_trouble_of_any_other_name() -> None:
    with pytest.raises(ValueError, match=r"(?i)there is no fault"):
        Fault("sendMessage", "earthquake")
