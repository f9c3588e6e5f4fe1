"""D1: every parameter of the rule book is read, can only be what the engine does, or is known not to be read."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest

from backend.domain.rule_types import Clock, Only, Span
from backend.domain.rules import Rules

ROOT = Path(__file__).parents[3]
DEFINING = {"rules_of_goods.py", "rules_of_review.py", "rules_of_service.py", "rule_checks.py"}
"""Modules that say what a parameter can be; reading it there has no effect on anybody."""

NOT_READ_YET = {
    "amount.deduction_schedule": "inspect.grades say what is paid; a rule book in which the two differ is refused",
    "notify.channels": "a notice goes where its customer writes, on any channel; nothing sends by sms or mail",
    "refund.bank_fields": "finance pays by bank outside and notes the voucher",
}
"""What a merchant can set without any effect, and what holds instead. A new line needs a good reason."""


def leaves(hint: Any, name: str) -> Iterator[tuple[str, bool]]:
    """Dotted names of all parameters below a type, and whether only one value is possible."""
    if get_origin(hint) is Annotated:
        only = any(isinstance(limit, Only) for limit in get_args(hint)[1:])
        yield from ((found, only or fixed) for found, fixed in leaves(get_args(hint)[0], name))
    elif isinstance(hint, type) and is_dataclass(hint) and hint not in (Clock, Span):
        hints = get_type_hints(hint, include_extras=True)
        for each in fields(hint):
            yield from leaves(hints[each.name], f"{name}.{each.name}".lstrip("."))
    else:
        yield name, False


PARAMETERS = dict(leaves(Rules, ""))


def _chain(node: ast.AST) -> list[str]:
    """`act.rules.window.days` as its names, outermost last."""
    if isinstance(node, ast.Attribute):
        return [*_chain(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else [""]


def read_names() -> tuple[set[str], set[str]]:
    """Every attribute that the program reads of something, and every text in it (clocks are read by their names)."""
    attributes, texts = set(), set()
    for folder in ("backend", "actions", "bot"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name in DEFINING or "migrations" in path.parts or "nlu" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute):
                    attributes.add(".".join(_chain(node)[-2:]))
                    attributes.add(node.attr)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.add(node.value)
    return attributes, texts


ATTRIBUTES, TEXTS = read_names()
_OWN = Counter(name.rpartition(".")[2] for name in PARAMETERS)
COMMON = {name for name, times in _OWN.items() if times > 1} | {
    "types",
    "range",
    "table",
    "channels",
    "period",
    "rules",
}
"""Names that other things have too: of these the section must be named beside them, or a variable that holds it."""

HOLDERS = {"rules", "given", "hours"}


def is_read(name: str) -> bool:
    section, _, leaf = name.rpartition(".")
    above = section.rpartition(".")[2]
    shown = name.replace("_.", ".").rstrip("_")
    if shown in TEXTS or any(text.startswith(f"{shown}.") for text in TEXTS):
        return True
    if leaf not in COMMON:
        return leaf in ATTRIBUTES
    return any(f"{holder}.{leaf}" in ATTRIBUTES for holder in {above, *HOLDERS})


@pytest.mark.parametrize("name", [name for name, only in PARAMETERS.items() if not only])
def test_d1_a_parameter_that_can_be_set_has_an_effect(name: str) -> None:
    assert is_read(name) != (name in NOT_READ_YET)


def test_d1_what_is_known_not_to_be_read_is_a_parameter() -> None:
    assert set(NOT_READ_YET) <= set(PARAMETERS)
