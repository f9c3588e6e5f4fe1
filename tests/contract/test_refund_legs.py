"""What `RefundLegs` promises, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from backend.adapters.database import Database
from backend.domain.order import PaymentMethod
from backend.domain.refund_leg import LegState, RefundLeg
from backend.errors import Conflict
from tests.builders import a_conversation, a_filed_case, an_order
from tests.clock import START
from tests.racing import race
from tests.unit.domain.test_refund_leg import a_leg

PAYMENT = (PaymentMethod.WECHAT, "WX-A1001")


@pytest.fixture
def database(each_database: Database) -> Database:
    """With one case about an order of 100.00 by WeChat."""
    with each_database.write() as work:
        work.orders.put(an_order())
        work.conversations.open(a_conversation())
        work.cases.add(a_filed_case())
        work.commit()
    return each_database


def planned(database: Database, number: int = 1, **changes: object) -> RefundLeg:
    """A leg of 50.00 as it is before it is stored."""
    with database.read() as work:
        (case,) = work.cases.of_order("A1001")
    leg = a_leg(LegState.PLANNED, id=0, case_id=case.id, order_no="A1001", payment_no="WX-A1001", version=1)
    leg = replace(leg, refund_no=f"{case.case_no}-{number}", leg_no=number, sent_at=None, sends=0)
    return replace(leg, **{"amount_fen": 5000, "paid_fen": 10000, **changes})  # type: ignore[arg-type]


def added(database: Database, leg: RefundLeg) -> RefundLeg:
    with database.write() as work:
        stored = work.refunds.add(leg, by="周会计")
        work.commit()
    return stored


def reserved(database: Database) -> int:
    with database.read() as work:
        return work.refunds.reserved("A1001")[PAYMENT]


def test_a_leg_comes_back_as_it_was_stored(database: Database) -> None:
    leg = added(database, planned(database))
    full = replace(
        leg,
        state=LegState.ABNORMAL,
        version=2,
        due_at=None,
        sent_at=START,
        settled_at=START,
        sends=2,
        polls=3,
        provider_no="P1",
        account="招行0403",
        code="X",
        refused=True,
        finish=True,
    )
    with database.write() as work:
        work.refunds.save(full, was=leg, at=START, by="worker")
        work.commit()
    with database.read() as work:
        assert work.refunds.by_number(leg.refund_no) == full
        assert work.refunds.of_case(leg.case_id) == [full]
        assert work.refunds.find(state=LegState.ABNORMAL, limit=1) == [full]
        assert work.refunds.log(leg.id) == [
            (START, "周会计", LegState.PLANNED, ""),
            (START, "worker", LegState.ABNORMAL, "X"),
        ]


def test_a_number_is_used_once_and_the_second_reserves_nothing(database: Database) -> None:
    added(database, planned(database))
    with database.write() as work, pytest.raises(Conflict):
        work.refunds.add(planned(database), by="周会计")
    assert reserved(database) == 5000


def test_more_than_was_paid_cannot_be_reserved(database: Database) -> None:
    added(database, planned(database, 1))
    added(database, planned(database, 2))
    with database.write() as work, pytest.raises(Conflict, match="not 1 fen are left"):
        work.refunds.add(planned(database, 3, amount_fen=1), by="周会计")
    assert reserved(database) == 10000


def test_racing_refunds_never_reserve_more_than_was_paid(database: Database) -> None:
    legs = [planned(database, number, amount_fen=3000) for number in range(1, 7)]

    def reserve(number: int) -> bool:
        try:
            added(database, legs[number])
        except Conflict:
            return False
        return True

    assert sum(race(6, reserve)) == 3
    assert reserved(database) == 9000


@pytest.mark.parametrize("state", list(LegState))
def test_only_what_failed_for_good_gives_its_reservation_back(database: Database, state: LegState) -> None:
    leg = added(database, planned(database))
    with database.write() as work:
        work.refunds.save(replace(leg, state=state, version=2), was=leg, at=START, by="worker")
        work.commit()
    assert reserved(database) == (0 if state is LegState.FAILED else 5000)


def test_what_failed_gives_back_once(database: Database) -> None:
    added(database, planned(database, 2))
    leg = added(database, planned(database))
    failed = replace(leg, state=LegState.FAILED, version=2)
    with database.write() as work:
        work.refunds.save(failed, was=leg, at=START, by="worker")
        work.refunds.save(replace(failed, version=3), was=failed, at=START, by="worker")
        work.commit()
    assert reserved(database) == 5000


def test_of_racing_workers_exactly_one_takes_a_leg(database: Database) -> None:
    leg = added(database, planned(database))

    def take(_number: int) -> bool:
        with database.write() as work:
            try:
                sent = replace(leg, state=LegState.SENT, version=2)
                work.refunds.save(sent, was=leg, at=START, by="worker")
            except Conflict:
                return False
            work.commit()
            return True

    assert sorted(race(6, take)) == [False] * 5 + [True]


def test_due_legs_are_found_longest_due_first(database: Database) -> None:
    for number, minutes in ((1, 2), (2, 1), (3, 9)):
        added(database, planned(database, number, amount_fen=1, due_at=START + timedelta(minutes=minutes)))
    added(database, planned(database, 4, amount_fen=1, due_at=None))
    with database.read() as work:
        due = work.refunds.due(START + timedelta(minutes=2), 10)
        assert [leg.leg_no for leg in due] == [2, 1]
        assert [leg.leg_no for leg in work.refunds.due(START + timedelta(days=1), 1)] == [2]


def test_legs_of_a_gateway_are_found_by_the_time_they_were_planned(database: Database) -> None:
    for number in (1, 2, 3):
        added(database, planned(database, number, amount_fen=1, planned_at=START + timedelta(days=number)))
    with database.read() as work:
        found = work.refunds.of_gateway("sandbox", START + timedelta(days=2), START + timedelta(days=3))
        assert [leg.leg_no for leg in found] == [2]
        assert work.refunds.of_gateway("manual", START, START + timedelta(days=9)) == []


def test_a_leg_of_a_payment_that_does_not_exist_is_a_conflict(database: Database) -> None:
    with database.write() as work, pytest.raises(Conflict):
        work.refunds.add(planned(database, payment_no="WX-OTHER"), by="周会计")


def test_no_leg_exceeds_its_payment_or_is_nothing(database: Database) -> None:
    with database.write() as work, pytest.raises(IntegrityError):
        work.refunds.add(planned(database, amount_fen=0), by="周会计")


def test_of_racing_repeats_of_a_callback_one_is_taken(database: Database) -> None:
    def take(_number: int) -> bool:
        with database.write() as work:
            new = work.refunds.take_notification("sandbox", "n-1", START)
            work.commit()
            return new

    assert sorted(race(4, take)) == [False] * 3 + [True]
    with database.write() as work:
        assert work.refunds.take_notification("wechat", "n-1", START)
