"""What `ports.EvidenceRecords`, `RuleBooks` and `WorkDays` promise, on both databases."""

from datetime import date, timedelta

import pytest

from backend.adapters.database import Database
from backend.domain.case import Role
from backend.domain.evidence import EvidenceKind
from tests.builders import a_conversation, a_draft, a_photo
from tests.clock import START
from tests.racing import race

DAY = timedelta(days=1)


@pytest.fixture
def database(each_database: Database) -> Database:
    """With the conversations `conv-1` and `conv-2`."""
    with each_database.write() as work:
        work.conversations.open(a_conversation())
        work.conversations.open(a_conversation("conv-2"))
        work.commit()
    return each_database


def test_evidence_comes_back_as_it_was_added(database: Database) -> None:
    video = a_photo("v", media_type="video/mp4", phash=None, width=None, height=None, thumbnail_key=None)
    with database.write() as work:
        for piece in (a_photo(), video):
            assert work.evidence.add(piece) == piece
            assert work.evidence.get(piece.id) == piece
        assert work.evidence.get("unknown") is None


def test_the_same_photo_of_a_conversation_is_the_one_there_is(database: Database) -> None:
    first = a_photo("first", sha256="a" * 64)
    with database.write() as work:
        work.evidence.add(first)
        assert work.evidence.add(a_photo("again", sha256="a" * 64)) == first
        elsewhere = a_photo("elsewhere", sha256="a" * 64, conversation_id="conv-2")
        assert work.evidence.add(elsewhere) == elsewhere
        assert work.evidence.same_in_conversation("conv-1", "a" * 64) == first
        assert work.evidence.same_in_conversation("conv-1", "b" * 64) is None


def test_racing_uploads_of_one_photo_store_it_once(database: Database) -> None:
    def add(number: int) -> str:
        with database.write() as work:
            kept = work.evidence.add(a_photo(f"photo-{number}", sha256="a" * 64))
            work.commit()
            return kept.id

    assert len(set(race(6, add))) == 1


def test_evidence_is_loose_until_it_is_given_to_a_case(database: Database) -> None:
    with database.write() as work:
        draft = work.cases.add(a_draft())
        work.evidence.add(a_photo("late", created_at=START + DAY))
        work.evidence.add(a_photo("early"))
        work.evidence.assign("late", draft.id, EvidenceKind.WAYBILL)
        assert [piece.id for piece in work.evidence.loose("conv-1")] == ["early"]
        assert [(piece.id, piece.kind) for piece in work.evidence.of_case(draft.id)] == [("late", EvidenceKind.WAYBILL)]


def test_the_customers_pieces_are_counted_since_a_time(database: Database) -> None:
    with database.write() as work:
        work.evidence.add(a_photo("old"))
        work.evidence.add(a_photo("new", created_at=START + DAY))
        work.evidence.add(a_photo("other", conversation_id="conv-2", created_at=START + DAY))
        shelf = a_photo("shelf", created_at=START + DAY, brought_by=Role.WAREHOUSE)
        assert work.evidence.add(shelf) == work.evidence.get("shelf") == shelf
        assert work.evidence.count_unfiled_of_customer("conv-1", START) == 1


def test_a_rule_book_is_stored_once_and_is_in_force_from_its_time(database: Database) -> None:
    with database.write() as work:
        first = work.rule_books.add(text="一", sha256="1" * 64, author="a", effective_from=START, note="")
        again = work.rule_books.add(text="一", sha256="1" * 64, author="b", effective_from=START + DAY, note="")
        second = work.rule_books.add(text="二", sha256="2" * 64, author="a", effective_from=START + DAY, note="")
        assert again == first != second
        assert work.rule_books.newest_of_files() == "2" * 64
        assert work.rule_books.current_version(START - DAY) is None
        assert work.rule_books.current_version(START) == first
        assert work.rule_books.current_version(START + DAY) == second
        assert work.rule_books.get(second) == "二"
        assert work.rule_books.get(0) is None


def test_an_exception_to_the_calendar_can_be_changed(database: Database) -> None:
    with database.write() as work:
        work.work_days.put(date(2026, 11, 21), True, "双十一补班")
        work.work_days.put(date(2026, 11, 21), False, "还是休息")
        assert work.work_days.overrides() == {date(2026, 11, 21): False}
