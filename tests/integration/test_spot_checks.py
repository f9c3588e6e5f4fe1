"""Spot checks of paid refunds: a fixed share, everything that departed from the rules, and other eyes than before."""

import pytest

from backend.domain.case import Actor, Case, Role
from backend.domain.order import PaymentMethod
from backend.domain.spot_check import Found, Why
from backend.errors import Conflict, GuardRefused, RefundNotFound
from backend.ports import World
from backend.services.refunds import pay_refund, record_voucher
from backend.services.spot_checks import list_spot_checks, record_spot_check
from tests.builders import an_event
from tests.due import look_after_refunds
from tests.money import APPROVER, FINANCE, approved_case
from tests.racing import race
from tests.working import under_rules

SUPERVISOR = Actor(Role.SUPERVISOR, "王主管")


def paid(world: World, *, override: bool = False) -> tuple[Case, list[str]]:
    """A case that finance has paid by voucher, half from a card and half from a balance; its refunds' numbers."""
    methods = ((PaymentMethod.BALANCE, 5000), (PaymentMethod.CARD, 5000))
    case = approved_case(world, 5000, methods)
    if override:
        with world.write() as work:
            approval = an_event(3, event="approve", actor=APPROVER, detail={"override": True})
            work.cases.append(case.id, approval)
            work.connection.exec_driver_sql(  # type: ignore[attr-defined]
                f"UPDATE after_sales_case SET version = 3 WHERE id = {case.id}"
            )
            work.commit()
    pay_refund(world, case.case_no or "", FINANCE)
    look_after_refunds(world)
    with world.read() as work:
        numbers = [leg.refund_no for leg in work.refunds.of_case(case.id)]
    for number in numbers:
        record_voucher(world, number, f"V-{number}", FINANCE)
    return case, numbers


def test_everything_is_drawn_where_the_rules_draw_all_once_it_is_paid(each_world: World) -> None:
    world = under_rules(each_world, refund__audit_sample_pct=100)
    case, numbers = paid(world)

    checks = list_spot_checks(world)

    assert sorted(check.refund_no for check in checks) == sorted(numbers)
    assert {check.why for check in checks} == {Why.SAMPLE}
    with world.read() as work:
        alerts = [alert.detail["about"] for alert in work.alerts.of_case(case.id) if alert.role is Role.SUPERVISOR]
    assert sorted(alerts) == sorted(f"spot_check:{number}" for number in numbers)


def test_nothing_is_drawn_where_the_rules_draw_none(world: World) -> None:
    world = under_rules(world, refund__audit_sample_pct=0)
    paid(world)
    assert list_spot_checks(world) == []


def test_what_departed_from_the_rules_is_always_drawn(world: World) -> None:
    world = under_rules(world, refund__audit_sample_pct=0)
    _, numbers = paid(world, override=True)
    checks = list_spot_checks(world)
    assert sorted(check.refund_no for check in checks) == sorted(numbers)
    assert {check.why for check in checks} == {Why.OVERRIDE}


@pytest.mark.parametrize(
    ("actor", "says"),
    [
        (FINANCE, "has paid it"),
        (Actor(Role.SUPERVISOR, APPROVER), "has approved it"),
        (Actor(Role.AGENT, "小林"), "this is for supervisor"),
    ],
    ids=["who paid", "who approved", "an agent"],
)
def test_somebody_else_looks_at_it(world: World, actor: Actor, says: str) -> None:
    world = under_rules(world, refund__audit_sample_pct=100)
    _, numbers = paid(world)
    with pytest.raises(GuardRefused, match=says):
        record_spot_check(world, numbers[0], actor, Found.RIGHT)


def test_what_was_found_stays_with_the_name_of_whoever_looked(each_world: World) -> None:
    world = under_rules(each_world, refund__audit_sample_pct=100)
    _, numbers = paid(world)

    def look(number: int) -> bool:
        try:
            record_spot_check(world, numbers[0], Actor(Role.SUPERVISOR, f"主管{number}"), Found.RIGHT)
        except Conflict:
            return False
        return True

    results = race(3, look)

    assert results.count(True) == 1
    [settled] = [check for check in list_spot_checks(world, only_open=False) if check.refund_no == numbers[0]]
    assert settled.checked_by == f"主管{results.index(True)}"
    assert [check.refund_no for check in list_spot_checks(world)] == numbers[1:]


def test_what_is_wrong_needs_a_note_and_goes_to_a_manager(world: World) -> None:
    world = under_rules(world, refund__audit_sample_pct=100)
    case, numbers = paid(world)
    with pytest.raises(GuardRefused, match="say what is wrong"):
        record_spot_check(world, numbers[0], SUPERVISOR, Found.WRONG)

    record_spot_check(world, numbers[0], SUPERVISOR, Found.WRONG, "多退了运费")

    with world.read() as work:
        escalated = [alert for alert in work.alerts.of_case(case.id) if alert.role is Role.MANAGER]
    assert [alert.detail["about"] for alert in escalated] == [f"spot_check:{numbers[0]}:wrong"]


def test_a_refund_that_was_not_drawn_is_not_found(world: World) -> None:
    world = under_rules(world, refund__audit_sample_pct=0)
    _, numbers = paid(world)
    with pytest.raises(RefundNotFound):
        record_spot_check(world, numbers[0], SUPERVISOR, Found.RIGHT)
