"""Every error is told in Chinese: by its class, and by the reasons it can have."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend import errors
from backend.domain.access import Permission
from backend.errors import BackendError, IllegalTransition, PayoutRefused, RoleRefused, RuleBookError
from backend.services.error_words import _read, in_words, words_of

ROOT = Path(__file__).parents[2]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
WORDS: dict[str, Any] = _read()["words"]
CLASSES = [
    each
    for name, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, BackendError) and not name.startswith("_")
]


@pytest.mark.parametrize("kind", [each for each in CLASSES if each is not BackendError])
def test_every_error_has_words_of_its_own_or_of_its_family(kind: type[BackendError]) -> None:
    named = next(each.__name__ for each in kind.__mro__ if each.__name__ in WORDS)
    assert named != "BackendError"


def test_no_words_are_left_of_errors_that_are_gone() -> None:
    known = {each.__name__ for each in CLASSES} | {"BadInput"}
    assert set(WORDS) <= known


def _reasons(name: str) -> Iterator[str]:
    """The codes that the program raises this error with."""
    for path in (ROOT / "backend").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value)


@pytest.mark.parametrize("name", ["PayoutRefused"])
def test_every_reason_that_is_raised_is_told(name: str) -> None:
    assert set(_reasons(name)) <= set(WORDS[name])


def test_an_event_that_is_not_possible_names_what_is() -> None:
    error = IllegalTransition(state="SUBMITTED", event="pay", role="agent", allowed=("approve", "reject"))
    assert words_of(error) == "SUBMITTED 状态下 agent 不能 pay；可用：approve、reject"


def test_money_that_may_not_be_moved_says_why() -> None:
    assert "两个人" in words_of(PayoutRefused("payer_is_approver", "x has approved it"))


def test_a_mistake_in_a_rule_file_is_told_with_its_place() -> None:
    error = RuleBookError("must be 0 to 365, not 400", file="window.yml", line=3, rule_id="window.days")
    assert words_of(error) == "window.yml:3: window.days: 应在 0 到 365 之间，现在是 400"


@pytest.mark.parametrize("permission", list(Permission))
def test_what_a_role_may_not_do_is_told_without_its_code(permission: Permission) -> None:
    told = words_of(RoleRefused(permission.value))
    assert "不" in told and permission.value not in told


def test_a_text_without_a_pattern_stays_as_it_is() -> None:
    assert in_words("something new") == "something new"
