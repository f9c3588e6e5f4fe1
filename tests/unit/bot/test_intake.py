"""What platforms send comes to the router once and in order, whatever breaks on the way."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from backend.adapters.database import Database
from backend.domain.conversation import Author, Conversation
from backend.domain.inbox import KeptUpdate, PlatformUpdate
from backend.errors import EvidenceRefused
from backend.ports import UnitOfWork, World
from backend.services import conversations, inbox
from backend.settings import Settings
from bot.channels import intake as intake_module
from bot.channels.intake import TRIES, Intake
from bot.channels.messages import IncomingMessage, MessageRefused
from bot.delivery import deliver
from bot.live import Live
from bot.router import Router
from tests.clock import FakeClock
from tests.unit.bot.dialogues import ScriptedDialogue
from tests.unit.bot.test_delivery import Recorder

ROOT = Path(__file__).parents[3]
CHANNEL = "telegram"


@dataclass
class WordsReader:
    """Reads the words of every update; breaks as often as told, or for as long as `hold` is not set."""

    errors: list[Exception] = field(default_factory=list)
    read_keys: list[list[str]] = field(default_factory=list)
    hold: asyncio.Event | None = None

    async def read(self, updates: Sequence[KeptUpdate], conversation_id: str) -> IncomingMessage | None:
        self.read_keys.append([each.update.key for each in updates])
        if self.hold is not None and updates[0].update.channel_user_id == "slow":
            await self.hold.wait()
        if self.errors:
            raise self.errors.pop(0)
        words = " ".join(each.update.body["text"] for each in updates).strip()
        return IncomingMessage(conversation_id, words, client_id=updates[0].update.key) if words else None


@dataclass
class Platform:
    """A platform's side: its calls come in here, and what goes back is remembered."""

    world: World
    router: Router
    dialogue: ScriptedDialogue
    reader: WordsReader
    sender: Recorder

    def intake(self) -> Intake:
        """The way in of a process that has just started."""
        return Intake(self.world, self.router, CHANNEL, self.reader)

    async def settle(self, intake: Intake) -> None:
        await intake.drain()
        await self.router.drain()

    async def call(self, *texts: str, user_id: str = "u1", first: int = 1) -> None:
        """So many calls one after the other, each answered before the next, and all that comes of them."""
        intake = self.intake()
        for ranking, text in enumerate(texts, first):
            assert await intake.keep(an_update(ranking, text, user_id))
        await self.settle(intake)

    async def sweep(self) -> None:
        """One look of a process at what was left."""
        intake = self.intake()
        sweeping = asyncio.create_task(intake.sweep())
        await until(lambda: inbox.waiting(self.world, CHANNEL) == [])
        sweeping.cancel()
        await self.settle(intake)

    def said(self, user_id: str = "u1") -> list[str]:
        talk = self.conversation(user_id)
        rows = conversations.transcript(self.world, talk.id, 0)
        return [row.text for row in rows if row.author is Author.CUSTOMER]

    def told(self) -> list[str]:
        """What the platform was given to show, without the welcome."""
        return [row.text for row in self.sender.sent if row.template != "welcome"]

    def conversation(self, user_id: str) -> Conversation:
        return conversations.open_conversation(self.world, CHANNEL, user_id)


