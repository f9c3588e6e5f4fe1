"""The streams that open pages of the desk read end by themselves."""

import asyncio

import pytest
from anyio import Event

from backend.ports import World
from bot.desk.live import GONE, DeskLive

SOON = 10.0


@pytest.mark.parametrize(("stops", "told"), [(True, False), (False, True)], ids=["server stops", "session ends"])
async def test_only_who_may_look_on_no_more_is_sent_to_the_log_in(world: World, stops: bool, told: bool) -> None:
    live, stopping = DeskLive(world), Event()
    if stops:
        stopping.set()

    async def names() -> list[str]:
        return [name async for name in live.listen(lambda: stops, stopping)]

    assert (GONE in await asyncio.wait_for(names(), SOON)) is told
    await live.close()
