"""Who may approve what, and where an approval leads."""

import pytest

from backend.adapters.rule_book import SHIPPED, parse, read_directory
from backend.domain.approval import Decision, leads_to, may_approve, required_level
from backend.domain.case import Role, State
from backend.domain.request import Remedy
from backend.domain.rules import Rules


@pytest.fixture(scope="module")
def rules() -> Rules:
    return parse(read_directory(SHIPPED).text).rules


@pytest.mark.parametrize(
    ("fen", "override", "level"),
    [
        (50000, False, 1),
        (50001, False, 2),
        (500000, False, 2),
        (500001, False, 3),
        (100, True, 2),
        (50001, True, 3),
        (500001, True, 3),
    ],
)
def test_the_level_follows_from_amount_and_override(rules: Rules, fen: int, override: bool, level: int) -> None:
    assert required_level(Decision(fen, override), rules) == level


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.WAREHOUSE, Role.FINANCE, Role.ADMIN, Role.SYSTEM])
def test_whoever_has_no_level_approves_nothing(rules: Rules, role: Role) -> None:
    assert not may_approve(role, Decision(1), rules)


@pytest.mark.parametrize(
    ("remedy", "here", "state"),
    [
        (Remedy.REFUND_ONLY, False, State.REFUND_PENDING),
        (Remedy.PRICE_DIFFERENCE, False, State.REFUND_PENDING),
        (Remedy.SERVICE_REFUND, False, State.REFUND_PENDING),
        (Remedy.RESHIP, False, State.REPLACEMENT_PENDING),
        (Remedy.RETURN_REFUND, False, State.AWAITING_RETURN),
        (Remedy.RETURN_REFUND, True, State.REFUND_PENDING),
        (Remedy.EXCHANGE, False, State.AWAITING_RETURN),
        (Remedy.EXCHANGE, True, State.REPLACEMENT_PENDING),
        (Remedy.REPAIR, False, State.AWAITING_RETURN),
        (Remedy.REPAIR, True, State.REPAIRING),
    ],
)
def test_an_approved_remedy_begins_where_its_goods_are(rules: Rules, remedy: Remedy, here: bool, state: State) -> None:
    assert leads_to(remedy, rules, goods_are_here=here) is state
