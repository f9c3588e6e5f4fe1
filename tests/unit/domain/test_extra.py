"""Compensation and return freight: every event in every state by every role, who approves how much, who pays."""

from dataclasses import replace
from typing import Any

import pytest

from backend.adapters.rule_book import SHIPPED, parse, read_directory
from backend.domain.case import Role
from backend.domain.extra import (
    TABLE,
    Extra,
    ExtraEvent,
    ExtraState,
    Purpose,
    freight_fen,
    next_state,
    required_level,
    standard,
)
from backend.domain.request import Reason
from backend.domain.rule_types import CompensationKind, FreightPayer, Severity
from backend.domain.rules import Rules
from backend.errors import IllegalTransition
from tests.clock import START

S, E, K = ExtraState, ExtraEvent, CompensationKind


@pytest.fixture(scope="module")
def rules() -> Rules:
    return parse(read_directory(SHIPPED).text).rules


def an_extra(**changes: Any) -> Extra:
    made = Extra(
        id=1,
        extra_no="RC20261122000001-E1",
        case_id=1,
        purpose=Purpose.COMPENSATION,
        kind=K.COUPON,
        amount_fen=500,
        state=S.PROPOSED,
        version=1,
        proposed_by="小林",
        proposed_at=START,
    )
    return replace(made, **changes)


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("event", E)
def test_every_event_either_leads_on_or_names_what_is_allowed(state: ExtraState, event: ExtraEvent) -> None:
    for role in Role:
        extra = an_extra(state=state)
        to, roles = TABLE.get((state, event), (None, ()))
        if role in roles and not (event is E.GIVE and role is Role.FINANCE):
            assert next_state(extra, event, role) is to
        else:
            with pytest.raises(IllegalTransition):
                next_state(extra, event, role)


def test_what_is_given_or_declined_stays_so() -> None:
    assert not [event for state, event in TABLE if state in (S.GIVEN, S.DECLINED)]


def test_cash_is_finances_to_pay_and_coupons_the_agents_to_hand_out() -> None:
    cash, coupon = (an_extra(kind=kind, state=S.APPROVED) for kind in (K.CASH, K.COUPON))
    assert next_state(cash, E.GIVE, Role.FINANCE) is S.GIVEN
    assert next_state(coupon, E.GIVE, Role.AGENT) is S.GIVEN
    for extra, role, instead in ((cash, Role.AGENT, ("decline",)), (coupon, Role.FINANCE, ())):
        with pytest.raises(IllegalTransition) as refused:
            next_state(extra, E.GIVE, role)
        assert refused.value.allowed == instead


@pytest.mark.parametrize(
    ("fen", "changes", "level"),
    [
        (2000, {}, 1),
        (2001, {}, 2),
        (20000, {}, 2),
        (20001, {}, 3),
        (2000, {"override": True}, 2),
        (20000, {"override": True}, 2),
        (100, {"reason": "counterfeit"}, 2),
    ],
    ids=[
        "agent",
        "above the agent's",
        "supervisor",
        "above the supervisor's",
        "small override",
        "larger override",
        "people only",
    ],
)
def test_limits_by_role(rules: Rules, fen: int, changes: dict[str, Any], level: int) -> None:
    assert required_level(an_extra(amount_fen=fen, **changes), [], rules) == level


def test_several_small_ones_count_as_one_large_one(rules: Rules) -> None:
    others = [an_extra(id=2, amount_fen=1500, state=S.GIVEN), an_extra(id=3, amount_fen=9000, state=S.DECLINED)]
    assert required_level(an_extra(amount_fen=500), others, rules) == 1
    assert required_level(an_extra(amount_fen=501), others, rules) == 2


def test_freight_is_no_compensation(rules: Rules) -> None:
    assert required_level(an_extra(amount_fen=2000), [an_extra(id=2, purpose=Purpose.FREIGHT)], rules) == 1


def test_the_table_says_what_a_reason_at_a_severity_is_worth(rules: Rules) -> None:
    row = standard(Reason.DAMAGED, Severity.MEDIUM, None, rules)
    assert row is not None and (row.kind, row.amount) == (K.COUPON, 1000)
    assert standard(Reason.DAMAGED, Severity.MEDIUM, K.CASH, rules) is None
    assert standard(Reason.COUNTERFEIT, Severity.HIGH, None, rules) is None


@pytest.mark.parametrize(
    ("asked", "payer", "fen"),
    [
        (1200, FreightPayer.MERCHANT, 1200),
        (4000, FreightPayer.MERCHANT, 2500),
        (1201, FreightPayer.SPLIT, 601),
        (9000, FreightPayer.SPLIT, 2500),
        (1200, FreightPayer.CUSTOMER, 0),
        (1200, FreightPayer.RULING, 0),
    ],
)
def test_the_shop_pays_its_part_up_to_the_cap(rules: Rules, asked: int, payer: FreightPayer, fen: int) -> None:
    assert freight_fen(asked, payer, rules) == fen
