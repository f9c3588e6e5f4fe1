"""What another version of the rules changes in the steps that are ahead of a case."""

from typing import Any

import pytest

from backend.adapters.rule_book import load_rule_book
from backend.domain.case import State
from backend.domain.progress import WAITING
from backend.domain.request import Remedy
from backend.domain.rule_news import ROUTES, TOLD, ChangedLimit, changed_limits
from backend.domain.rule_types import Clock, Unit
from backend.domain.rules import with_parameter
from tests.builders import a_filed_case

BOOK = load_rule_book()
S = State


def changes(state: State, remedy: Remedy = Remedy.RETURN_REFUND, **limits: Any) -> list[ChangedLimit]:
    """What a case in that state hears, when the limits change so."""
    other = BOOK.rules
    for name, value in limits.items():
        other = with_parameter(other, tuple(name.split("__")), value)
    return changed_limits(a_filed_case(state=state, remedy=remedy.value), BOOK.rules, other)


def test_more_time_to_send_it_back_is_told_as_better() -> None:
    (change,) = changes(S.SUBMITTED, return__ship_by_days=10)
    assert change == ChangedLimit("return.ship_by_days", Clock(7, Unit.DAY), Clock(10, Unit.DAY), better=True)


def test_more_time_for_the_shop_is_told_as_worse() -> None:
    (change,) = changes(S.AWAITING_RETURN, sla__finance=Clock(3, Unit.WORKDAY))
    assert (change.name, change.better) == ("sla.finance", False)


def test_limits_that_only_the_shop_lives_by_are_not_told() -> None:
    assert changes(S.SUBMITTED, sla__send_back_workdays=9, return__transit_alert_days=3, refund__keep_item_max=1) == []


@pytest.mark.parametrize("state", [S.AWAITING_RETURN, S.RETURN_IN_TRANSIT, S.RECEIVED, S.REFUNDING, S.CLOSED])
def test_what_lies_behind_a_case_or_runs_already_is_not_told(state: State) -> None:
    assert changes(state, return__ship_by_days=10) == []


@pytest.mark.parametrize("state", [S.NEED_INFO, S.PROPOSED, S.PENDING_APPROVAL, S.REJECTED])
def test_a_case_beside_its_way_hears_of_what_comes_then(state: State) -> None:
    assert [change.name for change in changes(state, return__ship_by_days=10)] == ["return.ship_by_days"]


def test_what_a_remedy_never_comes_to_is_not_told() -> None:
    assert changes(S.SUBMITTED, Remedy.REFUND_ONLY, return__ship_by_days=10, sla__repair_workdays=3) == []
    assert changes(S.SENDING_BACK, Remedy.RETURN_REFUND, confirm__auto_days=3) == []


def test_every_remedy_has_a_way_and_every_limit_that_is_told_lies_on_one() -> None:
    assert set(ROUTES) == set(Remedy)
    clocks = {(WAITING[state].clock or "").removesuffix(".default") for route in ROUTES.values() for state in route}
    assert set(TOLD) <= clocks
