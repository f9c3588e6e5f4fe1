"""What whoever approves reads about a case, and the platform's second review."""

from typing import Any

import pytest

from backend.domain.case import Case, Role, State
from backend.domain.lifecycle import Event as E
from backend.domain.request import Remedy
from backend.errors import GuardRefused
from backend.ports import World
from backend.services.memo import approval_memo_facts
from tests.clock import FakeClock
from tests.working import a_working_shop, case_in, do, file_case, under_rules

R, S = Role, State


def memo(world: World, case: Case) -> dict[str, Any]:
    with world.read() as work:
        return approval_memo_facts(world, work, case)


def test_a_memo_tells_who_asks_for_what_and_why(world: World, clock: FakeClock) -> None:
    a_working_shop(world, conversation="conv-2", order="202611200002")
    before = file_case(world, conversation="conv-2", order="202611200002")
    do(world, before, E.APPROVE, R.AGENT)
    clock.advance(hours=1)
    a_working_shop(world, price_fen=300000)
    case = file_case(world)
    clock.advance(hours=1)
    keep_it: dict[str, Any] = {"remedy": Remedy.REFUND_ONLY, "reason": "寄回不划算"}
    case = do(world, case, E.RECOMMEND, R.AGENT, **keep_it)
    clock.advance(hours=1)
    do(world, before, E.WITHDRAW, R.CUSTOMER, confirmed=True)
    do(world, case, E.APPROVE, R.MANAGER, **keep_it)

    facts = memo(world, case)

    assert (facts["asked_by"], facts["asked_by_role"], facts["remedy"]) == ("小林", "agent", "REFUND_ONLY")
    assert (facts["amount_fen"], facts["refundable_fen"], facts["paid_fen"]) == (300000, 300000, 300000)
    assert (facts["level"], facts["override"], facts["override_reason"]) == (3, True, "寄回不划算")
    assert facts["risk"] == []
    [earlier] = facts["customer"]["earlier_cases"]
    assert (earlier["case_no"], earlier["state"]) == (before.case_no, "AWAITING_RETURN"), "as it was then"
    assert facts["customer"]["orders"] == 2
    assert (facts["decided_by"], facts["decision"]) == ("郑总", "approve")


def test_a_memo_tells_the_risk_that_was_known_when_it_was_asked_for(world: World) -> None:
    a_working_shop(world, price_fen=300000)
    case = do(world, file_case(world), E.RECOMMEND, R.AGENT)
    facts = memo(world, case)
    assert [(signal["kind"], signal["detail"]) for signal in facts["risk"]] == [("new_customer", {"worth_fen": 300000})]
    assert (facts["level"], facts["decided_by"]) == (3, None)


def test_there_is_no_memo_of_what_nobody_recommended(world: World) -> None:
    with pytest.raises(GuardRefused, match="once the case was recommended"):
        memo(world, case_in(world, S.SUBMITTED))


def test_where_the_platform_reviews_too_two_people_decide_whatever_the_amount(world: World) -> None:
    strict = under_rules(world, approval__platform_second_review=True)
    case = case_in(strict, S.SUBMITTED)
    for role in (R.AGENT, R.MANAGER):
        with pytest.raises(GuardRefused, match="recommend it"):
            do(strict, case, E.APPROVE, role)
        with pytest.raises(GuardRefused, match="recommend it"):
            do(strict, case, E.PROPOSE, role, amount_fen=3000, reason="补偿三成", remedy=Remedy.REFUND_ONLY)

    case = do(strict, case, E.RECOMMEND, R.SUPERVISOR)
    with pytest.raises(GuardRefused, match="somebody else must approve it"):
        do(strict, case, E.APPROVE, R.SUPERVISOR)
    assert do(strict, case, E.APPROVE, R.MANAGER).state is S.AWAITING_RETURN


def test_nobody_offers_the_customer_what_they_recommended_themselves(world: World) -> None:
    case = case_in(world, S.SUBMITTED)
    do(world, case, E.HOLD, R.AGENT, reason="再看看")
    do(world, case, E.RECOMMEND, R.SUPERVISOR)
    with pytest.raises(GuardRefused, match="somebody else must approve it"):
        do(world, case, E.PROPOSE, R.SUPERVISOR, amount_fen=3000, reason="补偿三成", remedy=Remedy.REFUND_ONLY)
