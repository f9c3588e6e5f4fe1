"""The page `docs/commands.md`, written from the command line itself."""

from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator

_HEAD = """# The operator's command line

Written by `python -m backend docs commands > docs/commands.md` from `backend/commands/`; a test keeps it up to date.

`.venv/bin/python -m backend NOUN VERB …`. With `--json` a command prints JSON for programs. Bad input gets one line and
exit status 1, wrong usage 2; both change nothing. `NOUN VERB --help` says the same as this page."""


def commands_page(parser: ArgumentParser) -> list[str]:
    """The page's lines."""
    lines = _HEAD.splitlines()
    for noun, below in _below(parser):
        lines += ["", f"## {noun}", ""]
        for _, command in [*_below(below)] or [(noun, below)]:  # a noun without verbs is a command itself
            usage = " ".join(command.format_usage().split()).removeprefix("usage: python -m backend ")
            lines.append(f"* `{usage.replace(' [-h]', '').replace(' [--json]', '')}`: {command.description}")
            lines += [f"  * `{name}` {words}" for name, words in _arguments(command)]
    return lines


def _below(parser: ArgumentParser) -> Iterator[tuple[str, ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            yield from action.choices.items()


def _arguments(command: ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in command._actions:
        if action.dest not in ("help", "json") and action.help:
            yield ", ".join(action.option_strings) or str(action.metavar or action.dest), action.help
