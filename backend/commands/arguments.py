"""How commands are declared: nouns and verbs of the command line, each verb with `--json`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from backend.commands.answer import Answer
from backend.settings import Settings

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
else:
    Commands = Any

Run = Callable[[Namespace, Settings], Answer]


def add_command(verbs: Commands, name: str, run: Run, *, help: str) -> ArgumentParser:
    """Add a verb that is answered by `run`; the caller adds its arguments."""
    parser = verbs.add_parser(name, help=help, description=help)
    parser.add_argument("--json", action="store_true", help="输出 JSON，供程序读取")
    parser.set_defaults(run=run)
    return parser
