"""How commands are declared: nouns and verbs of the command line, each verb with `--json`."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from backend.commands.answer import Answer
from backend.commands.opening import BadInput
from backend.settings import Settings

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    Commands = _SubParsersAction[ArgumentParser]
else:
    Commands = Any

Run = Callable[[Namespace, Settings], Answer]

SHOWN = 100
"""So many a list shows where the operator gives no other `--limit`."""


def add_command(verbs: Commands, name: str, run: Run, *, help: str) -> ArgumentParser:
    """Add a verb that is answered by `run`; the caller adds its arguments."""
    parser = verbs.add_parser(name, help=help, description=help)
    parser.add_argument("--json", action="store_true", help="输出 JSON，供程序读取")
    parser.set_defaults(run=run)
    return parser


def add_limit(parser: ArgumentParser, counted: str) -> None:
    """Add `--limit`; `counted` is the measure word of what is listed. Below one it is refused with BadInput."""
    parser.add_argument("--limit", type=_limit, default=SHOWN, help=f"最多列出多少{counted}（默认 {SHOWN}）")


def _limit(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BadInput(f"--limit 至少为 1，而不是 {text}")
    return int(text)
