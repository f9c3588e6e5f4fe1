"""Creates the Official Account's menu: `python -m bot.channels.wechat.menu [FILE]`, once; WeChat keeps it.

WeChat shows it to followers within a day, at once to those who open the account anew.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from backend.bootstrap import open_backend
from backend.errors import BackendError
from backend.ports import World
from backend.services.error_words import words_of
from backend.settings import WeChatSettings, read_settings
from bot import wording
from bot.channels.wechat.api import WeChatApi
from bot.channels.wechat.calling import ApiRefused, NeverSent, NoAnswer

OURS = Path(wording.__file__).with_name("wechat_menu.yml")


async def publish(world: World, settings: WeChatSettings, menu: Mapping[str, Any]) -> None:
    """Give the account this menu, in WeChat's own form. Raises ApiRefused, NeverSent or NoAnswer."""
    api = WeChatApi(world, settings)
    try:
        await api.create_menu(menu)
    finally:
        await api.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Publish it; 1 when something is in the way, which is said in one line."""
    given = _parser().parse_args(arguments)
    try:
        menu = yaml.safe_load(given.file.read_text("utf-8"))
        settings = read_settings()
        if settings.wechat is None:
            print("没有填公众号的凭据（ANXIN_WECHAT_…），见 docs/wechat.md", file=sys.stderr)
            return 1
        backend = open_backend(settings)
    except BackendError as error:
        print(f"{words_of(error)} / {error}", file=sys.stderr)
        return 1
    except (OSError, yaml.YAMLError) as error:
        print(error, file=sys.stderr)
        return 1
    try:
        asyncio.run(publish(backend.world, settings.wechat, menu))
    except (ApiRefused, NeverSent, NoAnswer) as error:
        print(f"微信没有创建菜单：{error}", file=sys.stderr)
        return 1
    finally:
        backend.close()
    print("菜单已创建")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.channels.wechat.menu", description="创建公众号的菜单")
    parser.add_argument("file", nargs="?", type=Path, default=OURS, help="菜单，YAML 或 JSON；不填用自带的")
    return parser


if __name__ == "__main__":
    sys.exit(main())
