"""Which channels have a way out."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from backend.ports import World
from backend.settings import Settings
from bot import channels
from bot.channels.senders import close_senders, open_senders

PACKAGES = sorted(path.parent.name for path in Path(channels.__file__).parent.glob("*/sender.py"))


def test_without_settings_only_the_web_chat_and_drills_have_a_way_out(world: World, settings: Settings) -> None:
    assert sorted(open_senders(world, replace(settings, telegram=None, wechat=None))) == ["drill", "webchat"]


async def test_all_of_them_are_let_go_of(world: World, settings: Settings) -> None:
    closed = []

    class Closing:
        repeatable = False

        async def send(self, *_: object) -> None: ...

        async def close(self) -> None:
            closed.append(self)

    await close_senders({"one": Closing(), "two": Closing()})
    assert len(closed) == 2


def test_no_channels_way_out_loads_rasa() -> None:
    modules = ", ".join(f"bot.channels.{package}.sender" for package in PACKAGES)
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys, bot.worker, {modules}; print('rasa' in sys.modules, 'tensorflow' in sys.modules)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["False", "False"]
