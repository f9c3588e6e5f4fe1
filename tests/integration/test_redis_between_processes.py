"""With Redis what one process writes wakes another at once, and one conversation's turn is kept among all of them."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from backend.bootstrap import Backend, open_backend
from backend.services.conversations import Notice, open_conversation, tell
from backend.settings import Settings
from bot.bell import RedisBell
from bot.live import Live
from bot.locks import RedisLocks
from tests.redis_server import temporary_redis
from tests.waiting import PATIENCE_SECONDS

NEVER = 3600.0
"""Seconds between two looks by the clock: whoever is woken sooner was rung for."""


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with temporary_redis() as url:
        yield url


@pytest.fixture
def other(settings: Settings, redis_url: str) -> Iterator[Backend]:
    """The backend of another process."""
    backend = open_backend(replace(settings, redis_url=redis_url))
    yield backend
    backend.close()


async def test_what_another_process_writes_rings(other: Backend, redis_url: str) -> None:
    talk = open_conversation(other.world, "webchat", "visitor").id
    arrived: list[str] = []

    async def note(conversation_id: str) -> None:
        arrived.append(conversation_id)

    live = Live(other.world, note, RedisBell(redis_url, NEVER))
    async with live.listen(talk) as listener:
        while await listener.wait(1):  # the welcome
            continue
        arrived.clear()
        await asyncio.to_thread(tell, other.world, talk, Notice("queue_left"))
        assert await listener.wait(PATIENCE_SECONDS)
    assert arrived[0] == talk
    await live.close()


async def test_a_bell_without_redis_goes_by_the_clock() -> None:
    bell = RedisBell("redis://127.0.0.1:1/0", 0.01)
    await asyncio.wait_for(bell.wait(), PATIENCE_SECONDS)
    await bell.close()


def test_writing_goes_on_while_redis_is_away(settings: Settings) -> None:
    backend = open_backend(replace(settings, redis_url="redis://127.0.0.1:1/0"))
    assert open_conversation(backend.world, "webchat", "visitor").channel == "webchat"
    backend.close()


async def test_a_key_is_held_by_one_process_at_a_time(redis_url: str) -> None:
    here, there = RedisLocks(redis_url), RedisLocks(redis_url)
    told: list[str] = []

    async def turn(locks: RedisLocks, name: str) -> None:
        async with locks.hold("conv-1"):
            told.append(f"{name} begins")
            await asyncio.sleep(0.05)
            told.append(f"{name} ends")

    async with here.hold("conv-1"):
        waiting = [asyncio.create_task(turn(locks, name)) for locks, name in ((here, "a"), (there, "b"))]
        async with there.hold("conv-2"):
            told.append("another conversation is free")
        assert told == ["another conversation is free"]
    await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE_SECONDS)
    assert sorted([told[1:3], told[3:5]]) == [["a begins", "a ends"], ["b begins", "b ends"]]


async def test_without_redis_turns_are_kept_within_the_process() -> None:
    locks = RedisLocks("redis://127.0.0.1:1/0")
    held = []
    async with locks.hold("conv-1"):
        held.append("conv-1")
    assert held == ["conv-1"]
