"""Every refusal of a guard has words for staff, with the fields that come with it."""

import ast
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from string import Formatter

import pytest

import backend.services
from backend.domain.case import Role
from backend.domain.request import Wish
from backend.errors import GuardRefused
from backend.services.guard_words import guard_words, words_of

SERVICES = Path(backend.services.__file__).parent
REFUSING = {"require", "_require", "GuardRefused"}


def _refusals() -> Iterator[tuple[str, set[str]]]:
    """The code and the fields of every refusal in the services."""
    for path in sorted(SERVICES.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            passed_on = any(isinstance(each, ast.Name) and each.id == "code" for each in node.args)
            if node.func.id not in REFUSING or passed_on or path.name == "improvements.py":
                continue
            texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            codes = [text for text in texts if text in guard_words()]
            given = {each.arg for each in node.keywords if each.arg}
            if texts or given:
                yield (codes[0] if codes else f"{path.name}:{node.lineno}"), given


REFUSALS = list(_refusals())
TUPLED = {"waybill_malformed", "waybill_of_other_carrier", "carrier_unknown"}
"""Codes that `returns` looks up by what is wrong with a waybill."""


@pytest.mark.parametrize(("code", "given"), REFUSALS, ids=[code for code, _ in REFUSALS])
def test_a_refusal_has_words_that_name_no_other_fields_than_come_with_it(code: str, given: set[str]) -> None:
    named = {name for _, name, _, _ in Formatter().parse(guard_words()[code]) if name}
    assert named <= given


def test_there_are_no_words_for_refusals_that_cannot_happen() -> None:
    assert set(guard_words()) == {code for code, _ in REFUSALS} | TUPLED


def test_staff_read_money_roles_times_and_codes_as_words() -> None:
    at = datetime(2026, 11, 22, 2, 0, tzinfo=timezone.utc)
    assert words_of(GuardRefused("g", "amount_outside", "1 to {most_fen} fen", most_fen=10050)).endswith("实付")
    assert "¥100.50" in words_of(GuardRefused("g", "amount_outside", "1 to {most_fen} fen", most_fen=10050))
    assert "客服、财务" in words_of(GuardRefused("g", "checkers_only", "x", roles=(Role.AGENT, Role.FINANCE)))
    assert "2026-11-22 10:00" in words_of(GuardRefused("g", "too_early", "x", at=at))
    final = ["已经全部申请过售后。", "没有可以退的金额。"]
    assert words_of(GuardRefused("g", "filing_final", "x", checks=final)).endswith(
        "已经全部申请过售后；没有可以退的金额"
    )
    assert "换货、维修" in words_of(GuardRefused("g", "alternative_unknown", "x", wishes=[Wish.EXCHANGE, Wish.REPAIR]))


def test_developers_read_the_same_in_english() -> None:
    refused = GuardRefused("guard", "amount_outside", "give 1 to {most_fen} fen", most_fen=10050)
    assert str(refused) == "guard: give 1 to 10050 fen"