async def until(holds: object, seconds: float = 20) -> None:
    """Wait for something that another task brings about."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await asyncio.to_thread(holds):  # type: ignore[arg-type]
        assert asyncio.get_running_loop().time() < deadline, "it did not come about"
        await asyncio.sleep(0.01)


def an_update(ranking: int, text: str, user_id: str = "u1", album: str = "") -> PlatformUpdate:
    key = f"{user_id}-{ranking}"
    return PlatformUpdate(CHANNEL, user_id, key=key, ranking=ranking, body={"text": text}, album=album)


@pytest.fixture
async def platform(world: World) -> AsyncIterator[Platform]:
    dialogue, sender = ScriptedDialogue(), Recorder()
    senders = {CHANNEL: sender}
    live = Live(world, lambda conversation_id: deliver(world, senders, conversation_id))
    router = Router(world, dialogue, live, senders)
    yield Platform(world, router, dialogue, WordsReader(), sender)
    await router.drain()
    await live.close()


async def test_what_a_platform_sent_is_answered_there(platform: Platform) -> None:
    await platform.call("杯子碎了")
    assert platform.said() == ["杯子碎了"]
    assert platform.told() == ["听到：杯子碎了"]


async def test_a_call_is_answered_before_anything_is_made_of_it(platform: Platform) -> None:
    intake, platform.reader.hold = platform.intake(), asyncio.Event()
    assert await intake.keep(an_update(1, "在吗", "slow"))
    await until(lambda: platform.reader.read_keys)
    assert platform.said("slow") == []
    platform.reader.hold.set()
    await platform.settle(intake)
    assert platform.said("slow") == ["在吗"]


async def test_a_repeated_call_is_one_message(platform: Platform) -> None:
    intake = platform.intake()
    assert sorted(await asyncio.gather(*(intake.keep(an_update(1, "在吗")) for _ in range(5)))) == [False] * 4 + [True]
    await platform.settle(intake)
    assert not await intake.keep(an_update(1, "在吗"))
    await platform.settle(intake)
    assert platform.dialogue.texts == ["在吗"]


async def test_messages_of_a_user_are_answered_in_the_platforms_order(platform: Platform) -> None:
    for ranking in (3, 1, 2):
        inbox.keep(platform.world, an_update(ranking, f"第 {ranking} 句"))
    await platform.sweep()
    assert platform.dialogue.texts == ["第 1 句", "第 2 句", "第 3 句"]


async def test_an_album_is_one_message_when_its_last_picture_has_come(platform: Platform, clock: FakeClock) -> None:
    for ranking in (3, 1, 2):
        inbox.keep(platform.world, an_update(ranking, f"第 {ranking} 张", album="a"))
        clock.advance(seconds=0.5)
    assert inbox.take(platform.world, CHANNEL, "u1") == []
    clock.advance(seconds=0.5)
    await platform.sweep()
    assert platform.dialogue.texts == ["第 1 张 第 2 张 第 3 张"]


async def test_one_users_slow_photo_holds_up_nobody_else(platform: Platform) -> None:
    intake, platform.reader.hold = platform.intake(), asyncio.Event()
    await intake.keep(an_update(1, "照片", "slow"))
    await intake.keep(an_update(2, "再来一张", "slow"))
    await intake.keep(an_update(3, "在吗", "u2"))
    await until(lambda: platform.dialogue.texts)
    assert platform.dialogue.texts == ["在吗"]
    platform.reader.hold.set()
    await platform.settle(intake)
    assert platform.dialogue.texts == ["在吗", "照片", "再来一张"]


async def test_what_there_is_nothing_to_answer_to_comes_to_its_end(platform: Platform) -> None:
    await platform.call("")
    assert platform.dialogue.texts == [] and inbox.waiting(platform.world, CHANNEL) == []


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (MessageRefused("message_too_long", length=6000, limit=5000), "5000"),
        (EvidenceRefused("too_big", limit=20), "20"),
    ],
    ids=["message", "photo"],
)
async def test_the_customer_is_told_why_a_message_was_not_taken(
    platform: Platform, refusal: Exception, words: str
) -> None:
    platform.reader.errors = [refusal]
    await platform.call("杯子碎了", "壶也碎了")
    told, answered = platform.told()
    assert words in told and answered == "听到：壶也碎了"
    assert platform.said() == ["壶也碎了"]


async def test_what_breaks_is_tried_again_after_longer_and_longer_and_keeps_its_order(
    platform: Platform, clock: FakeClock
) -> None:
    platform.reader.errors = [ConnectionError("away")] * (TRIES - 1)
    await platform.call("杯子碎了", "壶也碎了")
    for seconds in (2, 6, 18, 54):
        assert platform.dialogue.texts == []
        clock.advance(seconds=seconds - 0.1)
        assert inbox.waiting(platform.world, CHANNEL) == []
        clock.advance(seconds=0.1)
        await platform.sweep()
    assert platform.dialogue.texts == ["杯子碎了", "壶也碎了"]
    assert platform.told() == ["听到：杯子碎了", "听到：壶也碎了"]


async def test_what_breaks_for_good_is_said_to_the_customer_and_holds_up_nothing_more(
    platform: Platform, clock: FakeClock
) -> None:
    platform.reader.errors = [ConnectionError("away")] * TRIES
    await platform.call("杯子碎了", "壶也碎了")
    while platform.reader.errors:
        clock.advance(minutes=1)
        await platform.sweep()
    told, answered = platform.told()
    assert "没有接收成功" in told and answered == "听到：壶也碎了"


async def test_in_a_rush_nobody_is_waited_for_twice(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "SWEEP_SECONDS", 0)
    looks, asked = 0, platform.world.read

    def read() -> AbstractContextManager[UnitOfWork]:
        nonlocal looks
        looks += 1
        return asked()

    for number in range(6):
        inbox.keep(platform.world, an_update(number, "在吗", f"u{number}"))
    intake = Intake(replace(platform.world, read=read), platform.router, CHANNEL, platform.reader)
    for _ in range(intake_module.AT_ONCE):
        await intake._places.acquire()
    sweeping = asyncio.create_task(intake.sweep())
    await until(lambda: looks > 5)
    sweeping.cancel()
    assert len(intake._under_way) == 6
    for _ in range(intake_module.AT_ONCE):
        intake._places.release()
    await platform.settle(intake)
    assert platform.dialogue.texts == ["在吗"] * 6


async def test_two_processes_that_sweep_at_once_hand_on_each_message_once(platform: Platform) -> None:
    for number in range(20):
        inbox.keep(platform.world, an_update(number, f"{number}", f"u{number % 4}"))
    await asyncio.gather(platform.sweep(), platform.sweep())
    await platform.sweep()
    assert sorted(platform.dialogue.texts, key=int) == [str(number) for number in range(20)]
    for user in range(4):
        assert platform.said(f"u{user}") == [str(number) for number in range(user, 20, 4)]


async def test_a_database_that_is_away_for_a_while_loses_nothing(
    platform: Platform, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.keep(platform.world, an_update(1, "在吗"))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE platform_update RENAME TO away")
    intake = platform.intake()
    sweeping = asyncio.create_task(intake.sweep())
    await until(lambda: "cannot look for updates" in caplog.text)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO platform_update")
    await until(lambda: platform.dialogue.texts)
    sweeping.cancel()
    await platform.settle(intake)
    assert platform.dialogue.texts == ["在吗"]


_DIES = """
import asyncio, os, signal, sys
from backend.bootstrap import open_backend
from backend.services import inbox
from backend.settings import read_settings
from bot.channels.intake import Intake
from bot.delivery import deliver
from bot.live import Live
from bot.router import Router
from tests.clock import FakeClock
from tests.unit.bot.dialogues import ScriptedDialogue
from tests.unit.bot.test_delivery import Recorder
from tests.unit.bot.test_intake import CHANNEL, WordsReader, an_update

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

