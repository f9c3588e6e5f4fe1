"""What the desk's pages read of a request, found in their code: fields of the form, values in the address.

A handler is followed into every function of the desk that it names. A name that is put together, such as
`f"grade_{line_no}"`, is found as `grade_{}`.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

DESK = "bot.desk.pages."
_WAYS = {
    "visit.text": ("form", 0),
    "text": ("form", 0),
    "visit.file": ("form", 0),
    "form.get": ("form", 0),
    "form.getlist": ("form", 0),
    "visit.form.get": ("form", 0),
    "visit.form.getlist": ("form", 0),
    "_several": ("form", 1),
    "_untrimmed": ("form", 1),
    "visit.query": ("query", 0),
}
"""By how it is asked for: where a value comes from, and which argument names it."""


@dataclass(frozen=True)
class Read:
    """What a page reads."""

    form: frozenset[str]
    query: frozenset[str]


def read_by(handler: Callable[..., Any]) -> Read:
    """What a handler and the desk's functions behind it read."""
    found = set(_reads(handler, as_query=False, seen=set()))
    return Read(*(frozenset(name for kind, name in found if kind == each) for each in ("form", "query")))


def _reads(function: Any, *, as_query: bool, seen: set[tuple[Any, bool]]) -> Iterator[tuple[str, str]]:
    """`("form", field)` or `("query", name)`; `as_query`: the function was handed the address as its form."""
    if (function, as_query) in seen:
        return
    seen.add((function, as_query))
    tree = _tree(function)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        kind, place = _WAYS.get(ast.unparse(call.func), ("", 0))
        if kind:
            names = _names(call.args[place], function, tree)
            yield from (("query" if as_query else kind, name) for name in names)
    for behind, query in _behind(function, tree):
        yield from _reads(behind, as_query=query, seen=seen)


def _behind(function: Any, tree: ast.AST) -> Iterator[tuple[Any, bool]]:
    """The desk's functions that it names, in tables too, and whether they are handed the address as a form."""
    handed = {
        ast.unparse(call.func)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and "visit.request.query_params" in map(ast.unparse, call.args)
    }
    for node in ast.walk(tree):
        found = _named(function, node)
        for each in found.values() if isinstance(found, Mapping) else (found,):
            if _is_of_desk(each):
                yield each, isinstance(node, ast.Name) and node.id in handed


def _names(given: ast.expr, function: Any, tree: ast.AST) -> Iterator[str]:
    """What an argument may be: a text, a text put together, or each of a row of texts that are gone through."""
    if isinstance(given, ast.Constant):
        yield str(given.value)
    elif isinstance(given, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in given.values)
    elif isinstance(given, ast.Name):
        rows = (node for node in ast.walk(tree) if isinstance(node, ast.comprehension))
        for row in rows:
            texts = _texts(row.iter, function)
            if ast.unparse(row.target) == given.id:
                yield from texts


def _texts(row: ast.expr, function: Any) -> tuple[str, ...]:
    found = _named(function, row) if isinstance(row, ast.Name) else None
    if found is None and isinstance(row, ast.Tuple):
        found = ast.literal_eval(row)
    return found if isinstance(found, tuple) and all(isinstance(each, str) for each in found) else ()


def _named(function: Any, node: ast.AST) -> Any:
    return function.__globals__.get(node.id) if isinstance(node, ast.Name) else None


def _is_of_desk(found: Any) -> bool:
    return isinstance(found, FunctionType) and found.__module__.startswith(DESK) and found.__name__ != "<lambda>"


@cache
def _tree(function: Any) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))
