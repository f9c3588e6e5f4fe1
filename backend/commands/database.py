"""`database upgrade`: bring the database to this release's schema."""

from argparse import Namespace

from backend.adapters.migrations import upgrade
from backend.commands.answer import Answer
from backend.commands.arguments import Commands, add_command
from backend.settings import Settings


def register(commands: Commands) -> None:
    """Add the noun `database` with its verbs."""
    verbs = commands.add_parser("database", help="数据库").add_subparsers(required=True, metavar="VERB")
    add_command(verbs, "upgrade", _upgrade, help="升级到本版本的表结构（可重复执行）")


def _upgrade(_arguments: Namespace, settings: Settings) -> Answer:
    before, after = upgrade(settings.database_url)
    line = f"数据库已是最新：{after}" if before == after else f"数据库已升级：{before or '空'} → {after}"
    return Answer({"before": before, "after": after}, [line])
