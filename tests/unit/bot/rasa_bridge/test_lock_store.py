"""Messages of one conversation wait for each other, and no longer than they must."""

import asyncio
import time

from bot.rasa_bridge.lock_store import AsyncioLockStore

TURNS = 8


async def test_turns_of_one_conversation_come_one_by_one_in_order_and_at_once() -> None:
    store, order = AsyncioLockStore(), []

    async def turn(number: int) -> None:
        async with store.lock("conv-1"):
            order.append(f"{number} begins")
            await asyncio.sleep(0.01)
            order.append(f"{number} ends")

    began = time.monotonic()
    await asyncio.gather(*(turn(number) for number in range(TURNS)))
    assert order == [f"{number} {what}" for number in range(TURNS) for what in ("begins", "ends")]
    assert time.monotonic() - began < TURNS / 2, "Rasa's own store would have slept for a second before each but one"


async def test_conversations_do_not_wait_for_each_other() -> None:
    store = AsyncioLockStore()
    async with store.lock("conv-1"), store.lock("conv-2"):
        assert len(store._locks) == 2


async def test_nothing_is_left_of_locks_that_nobody_holds() -> None:
    store = AsyncioLockStore()
    async with store.lock("conv-1"):
        assert len(store._locks) == 1
    assert len(store._locks) == 0
