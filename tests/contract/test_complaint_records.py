"""What `Complaints` promises, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from backend.adapters.database import Database
from backend.domain.case import Case, State
from backend.domain.complaint import Cause, ComplaintCase, Deed, Outcome, Ruling, Stage
from backend.errors import Conflict
from tests.builders import a_complaint, a_conversation, a_filed_case, about, an_entry, an_order
from tests.clock import START


@pytest.fixture
def database(each_database: Database) -> Database:
    """With two cases of one conversation."""
    with each_database.write() as work:
        work.orders.put(an_order())
        work.conversations.open(a_conversation())
        for number in (1, 2):
            work.cases.add(a_filed_case(f"RC2026112200000{number}"))
        work.commit()
    return each_database


def cases(database: Database) -> tuple[Case, ...]:
    with database.read() as work:
        return tuple(reversed(work.cases.of_order("A1001")))


def test_it_is_read_as_it_was_written(database: Database) -> None:
    first, second = cases(database)
    ruling = Ruling(Outcome.PARTIAL, "各担一半", "周主管", START + timedelta(days=1), final=True)
    given = a_complaint(
        cause=Cause.INSPECTION,
        stage=Stage.RULED,
        due_at=START,
        cases=(
            ComplaintCase(first.id, first.case_no or "", State.REFUND_PENDING, 9500, executed=True),
            *about(second),
        ),
        ruling=ruling,
        escalated=True,
        sla_breached=True,
    )
    with database.write() as work:
        added = work.complaints.add(given)
        work.commit()
    with database.read() as work:
        assert work.complaints.by_number(given.complaint_no) == added == replace(given, id=added.id)
        assert work.complaints.of_case(second.id) == work.complaints.of_conversation("conv-1") == [added]
        assert work.complaints.find(stage=Stage.RULED, limit=9) == [added]
        assert work.complaints.find(stage=Stage.OPEN, limit=9) == []
        assert work.complaints.by_number("CP1") is None


def test_it_is_saved_only_over_the_version_that_was_read(database: Database) -> None:
    with database.write() as work:
        added = work.complaints.add(a_complaint(cases=about(cases(database)[0])))
        work.complaints.save(replace(added, version=2, stage=Stage.ACKED), expected_version=1)
        with pytest.raises(Conflict):
            work.complaints.save(replace(added, version=2), expected_version=1)
        work.commit()
    with database.read() as work:
        found = work.complaints.get(added.id)
    assert found is not None and (found.version, found.stage, found.cases) == (2, Stage.ACKED, added.cases)


@pytest.mark.parametrize("caseless", [True, False])
def test_one_is_open_for_a_case_and_a_cause_and_after_its_end_another_may_be(
    database: Database, caseless: bool
) -> None:
    mine = () if caseless else about(cases(database)[0])
    with database.write() as work:
        first = work.complaints.add(a_complaint(cases=mine))
        work.commit()
    for stage in (Stage.OPEN, Stage.EXECUTED):
        with database.write() as work, pytest.raises(Conflict):
            work.complaints.add(a_complaint("CP-2", cases=mine, stage=stage))
    with database.write() as work:
        work.complaints.add(a_complaint("CP-3", cases=mine, cause=Cause.PLAIN))
        work.complaints.save(replace(first, stage=Stage.CLOSED, version=2), expected_version=1)
        second = work.complaints.add(a_complaint("CP-4", cases=mine))
        case_id = mine[0].case_id if mine else None
        assert work.complaints.open_about("conv-1", Cause.SERVICE, case_id) == second


def test_no_ruling_is_kept_without_its_reason_and_no_award_of_nothing(database: Database) -> None:
    (case, _) = cases(database)
    empty = Ruling(Outcome.REJECT, "", "周主管", START)
    nothing = (ComplaintCase(case.id, case.case_no or "", State.REFUND_PENDING, 0),)
    for given in (a_complaint(ruling=empty), a_complaint(cases=nothing)):
        with database.write() as work, pytest.raises(IntegrityError):
            work.complaints.add(given)


def test_numbers_count_by_day(database: Database) -> None:
    with database.write() as work:
        days = (date(2026, 11, 22), date(2026, 11, 22), date(2026, 11, 23))
        numbers = [work.complaints.next_number(day) for day in days]
    assert numbers == ["CP20261122000001", "CP20261122000002", "CP20261123000001"]


def test_the_log_is_read_in_order_and_has_one_entry_for_each_version(database: Database) -> None:
    second = an_entry(2, deed=Deed.ACKNOWLEDGE, from_stage=Stage.OPEN, to_stage=Stage.ACKED, detail={"by": "小林"})
    with database.write() as work:
        added = work.complaints.add(a_complaint())
        work.complaints.append(added.id, an_entry())
        work.complaints.append(added.id, second)
        work.commit()
    with database.read() as work:
        assert work.complaints.log(added.id) == [an_entry(), second]
    with database.write() as work, pytest.raises(IntegrityError):
        work.complaints.append(added.id, second)
