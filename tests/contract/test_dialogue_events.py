"""What `ports.DialogueEvents` promises, on both databases."""

import pytest

from backend.adapters.database import Database
from backend.errors import Conflict
from tests.racing import race

FIRST = [("action", "1"), ("session_started", "2"), ("user", "3")]


def _append(database: Database, position: int, events: list[tuple[str, str]]) -> bool:
    with database.write() as work:
        try:
            work.dialogue.append("conv-1", position, events)
        except Conflict:
            return False
        work.commit()
        return True


def test_the_current_session_begins_with_its_start(each_database: Database) -> None:
    assert _append(each_database, 0, FIRST)
    assert _append(each_database, 3, [("bot", "4"), ("session_started", "5"), ("user", "6")])
    with each_database.read() as work:
        assert work.dialogue.current_session("conv-1") == (4, ["5", "6"])
        assert work.dialogue.all_sessions("conv-1") == ["1", "2", "3", "4", "5", "6"]


def test_a_conversation_without_events_begins_at_zero(each_database: Database) -> None:
    with each_database.read() as work:
        assert work.dialogue.current_session("conv-1") == (0, [])


def test_events_before_any_session_are_all_there(each_database: Database) -> None:
    assert _append(each_database, 0, [("action", "1"), ("user", "2")])
    with each_database.read() as work:
        assert work.dialogue.current_session("conv-1") == (0, ["1", "2"])


def test_writing_where_somebody_has_written_is_a_conflict(each_database: Database) -> None:
    assert _append(each_database, 0, FIRST)
    with each_database.write() as work, pytest.raises(Conflict, match="moved on past event 1"):
        work.dialogue.append("conv-1", 1, [("user", "other")])


def test_of_racing_turns_one_writes(each_database: Database) -> None:
    assert sorted(race(6, lambda _number: _append(each_database, 0, FIRST))) == [False] * 5 + [True]
