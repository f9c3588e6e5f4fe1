"""SQLite too finds what waits among millions of messages by the indexes of that part alone."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from backend.adapters.database import Database
from backend.adapters.migrations import upgrade

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
MOSTLY_OVER = "INSERT INTO sqlite_stat1 VALUES ('message', 'ix_message_outbox', '5000000 4000000 1')"
"""Statistics of a shop in which nearly every message has been sent long ago: as good as none to go by."""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    url = f"sqlite:///{tmp_path / 'anxin.db'}"
    upgrade(url)
    database = Database(url)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql(MOSTLY_OVER)
    database.engine.dispose()
    return database


def test_the_outbox_and_the_unanswered_are_never_read_from_end_to_end(database: Database) -> None:
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in cursor.fetchall())

    event.listen(database.engine, "before_cursor_execute", explain)
    with database.read() as work:
        for conversation, channel in (("talk", None), (None, "webchat"), (None, None)):
            work.messages.queued(conversation, 10, channel, now=NOW)
        work.messages.unanswered(NOW, 10)
        work.messages.unanswered(NOW, 10, after=NOW)
        work.messages.lapsed(NOW, 10, longest=timedelta(seconds=30))
        work.messages.unanswered_of("talk")
        work.messages.after("talk", 0, 10)
    assert len(plans) > 8
    assert not [step for step in plans if step == "SCAN message"], plans


def test_what_each_message_of_a_conversation_asks_does_not_grow_with_its_length(database: Database) -> None:
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.extend(row[3] for row in cursor.fetchall() if row[3].startswith("SEARCH"))

    event.listen(database.engine, "before_cursor_execute", explain)
    with database.read() as work:
        work.messages.queued("talk", 10, now=NOW)
        work.messages.unanswered_of("talk")
        work.messages.release("talk")
    of_part = "ix_message_on_its_way", "ix_message_unanswered_of", "ix_message_kept_back"
    assert len(plans) == 4
    assert all(any(name in step for name in of_part) and "(conversation_id=?)" in step for step in plans), plans
