"""What an agent wrote reaches the customer once, wherever the process dies that was to send it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.domain.case import Role
from backend.domain.conversation import Author, Delivery
from backend.ports import World
from backend.services import agent_talk, handoff, ownership, presence
from backend.services.agent_talk import AgentReply
from backend.services.conversations import open_conversation, transcript
from backend.services.staff import add_staff
from backend.settings import Settings
from bot.delivery import LEASE, ReadFromTranscript, deliver, take_back_lapsed
from tests.clock import FakeClock

ROOT = Path(__file__).parents[2]

_DIES = """
import asyncio, os, signal, sys
from backend.adapters.database import DatabaseUnitOfWork
from backend.adapters.repositories.messages import MessageTable
from backend.bootstrap import open_backend
from backend.settings import read_settings
from bot import delivery
from bot.delivery import ReadFromTranscript
from tests.clock import FakeClock

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

point = sys.argv[1]
steps = {
    "before taking it": (delivery, "_show"),
    "while wording it": (delivery, "_as_read"),
    "before writing it down": (MessageTable, "end"),
    "before it holds": (DatabaseUnitOfWork, "once_committed"),
}
setattr(*steps[point], die)
backend = open_backend(read_settings(), clock=FakeClock())
asyncio.run(delivery.deliver(backend.world, {"webchat": ReadFromTranscript()}))
"""


def _send_and_die(settings: Settings, point: str) -> int:
    environment = {**os.environ, "ANXIN_VAR": str(settings.var)}
    return subprocess.run([sys.executable, "-c", _DIES, point], cwd=ROOT, env=environment, timeout=120).returncode


@pytest.mark.parametrize("point", ["before taking it", "while wording it", "before writing it down", "before it holds"])
async def test_an_agents_message_outlives_a_killed_sender(
    world: World, clock: FakeClock, settings: Settings, point: str
) -> None:
    senders = {"webchat": ReadFromTranscript()}
    li = add_staff(world, "小李", Role.AGENT)
    presence.hear(world, li)
    talk = open_conversation(world, "webchat", "visitor").id
    handoff.request_human(world, talk, reason="asked", by="test")
    ownership.claim(world, talk, li)
    await deliver(world, senders)
    agent_talk.reply(world, talk, li, AgentReply("退款已经安排", client_id="p-1"))

    assert await asyncio.to_thread(_send_and_die, settings, point) == -signal.SIGKILL
    assert [row.text for row in transcript(world, talk, 0) if row.author is Author.AGENT] == []

    agent_talk.reply(world, talk, li, AgentReply("退款已经安排", client_id="p-1"))  # the page sends it again
    clock.advance(seconds=LEASE.total_seconds() + 1)
    await take_back_lapsed(world, senders)
    for _ in range(2):
        await deliver(world, senders)
    (shown,) = [row for row in transcript(world, talk, 0) if row.author is Author.AGENT]
    assert (shown.text, shown.name, shown.delivery) == ("退款已经安排", "小李", Delivery.SENT)
