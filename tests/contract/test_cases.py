"""What `ports.Cases` promises, on both databases."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from backend.adapters.database import Database
from backend.domain.case import Case, CaseLine, CloseReason, Role, State
from backend.domain.verdict import AmountLine, Check, Outcome, Result, Verdict
from backend.errors import Conflict
from tests.builders import a_conversation, a_draft, a_filed_case, an_event
from tests.clock import START
from tests.racing import race

VERDICT = Verdict(
    outcome=Outcome.NEEDS_REVIEW,
    remedy="REFUND_ONLY",
    refundable_fen=4999,
    breakdown=(AmountLine("商品实付", 4999),),
    checks=(
        Check("window.days", Result.PASS, "在 7 天内"),
        Check("risk", Result.WARN, "金额较大", overridable=True),
    ),
    rule_book_version=1,
    freight_payer="merchant",
    eta_workdays=(1, 3),
    alternatives=("exchange",),
)


@pytest.fixture
def database(each_database: Database) -> Database:
    """With one conversation and rule book version 1, which every case refers to."""
    with each_database.write() as work:
        work.conversations.open(a_conversation())
        work.rule_books.add(text="rules", sha256="0" * 64, author="test", effective_from=START, note="")
        work.commit()
    return each_database


def _add(database: Database, *cases: Case) -> list[Case]:
    with database.write() as work:
        added = [work.cases.add(case) for case in cases]
        work.commit()
    return added


def _version(database: Database) -> int:
    with database.read() as work:
        version = work.rule_books.current_version(START)
    assert version is not None
    return version


def test_a_case_comes_back_as_it_was_saved(database: Database) -> None:
    [draft] = _add(database, a_draft(due_at=START + timedelta(hours=24)))
    version = _version(database)
    filed = a_filed_case(
        id=draft.id,
        version=2,
        description="杯口有裂纹",
        intact=False,
        lines=(CaseLine(1, "CUP", 1), CaseLine(3, "TEA", 2, approved_quantity=1, refund_fen=100)),
        verdict=replace(VERDICT, rule_book_version=version),
        rule_book_version=version,
        approved_fen=0,
        close_reason=CloseReason.RESOLVED,
        due_at=START,
        told_version=1,
        priority=2,
    )
    with database.write() as work:
        work.cases.save(filed, expected_version=1)
        work.commit()
    with database.read() as work:
        assert work.cases.get(draft.id) == filed
        assert work.cases.by_number("RC20261122000001") == filed
        assert work.cases.of_order("A1001") == [filed]
        assert work.cases.of_conversation("conv-1") == [filed]


def test_a_draft_line_may_wait_for_its_quantity(database: Database) -> None:
    [draft] = _add(database, a_draft(lines=(CaseLine(1, "CUP", None),)))
    assert draft.lines == (CaseLine(1, "CUP", None),)


def test_saving_over_a_version_that_somebody_changed_is_a_conflict(database: Database) -> None:
    [draft] = _add(database, a_draft())
    with database.write() as work:
        work.cases.save(replace(draft, version=2, wish="refund"), expected_version=1)
        work.commit()
    with database.write() as work, pytest.raises(Conflict, match="no longer at version 1"):
        work.cases.save(replace(draft, version=2, wish="repair"), expected_version=1)
    with database.read() as work:
        kept = work.cases.get(draft.id)
    assert kept is not None and kept.wish == "refund"


def test_of_racing_savers_exactly_one_wins(database: Database) -> None:
    [draft] = _add(database, a_draft())

    def save(number: int) -> bool:
        with database.write() as work:
            try:
                work.cases.save(replace(draft, version=2, priority=number), expected_version=1)
            except Conflict:
                return False
            work.commit()
            return True

    assert sorted(race(8, save)) == [False] * 7 + [True]


def test_a_conversation_has_one_draft(database: Database) -> None:
    [draft] = _add(database, a_draft())
    with database.write() as work, pytest.raises(Conflict, match="has a draft already"):
        work.cases.add(a_draft())
    with database.read() as work:
        assert work.cases.draft_of("conv-1") == draft


def test_of_racing_drafts_of_a_conversation_one_is_stored(database: Database) -> None:
    def add(_number: int) -> bool:
        with database.write() as work:
            try:
                work.cases.add(a_draft())
            except Conflict:
                return False
            work.commit()
            return True

    assert sorted(race(4, add)) == [False] * 3 + [True]


def test_a_conversation_may_draft_again_once_the_draft_is_filed(database: Database) -> None:
    _add(database, a_filed_case(), a_draft())


def test_a_case_of_an_unknown_conversation_is_no_conflict_but_a_mistake(database: Database) -> None:
    with database.write() as work, pytest.raises(IntegrityError):
        work.cases.add(a_draft("nobody"))


def test_cases_are_found_by_state_newest_first_page_by_page_without_drafts(database: Database) -> None:
    numbers = [f"RC2026112200000{last}" for last in (1, 2, 3)]
    _add(database, *(a_filed_case(number) for number in numbers), a_draft())
    _add(database, a_filed_case("RC20261122000004", state=State.CLOSED))
    with database.read() as work:
        first = work.cases.find(state="SUBMITTED", limit=2)
        rest = work.cases.find(state="SUBMITTED", limit=2, after=first[-1].case_no)
        everything = work.cases.find(state=None, limit=10)
    assert [case.case_no for case in first + rest] == numbers[::-1]
    assert [case.case_no for case in everything] == ["RC20261122000004", *numbers[::-1]]


def test_numbers_of_a_day_count_up_from_one(database: Database) -> None:
    with database.write() as work:
        given = [work.cases.next_number(date(2026, 11, day)) for day in (22, 22, 23)]
    assert given == ["RC20261122000001", "RC20261122000002", "RC20261123000001"]


def test_racing_cases_never_share_a_number(database: Database) -> None:
    def number(_number: int) -> str:
        with database.write() as work:
            given = work.cases.next_number(date(2026, 11, 22))
            work.commit()
            return given

    assert sorted(race(8, number)) == [f"RC2026112200000{last}" for last in range(1, 9)]


def test_the_log_comes_back_in_order_as_it_was_written(database: Database) -> None:
    [draft] = _add(database, a_draft())
    filed = an_event(2, event="submit", from_state=State.DRAFT, to_state=State.SUBMITTED, detail={"由": ["客户"]})
    events = [an_event(1), replace(filed, role=Role.CUSTOMER)]
    with database.write() as work:
        for event in reversed(events):
            work.cases.append(draft.id, event)
        work.commit()
    with database.read() as work:
        assert work.cases.events(draft.id) == events


def test_two_events_cannot_lead_to_the_same_version(database: Database) -> None:
    [draft] = _add(database, a_draft())
    with database.write() as work:
        work.cases.append(draft.id, an_event(1))
        with pytest.raises(IntegrityError):
            work.cases.append(draft.id, an_event(1, event="withdraw"))


def test_the_last_move_is_the_event_that_changed_the_state(database: Database) -> None:
    [draft] = _add(database, a_draft())
    submitted = an_event(2, event="submit", from_state=State.DRAFT, to_state=State.SUBMITTED)
    noted = an_event(3, event="note", from_state=State.SUBMITTED, to_state=State.SUBMITTED)
    with database.write() as work:
        for event in (an_event(1), submitted, noted):
            work.cases.append(draft.id, event)
        assert work.cases.last_move(draft.id) == submitted
        assert work.cases.last_move(draft.id + 1) is None
