"""Whoever listens is woken, by this process and by others."""

import asyncio

from backend.ports import World
from backend.services.conversations import Notice, open_conversation, tell
from bot.live import Live

SOON = 10.0


async def test_what_this_process_writes_wakes_at_once(world: World) -> None:
    live = Live(world, _nothing)
    async with live.listen("conv-1") as listener, live.listen("conv-2") as other:
        live.notify("conv-1")
        assert await listener.wait(SOON)
        assert not await other.wait(0.01)
    await live.close()


async def test_what_another_process_writes_is_delivered_and_wakes(world: World) -> None:
    conversation = open_conversation(world, "webchat", "visitor")
    arrived: list[str] = []

    async def note(conversation_id: str) -> None:
        arrived.append(conversation_id)

    live = Live(world, note)
    async with live.listen(conversation.id) as listener:
        while await listener.wait(0.5):  # the welcome is news to a poller that has just begun
            continue
        arrived.clear()
        await asyncio.to_thread(tell, world, conversation.id, Notice("queue_left"))
        assert await listener.wait(SOON)
    assert arrived[0] == conversation.id
    await live.close()


async def test_typing_and_reading_are_shown_to_those_who_listen(world: World) -> None:
    live = Live(world, _nothing)
    async with live.listen("conv-1") as listener:
        live.show("conv-1", typing=True, read=4)
        assert await listener.wait(SOON)
        assert (listener.typing, listener.read) == (True, 4)
        live.show("conv-1", typing=False)
        assert (listener.typing, listener.read) == (False, 4)
    await live.close()


async def test_closing_sends_everybody_home(world: World) -> None:
    live = Live(world, _nothing)
    async with live.listen("conv-1") as listener:
        await live.close()
        assert await listener.wait(SOON) and listener.closed


async def test_nobody_is_asked_while_nobody_listens(world: World) -> None:
    live = Live(world, _nothing)
    async with live.listen("conv-1"):
        assert live._polling is not None
    await asyncio.wait_for(asyncio.shield(live._polling), SOON)


async def _nothing(_: str) -> None: ...
