"""How urgent a case is when it is filed."""

from dataclasses import replace

import pytest

from backend.adapters.rule_book import load_rule_book
from backend.domain.priority import Standing, priority_at_filing

RULES = load_rule_book().rules.priority
ORDINARY = Standing(vip=False, safety=False, worth_fen=199999, repeat_contact=False)


@pytest.mark.parametrize(
    ("standing", "priority"),
    [
        (ORDINARY, 0),
        (replace(ORDINARY, vip=True), 1),
        (replace(ORDINARY, worth_fen=200000), 1),
        (replace(ORDINARY, repeat_contact=True), 1),
        (replace(ORDINARY, safety=True), 3),
        (Standing(vip=True, safety=True, worth_fen=200000, repeat_contact=True), 6),
    ],
    ids=["ordinary", "vip", "2000 yuan", "again", "hurt", "all"],
)
def test_each_rule_that_holds_adds_its_levels(standing: Standing, priority: int) -> None:
    assert priority_at_filing(standing, RULES) == priority


def test_a_rule_that_the_merchant_has_not_named_adds_nothing() -> None:
    everything = Standing(vip=True, safety=True, worth_fen=200000, repeat_contact=True)
    assert priority_at_filing(everything, replace(RULES, rules=("vip",))) == 1
