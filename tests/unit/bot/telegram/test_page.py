"""What merchants read about Telegram is what the code does."""

from pathlib import Path

from backend.settings.channels import TELEGRAM
from bot.channels.telegram import bubbles, reader
from bot.wording.commands import commands

PAGE = (Path(__file__).parents[4] / "docs" / "telegram.md").read_text("utf-8")


def test_the_page_names_every_command_and_every_setting() -> None:
    assert all(f"/{name}" in PAGE for name in commands())
    assert all(f"{TELEGRAM}{name}" in PAGE for name in ("TOKEN", "WEBHOOK_URL", "SECRET", "URL"))


def test_the_page_tells_the_platforms_limits() -> None:
    assert f"{reader.LARGEST_MEGABYTES} MB" in PAGE and f"{bubbles.LONGEST_TEXT} 个字符" in PAGE


def test_every_command_can_be_registered() -> None:
    assert all(name.islower() and 1 <= len(each.title) <= 256 for name, each in commands().items())
