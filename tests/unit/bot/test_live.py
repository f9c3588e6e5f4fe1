"""Whoever listens is woken, by this process and by others."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from backend.domain.case import Role
from backend.domain.ownership import TYPING_SHOWS
from backend.ports import World
from backend.services import agent_talk, handoff, ownership
from backend.services.conversations import Notice, open_conversation, tell
from backend.services.staff import add_staff
from bot.live import BREATH_SECONDS, Listener, Live
from tests.clock import FakeClock

SOON = 10.0


@dataclass
class Arrived:
    """Notes the conversations in which another process has written."""

    of: list[str] = field(default_factory=list)

    async def __call__(self, conversation_id: str) -> None:
        self.of.append(conversation_id)


@pytest.fixture
def arrived() -> Arrived:
    return Arrived()


async def test_what_this_process_writes_wakes_at_once(world: World) -> None:
    live = Live(world, _nothing)
    async with live.listen("conv-1") as listener, live.listen("conv-2") as other:
        live.notify("conv-1")
        assert await listener.wait(SOON)
        assert not await other.wait(0.01)
    await live.close()


async def test_a_message_of_their_own_waits_a_breath_for_its_answer(world: World) -> None:
    live = Live(world, _nothing)
    async with live.listen("conv-1") as listener:
        waiting = asyncio.create_task(listener.wait(SOON))
        live.notify_soon("conv-1", 2)
        live.show("conv-1", typing=True, read=2)
        for _ in range(3):
            await asyncio.sleep(0)
        assert not waiting.done()
        live.notify("conv-1")
        assert await waiting and listener.heard()
        assert not await listener.wait(2 * BREATH_SECONDS), "what was told is told again"
    await live.close()


async def test_an_answer_that_takes_longer_leaves_it_to_be_told_alone(world: World) -> None:
    live = Live(world, _nothing)
    async with live.listen("conv-1") as listener:
        live.notify_soon("conv-1", 2)
        live.show("conv-1", typing=True, read=2)
        assert await listener.wait(SOON) and listener.heard()
        assert (listener.typing, listener.read) == (True, 2)
    await live.close()


async def test_the_poll_leaves_a_message_alone_that_this_process_has_stored(world: World, arrived: Arrived) -> None:
    conversation = open_conversation(world, "webchat", "visitor")
    live = Live(world, arrived)
    async with live.listen(conversation.id) as listener:
        live.notify_soon(conversation.id, 1)
        assert await listener.wait(SOON)
        assert not await listener.wait(0.5)
        assert arrived.of == []
    await live.close()


async def test_what_another_process_writes_is_delivered_and_wakes(world: World, arrived: Arrived) -> None:
    conversation = open_conversation(world, "webchat", "visitor")
    live = Live(world, arrived)
    async with live.listen(conversation.id) as listener:
        while await listener.wait(0.5):  # the welcome is news to a poller that has just begun
            continue
        arrived.of.clear()
        await asyncio.to_thread(tell, world, conversation.id, Notice("queue_left"))
        assert await listener.wait(SOON)
    assert arrived.of[0] == conversation.id
    await live.close()


async def test_what_a_listener_has_passed_on_already_is_no_news_to_it(world: World, arrived: Arrived) -> None:
    conversation = open_conversation(world, "webchat", "visitor")
    live = Live(world, arrived)
    async with live.listen(conversation.id) as listener:
        listener.shown = 1  # the welcome, which a poller that has just begun finds
        assert not await listener.wait(0.5)
        assert arrived.of == []
        tell(world, conversation.id, Notice("queue_left"))
        assert await listener.wait(SOON)
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


async def test_what_an_agent_does_in_another_process_is_shown_and_ends_by_itself(
    world: World, clock: FakeClock
) -> None:
    conversation = open_conversation(world, "webchat", "visitor").id
    li = add_staff(world, "小李", Role.AGENT)
    handoff.request_human(world, conversation, reason="asked", by="test")
    ownership.claim(world, conversation, li)
    live = Live(world, _nothing)
    async with live.listen(conversation) as listener:
        agent_talk.mark_read(world, conversation, li, 2)
        agent_talk.show_typing(world, conversation, li)
        await _until(listener, lambda: listener.typing and listener.read == 2)
        clock.advance(seconds=TYPING_SHOWS.total_seconds())
        await _until(listener, lambda: not listener.typing)
    await live.close()


async def _until(listener: Listener, true: Callable[[], bool]) -> None:
    while not true():
        assert await listener.wait(SOON)


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