point = sys.argv[1]
if point == "before it is taken":
    inbox.take = die
if point == "before it is finished":
    inbox.finish = die

class Dying(WordsReader):
    async def read(self, updates, conversation_id):
        if point == "while it is read":
            die()
        return await super().read(updates, conversation_id)

async def run(world):
    senders = {CHANNEL: Recorder()}
    router = Router(world, ScriptedDialogue(), Live(world, lambda one: deliver(world, senders, one)), senders)
    intake = Intake(world, router, CHANNEL, Dying())
    await intake.keep(an_update(1, "在吗"))
    await intake.drain()

asyncio.run(run(open_backend(read_settings(), clock=FakeClock()).world))
"""


def _keep_and_die(settings: Settings, point: str) -> int:
    environment = {**os.environ, "ANXIN_VAR": str(settings.var)}
    return subprocess.run([sys.executable, "-c", _DIES, point], cwd=ROOT, env=environment, timeout=120).returncode


@pytest.mark.parametrize("point", ["before it is taken", "while it is read", "before it is finished"])
async def test_a_message_outlives_the_process_that_kept_it(
    platform: Platform, settings: Settings, clock: FakeClock, point: str
) -> None:
    assert await asyncio.to_thread(_keep_and_die, settings, point) == -signal.SIGKILL
    assert not await platform.intake().keep(an_update(1, "在吗"))  # the platform may well repeat its call
    clock.advance(seconds=inbox.LEASE.total_seconds())
    await platform.sweep()
    await platform.router.recover(timedelta(0))
    await platform.router.drain()
    assert platform.said() == ["在吗"]
    assert inbox.waiting(platform.world, CHANNEL) == []
