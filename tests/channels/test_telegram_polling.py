"""Fetching updates: one of several processes does, whoever dies is followed, and nothing is lost on the way."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from backend.ports import World
from backend.settings import TelegramSettings
from bot.channels.telegram.client import open_client
from bot.channels.telegram.polling import LEASE, Poller
from bot.sandbox.telegram_api import TelegramApi
from bot.sandbox.telegram_books import Books, Fault
from tests.clock import FakeClock
from tests.telegram import TOKEN, says
from tests.waiting import PATIENCE_SECONDS


class Process:
    """A chat process, as far as it fetches."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.fails = 0

    async def take(self, body: dict[str, Any]) -> None:
        if self.fails:
            self.fails -= 1
            raise OSError("the database is away")
        self.taken.append(body["message"]["text"])

    @asynccontextmanager
    async def fetching(self, world: World, url: str, *, leaves: bool = True) -> AsyncIterator[None]:
        client = open_client(TelegramSettings(TOKEN, url=url))
        poller = Poller(world, client.bot, self.take, look_seconds=0.02)
        running = asyncio.create_task(poller.run())
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            if leaves:
                await poller.leave()
            await client.close()


@pytest.fixture
async def api() -> TelegramApi:
    return TelegramApi(TOKEN, Books())


@pytest.fixture
async def url(api: TelegramApi) -> AsyncIterator[str]:
    async with TestServer(api.app()) as server:
        yield f"http://127.0.0.1:{server.port}"


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        await asyncio.sleep(0.01)


async def test_of_two_processes_one_fetches_and_none_disturbs_it(world: World, api: TelegramApi, url: str) -> None:
    first, second = Process(), Process()
    async with first.fetching(world, url):
        await until(lambda: ("getUpdates", None) in api.books.calls)
        async with second.fetching(world, url):
            api.bring(says(42, "一"))
            api.bring(says(42, "二"))
            await until(lambda: len(first.taken) == 2)
    assert (first.taken, second.taken) == (["一", "二"], [])


async def test_when_one_leaves_the_other_goes_on_at_once(world: World, api: TelegramApi, url: str) -> None:
    first, second = Process(), Process()
    async with first.fetching(world, url):
        api.bring(says(42, "一"))
        await until(lambda: first.taken == ["一"])
    async with second.fetching(world, url):
        api.bring(says(42, "二"))
        await until(lambda: "二" in second.taken)


async def test_one_that_died_is_followed_when_its_lease_is_over(
    world: World, clock: FakeClock, api: TelegramApi, url: str
) -> None:
    async with Process().fetching(world, url, leaves=False):
        await until(lambda: ("getUpdates", None) in api.books.calls)
    heir = Process()
    async with heir.fetching(world, url):
        api.bring(says(42, "一"))
        before = len(api.books.calls)
        await asyncio.sleep(0.1)
        assert len(api.books.calls) == before
        clock.advance(seconds=LEASE.total_seconds())
        await until(lambda: heir.taken == ["一"])


async def test_what_could_not_be_kept_is_fetched_again(world: World, api: TelegramApi, url: str) -> None:
    process = Process()
    process.fails = 2
    async with process.fetching(world, url):
        api.bring(says(42, "一"))
        api.bring(says(42, "二"))
        await until(lambda: process.taken == ["一", "二"])


@pytest.mark.parametrize("fault", ["error", "flood", "hang_up"])
async def test_trouble_with_the_platform_is_waited_out(world: World, api: TelegramApi, url: str, fault: str) -> None:
    api.books.order(Fault("getUpdates", fault, times=2))
    process = Process()
    async with process.fetching(world, url):
        api.bring(says(42, "一"))
        await until(lambda: process.taken == ["一"])


async def test_a_strangers_fetching_is_noted_and_does_not_stop_us(
    world: World, api: TelegramApi, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    process = Process()
    stranger = open_client(TelegramSettings(TOKEN, url=url))
    async with process.fetching(world, url):
        await until(lambda: ("getUpdates", None) in api.books.calls)
        await stranger.bot.get_updates(timeout=0)
        await until(lambda: "somebody else fetches" in caplog.text)
        api.bring(says(42, "一"))
        await until(lambda: process.taken == ["一"])
    await stranger.close()
