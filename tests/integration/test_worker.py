"""The worker beside no chat server: whatever is left to do is done."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from huey import MemoryHuey

from backend.ports import World
from backend.services import conversations, handoff
from backend.settings import Settings
from bot.delivery import ReadFromTranscript
from bot.jobs import Jobs
from bot.worker import Chore, chores_of, work
from tests.clock import FakeClock

ROOT = Path(__file__).parents[2]


async def all_chores_once(world: World) -> None:
    jobs = Jobs(world, MemoryHuey(immediate=True))
    for chore in chores_of(world, {"webchat": ReadFromTranscript()}, jobs):
        await chore.do()


async def test_what_was_left_in_the_outbox_goes_out(world: World, clock: FakeClock) -> None:
    conversation = conversations.open_conversation(world, "webchat", "visitor")
    clock.advance(seconds=2)
    await all_chores_once(world)
    (welcome,) = conversations.transcript(world, conversation.id, 0)
    assert welcome.text


async def test_a_long_wait_becomes_a_ticket_and_the_customer_is_told(world: World, clock: FakeClock) -> None:
    conversation = conversations.open_conversation(world, "webchat", "visitor")
    clock.advance(seconds=2)
    await all_chores_once(world)
    handoff.request_human(world, conversation.id, reason="asked", by="test")
    clock.advance(minutes=11)
    await all_chores_once(world)
    clock.advance(seconds=2)
    await all_chores_once(world)
    rows = conversations.transcript(world, conversation.id, 0)
    assert [row.template for row in rows] == ["welcome", "queue_joined", "ticket_opened"]


async def test_a_chore_that_fails_is_done_again_and_holds_up_no_other() -> None:
    stop, done = asyncio.Event(), []

    async def fail_once() -> None:
        done.append("failing")
        if done.count("failing") == 1:
            raise OSError("the database is away")
        stop.set()

    async def other() -> None:
        done.append("other")

    await asyncio.wait_for(work([Chore("fail", 0.01, fail_once), Chore("other", 0.01, other)], stop), 10)
    assert done.count("failing") == 2 and "other" in done


def test_told_to_stop_it_ends_well(settings: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.worker"],
        cwd=ROOT,
        env={**os.environ, "ANXIN_VAR": str(settings.var)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    assert "ready" in said, said + process.stderr.read()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    assert "Traceback" not in process.stderr.read()


def test_without_a_database_it_says_how_to_get_one(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bot.worker"],
        cwd=ROOT,
        env={**os.environ, "ANXIN_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "database upgrade" in ended.stderr and "Traceback" not in ended.stderr


def test_what_runs_beside_the_chat_server_imports_no_rasa() -> None:
    program = (
        "import sys, bot.worker, bot.delivery, bot.sandbox.__main__, bot.channels.webchat.sender, backend.bootstrap\n"
        "import bot.documents.__main__, bot.desk.__main__\n"
        "sys.exit(', '.join({'rasa', 'rasa_sdk', 'tensorflow', 'sanic'} & set(sys.modules)) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
