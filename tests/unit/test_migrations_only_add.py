"""What the version before reads and writes stays valid: its processes go on serving while the new ones start."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "backend" / "migrations" / "versions"
RELEASED = "0013"
"""The newest migration of the last release: what came before it, nobody upgrades through with processes running."""
TAKES_AWAY = {"drop_column", "drop_table", "drop_constraint", "rename_table", "execute"}


def _since() -> list[Path]:
    return sorted(path for path in VERSIONS.glob("[0-9]*.py") if path.name[:4] > RELEASED)


def _upgrade_calls(path: Path) -> Iterator[ast.Call]:
    for part in ast.parse(path.read_text("utf-8")).body:
        if isinstance(part, ast.FunctionDef) and part.name == "upgrade":
            yield from (node for node in ast.walk(part) if isinstance(node, ast.Call))


def _added(path: Path) -> list[ast.Call]:
    columns = [call.args[-1] for call in _upgrade_calls(path) if _named(call) == "add_column"]
    return [column for column in columns if isinstance(column, ast.Call)]


def _named(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _given(call: ast.Call) -> dict[str, object]:
    return {each.arg or "": getattr(each.value, "value", each.value) for each in call.keywords}


@pytest.mark.parametrize("path", _since(), ids=lambda path: path.stem)
def test_a_migration_takes_nothing_away(path: Path) -> None:
    calls = list(_upgrade_calls(path))
    assert {_named(call) for call in calls} & TAKES_AWAY == set()
    assert not [call for call in calls if _named(call) == "alter_column" and _given(call).get("nullable") is False]


@pytest.mark.parametrize("path", _since(), ids=lambda path: path.stem)
def test_a_new_column_of_an_old_table_need_not_be_given(path: Path) -> None:
    added = [_given(column) for column in _added(path)]
    needed = [each for each in added if each.get("nullable") is False and "server_default" not in each]
    assert needed == []
