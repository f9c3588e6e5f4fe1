"""The operator's command line, `python -m backend NOUN VERB …`: bad input gets one line and status 1."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from backend.commands import (
    backup,
    bindings,
    calendar,
    cases,
    collections,
    complaints,
    database,
    docs,
    doctor,
    drill,
    extras,
    improvements,
    orders,
    privacy,
    refunds,
    reports,
    rules,
    spot_checks,
    staff,
    stock,
)
from backend.commands.answer import Answer
from backend.errors import BackendError, GuardRefused
from backend.services.error_words import words_of
from backend.settings import read_settings

NOUNS = (
    database,
    orders,
    cases,
    refunds,
    collections,
    complaints,
    bindings,
    extras,
    spot_checks,
    reports,
    improvements,
    staff,
    rules,
    calendar,
    stock,
    privacy,
    backup,
    doctor,
    drill,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and print its answer; the exit status: 0, 1 for bad input or bad news, 2 for wrong usage."""
    try:
        given = command_line().parse_args(arguments)
        answer: Answer = given.run(given, read_settings())
    except GuardRefused as refused:
        print(f"错误：{words_of(refused)}（{refused.guard}）", file=sys.stderr)
        return 1
    except BackendError as error:
        print(f"错误：{words_of(error)}", file=sys.stderr)
        return 1
    _print(answer, as_json=given.json)
    return answer.status


def command_line() -> ArgumentParser:
    """Every noun with its verbs."""
    parser = ArgumentParser(prog="python -m backend", description="安心售后：运营命令行")
    nouns = parser.add_subparsers(required=True, metavar="NOUN")
    for noun in NOUNS:
        noun.register(nouns)
    docs.register(nouns, parser)
    return parser


def _print(answer: Answer, *, as_json: bool) -> None:
    text = json.dumps(answer.data, ensure_ascii=False, indent=2) if as_json else "\n".join(answer.lines)
    try:
        print(text, flush=True)
    except BrokenPipeError:  # whoever reads has read enough, like `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
