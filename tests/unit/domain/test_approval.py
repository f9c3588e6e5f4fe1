"""Who may approve what, and where an approval leads."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.adapters.rule_book import SHIPPED, parse, read_directory
from backend.domain.approval import Decision, approves_itself, leads_to, may_approve, required_level
from backend.domain.case import Case, Role, State
from backend.domain.request import Remedy
from backend.domain.rule_types import ReviewBreach
from backend.domain.rules import Rules, with_parameter
from backend.domain.verdict import Outcome
from tests.builders import a_filed_case
from tests.clock import START
from tests.contract.test_cases import VERDICT


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


@pytest.mark.parametrize(
    ("decision", "level"),
    [
        (Decision(100, risky=True), 2),
        (Decision(100, compensation=True), 2),
        (Decision(100, override=True, compensation=True), 2),
        (Decision(100, override=True, risky=True), 3),
        (Decision(50001, risky=True), 3),
        (Decision(500001, risky=True), 3),
    ],
)
def test_risk_and_compensation_ask_for_one_level_more(rules: Rules, decision: Decision, level: int) -> None:
    assert required_level(decision, rules) == level


def test_where_the_platform_reviews_too_nothing_is_below_level_two(rules: Rules) -> None:
    strict = with_parameter(rules, ("approval", "platform_second_review"), True)
    assert required_level(Decision(1), strict) == 2


ALLOWED = replace(VERDICT, outcome=Outcome.ALLOWED, refundable_fen=5000, most_fen=5000)
FILED = replace(a_filed_case(), verdict=ALLOWED, reason_claimed="ordered_by_mistake", due_at=START)
LOG = ("start", "submit")


@pytest.fixture(scope="module")
def automatic(rules: Rules) -> Rules:
    return with_parameter(rules, ("approval", "auto", "enabled"), True)


@pytest.fixture(scope="module")
def on_breach(rules: Rules) -> Rules:
    return with_parameter(rules, ("sla", "review_breach_action"), ReviewBreach.AUTO_APPROVE)


def test_what_is_plain_small_and_listed_approves_itself_only_where_the_rules_say_so(
    rules: Rules, automatic: Rules
) -> None:
    assert not approves_itself(FILED, LOG, False, rules, START)
    assert approves_itself(FILED, LOG, False, automatic, START)


@pytest.mark.parametrize(
    "case",
    [
        replace(FILED, risk=1),
        replace(FILED, risk_hold=True),
        replace(FILED, dispute_open=True),
        replace(FILED, verdict=replace(ALLOWED, outcome=Outcome.NEEDS_REVIEW)),
        replace(FILED, verdict=replace(ALLOWED, refundable_fen=5001)),
        replace(FILED, remedy="PRICE_DIFFERENCE"),
        replace(FILED, verdict=None),
    ],
    ids=["risk", "held", "disputed", "to be reviewed", "too much", "an agent's amount", "no verdict"],
)
def test_nothing_else_approves_itself_at_once_or_when_overdue(automatic: Rules, on_breach: Rules, case: Case) -> None:
    assert not approves_itself(case, LOG, False, automatic, START)
    assert not approves_itself(case, LOG, False, on_breach, START)


def test_what_was_shipped_or_has_another_reason_does_not_approve_itself(automatic: Rules) -> None:
    assert not approves_itself(FILED, LOG, True, automatic, START)
    assert not approves_itself(replace(FILED, reason_claimed="no_reason"), LOG, False, automatic, START)


@pytest.mark.parametrize("decided", ["reject", "appeal", "recommend", "send_back", "propose", "hold", "reopen"])
def test_what_people_have_begun_to_decide_does_not_approve_itself(automatic: Rules, decided: str) -> None:
    assert not approves_itself(FILED, (*LOG, decided), False, automatic, START)


def test_an_overdue_review_ends_with_any_reason_but_not_before_its_time(on_breach: Rules) -> None:
    other = replace(FILED, reason_claimed="no_reason")
    assert approves_itself(other, LOG, True, on_breach, START)
    assert not approves_itself(other, LOG, True, on_breach, START - timedelta(seconds=1))


def test_what_goes_to_the_warehouse_is_measured_by_its_worth(automatic: Rules) -> None:
    resent = replace(FILED, remedy="RESHIP", reason_claimed="missing", verdict=replace(ALLOWED, refundable_fen=0))
    assert approves_itself(resent, LOG, True, automatic, START)
    dear = replace(resent, verdict=replace(ALLOWED, refundable_fen=0, most_fen=5001))
    assert not approves_itself(dear, LOG, True, automatic, START)
