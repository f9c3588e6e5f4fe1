"""References in our pages: tests, files, pages of the desk, commands and parameters that stand in code spans."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from backend.__main__ import command_line
from backend.commands.commands_page import commands_page
from bot.desk.app import PAGES

ROOT = Path(__file__).parents[1]
_SPANS = re.compile(r"`([^`]+)`")
_PLACES = ("tests/", "docs/", "backend/", "bot/")


def spans(text: str) -> list[str]:
    return _SPANS.findall(text)


@cache
def written_in(path: str) -> set[str]:
    """The tests of a file as pytest calls them: `test_name`, or `TestTopic::test_name`."""
    return set(_names(ast.parse((ROOT / path).read_text("utf-8")).body))


def _names(body: list[ast.stmt], above: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _names(node.body, f"{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield above + node.name


@cache
def rule_file(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


def parameter(reference: str) -> Any:
    """What the shipped rule book has for `backend/rules/x.yml: a.b`. KeyError where there is none."""
    path, _, name = reference.partition(": ")
    found = rule_file(path)
    for part in name.split("."):
        found = found[part]
    return found


def routes() -> list[str]:
    return [re.sub(r"{\w+}", "[^/]+", entry.path) for pages in PAGES for entry in pages.entries]


def is_there(reference: str) -> bool:
    """Whether what a reference names exists; other words in a code span are no references."""
    if reference.startswith("desk /"):
        return any(re.fullmatch(route, reference.removeprefix("desk ")) for route in routes())
    if reference.startswith("python -m backend "):
        named = reference.removeprefix("python -m backend ")
        return any(line.startswith(f"* `{named}") for line in commands_page(command_line()))
    if ".yml: " in reference:
        parameter(reference)
        return True
    path, _, test = reference.partition("::")
    return (ROOT / path).is_file() and (not test or test in written_in(path))


def is_reference(text: str) -> bool:
    return text.startswith((*_PLACES, "desk /", "python -m backend ")) or text == "domain.yml"
