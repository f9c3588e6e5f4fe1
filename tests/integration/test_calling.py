"""How an event loop calls services, on both databases: never waiting in the loop, never doing anything twice."""

import asyncio
import threading

import pytest

from backend.calling import call_service
from backend.errors import ConversationNotFound
from backend.ports import World
from backend.services.conversations import Notice, get_conversation, open_conversation, tell

WAITS = Notice("queue_waits")


async def test_it_runs_in_the_loop_where_the_database_is_at_hand_else_in_a_thread(each_world: World) -> None:
    thread = await call_service(lambda _: threading.current_thread(), each_world)
    assert (thread is threading.current_thread()) is each_world.at_hand


async def test_while_another_holds_the_write_lock_the_loop_goes_on_and_the_service_is_done_once(world: World) -> None:
    talk = open_conversation(world, "telegram", "1").id
    loop, again = asyncio.get_running_loop(), asyncio.Event()

    def say(world: World) -> None:
        if threading.current_thread() is not threading.main_thread():
            loop.call_soon_threadsafe(again.set)
        tell(world, talk, WAITS)

    with world.write() as other:
        other.conversations.lock(talk)
        waiting = asyncio.create_task(call_service(say, world))
        await again.wait()
        assert not waiting.done()
    await waiting
    with world.read() as work:
        assert [row.template for row in work.messages.queued(talk, 9, now=world.clock.now())] == [
            "welcome",
            "queue_waits",
        ]


async def test_a_call_that_has_written_waits_for_its_next_transaction_and_begins_nothing_again(world: World) -> None:
    talk = open_conversation(world, "telegram", "1").id
    held, released = threading.Event(), threading.Event()
    called: list[int] = []

    def hold() -> None:
        with world.write() as other:
            other.conversations.lock(talk)
            held.set()
            released.wait()

    holder = threading.Thread(target=hold)

    def twice(world: World) -> None:
        called.append(1)
        tell(world, talk, WAITS)
        holder.start()
        held.wait()
        threading.Timer(0.05, released.set).start()
        tell(world, talk, WAITS)

    await call_service(twice, world)
    holder.join()
    assert called == [1]


async def test_what_a_service_raises_is_raised(each_world: World) -> None:
    with pytest.raises(ConversationNotFound):
        await call_service(get_conversation, each_world, "nowhere")
