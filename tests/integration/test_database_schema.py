"""The migrations and the tables of the code say the same, on both databases."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DatabaseError, IntegrityError

from backend.adapters import collection_tables, complaint_tables, extra_tables, refund_tables
from backend.adapters.database import Database
from backend.adapters.migrations import HEAD, MIGRATIONS, require_schema, upgrade
from backend.adapters.tables import APPEND_ONLY, metadata
from backend.domain.conversation import Mode
from backend.errors import DatabaseNotReady
from tests.builders import a_complaint, a_conversation, a_draft, an_entry, an_event, an_order
from tests.clock import START
from tests.postgres import temporary_database
from tests.unit.domain.test_collection import a_collection
from tests.unit.domain.test_extra import an_extra
from tests.unit.domain.test_refund_leg import a_leg

OLD_ROWS = (
    "INSERT INTO conversation (id, channel, channel_user_id, mode, opened_at) "
    "VALUES ('conv-1', 'webchat', 'u', 'BOT', '2026-11-22 02:00:00.000000')",
    "INSERT INTO after_sales_case (id, conversation_id, state, version, opened_at, state_since) "
    "VALUES (1, 'conv-1', 'SUBMITTED', 1, '2026-11-22 02:00:00.000000', '2026-11-22 02:00:00.000000')",
    "INSERT INTO timer (case_id, clock, mark, state, due_at, set_at, detail) "
    "VALUES (1, 'sla.review', 'warn', 'waiting', '2026-11-22 02:00:00.000000', '2026-11-22 02:00:00.000000', '{}')",
    "INSERT INTO staff_alert (case_id, kind, role, detail, dedupe_key, at) "
    "VALUES (1, 'task', 'agent', '{}', 'k', '2026-11-22 02:00:00.000000')",
)
"""A case with a timer and an alert, as they stood before there were complaints."""


def _columns(engine: Engine) -> dict[str, list[tuple[str, str, bool, str]]]:
    found = inspect(engine)
    return {
        table.name: [
            (column["name"], str(column["type"]), column["nullable"], column["default"])
            for column in found.get_columns(table.name)
        ]
        for table in metadata.sorted_tables
    }


def _checks(engine: Engine) -> dict[str, list[tuple[str, str]]]:
    found = inspect(engine)
    return {
        table.name: sorted((check["name"], check["sqltext"]) for check in found.get_check_constraints(table.name))
        for table in metadata.sorted_tables
    }


def _indexes(engine: Engine) -> list[str]:
    """Every index as the database itself writes it, conditions of partial ones included."""
    listed = {
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'",
    }
    with engine.connect() as connection:
        return sorted(connection.execute(text(listed[engine.dialect.name])).scalars())


def _assert_same(migrated: Engine, made: Engine) -> None:
    metadata.create_all(made)
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert _columns(migrated) == _columns(made)
    assert _checks(migrated) == _checks(made)
    assert _indexes(migrated) == _indexes(made)
    made.dispose()


def test_migrations_lead_to_the_tables_of_the_code_on_sqlite(database: Database, tmp_path: Path) -> None:
    _assert_same(database.engine, create_engine(f"sqlite:///{tmp_path / 'made.db'}"))


def test_migrations_lead_to_the_tables_of_the_code_on_postgresql(postgres_server: str, postgres: str) -> None:
    migrated = create_engine(postgres)
    with temporary_database(postgres_server) as url:
        _assert_same(migrated, create_engine(url))
    migrated.dispose()


def test_upgrading_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'er' / 'anxin.db'}"
    assert upgrade(url) == (None, HEAD)
    assert upgrade(url) == (HEAD, HEAD)


@pytest.mark.parametrize("verb", ["UPDATE {} SET actor = 'somebody else'", "DELETE FROM {}"])
@pytest.mark.parametrize(
    "table",
    [
        table.name
        for tables in (
            APPEND_ONLY,
            refund_tables.APPEND_ONLY,
            collection_tables.APPEND_ONLY,
            extra_tables.APPEND_ONLY,
            complaint_tables.APPEND_ONLY,
        )
        for table in tables
    ],
)
def test_rows_of_a_log_can_be_neither_changed_nor_removed(each_database: Database, table: str, verb: str) -> None:
    with each_database.write() as work:
        work.conversations.open(a_conversation())
        case = work.cases.add(a_draft())
        work.cases.append(case.id, an_event())
        work.orders.put(an_order())
        leg = a_leg(id=0, case_id=case.id, order_no="A1001", payment_no="WX-A1001", paid_fen=10000)
        work.refunds.add(leg, by="bot")
        work.collections.add(a_collection(id=0, case_id=case.id), by="bot")
        work.extras.add(an_extra(id=0, case_id=case.id), by="bot")
        work.complaints.append(work.complaints.add(a_complaint()).id, an_entry())
        episode = work.handoffs.open("conv-1", reason="asked", summary={}, priority=0, at=START, ranked_at=START)
        work.handoffs.log(episode, at=START, actor="bot", from_mode=Mode.BOT, to_mode=Mode.QUEUED, epoch=1)
        work.commit()
    with each_database.write() as work, pytest.raises(DatabaseError, match=f"{table} is append-only"):
        work.connection.execute(text(verb.format(table)))
    with each_database.read() as work:
        assert work.connection.execute(text(f"SELECT actor FROM {table}")).scalars().all() == ["bot"]


def test_timers_and_alerts_of_cases_outlive_the_complaints_that_share_their_tables(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    with database.write() as work:
        config = Config(attributes={"connection": work.connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, "0003")
        for statement in OLD_ROWS:
            work.connection.execute(text(statement))
        command.upgrade(config, "head")
        work.commit()
    with database.read() as work:
        (timer,), (alert,) = work.timers.open_of(1), work.alerts.of_case(1)
    database.close()
    assert (timer.clock, timer.complaint_id, alert.kind, alert.complaint_id) == ("sla.review", None, "task", None)


@pytest.mark.parametrize("owner", ["NULL, NULL", "1, 1"], ids=["nobody's", "two owners'"])
def test_a_timer_has_one_owner(each_database: Database, owner: str) -> None:
    with each_database.write() as work:
        work.conversations.open(a_conversation())
        work.cases.add(a_draft())
        work.complaints.add(a_complaint())
        work.commit()
    insert = "INSERT INTO timer (case_id, complaint_id, clock, mark, state, due_at, set_at, detail) VALUES "
    row = f"({owner}, 'c', 'warn', 'waiting', '2026-11-22', '2026-11-22', '{{}}')"
    with each_database.write() as work, pytest.raises(IntegrityError):
        work.connection.execute(text(insert + row))


def test_a_database_that_is_not_there_is_reported_with_what_to_do(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(DatabaseNotReady, match=r"there is no database at .*run `python -m backend database upgrade`"):
        require_schema(engine)
    assert not (tmp_path / "none.db").exists()


def test_a_database_without_our_tables_is_reported_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(DatabaseNotReady, match=f"schema none, not {HEAD}: run `python -m backend database upgrade`"):
        require_schema(create_engine(f"sqlite:///{tmp_path / 'empty.db'}"))


def _set_schema(database: Database, number: str) -> None:
    with database.write() as work:
        work.connection.execute(text(f"UPDATE alembic_version SET version_num = '{number}'"))
        work.commit()


def test_a_release_goes_on_with_the_schema_of_a_later_one(
    each_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    _set_schema(each_database, "9999")
    try:
        require_schema(each_database.engine)
        assert "schema 9999 of a later release" in caplog.text
        assert upgrade(each_database.engine.url.render_as_string(hide_password=False)) == ("9999", "9999")
    finally:
        _set_schema(each_database, HEAD)  # the server is shared


def test_a_database_that_was_not_upgraded_is_reported_with_what_to_do(database: Database) -> None:
    _set_schema(database, "0001")
    with pytest.raises(DatabaseNotReady, match=f"schema 0001, not {HEAD}: run `python -m backend database upgrade`"):
        require_schema(database.engine)


def test_an_unreachable_server_is_reported_without_its_password() -> None:
    with pytest.raises(DatabaseNotReady, match=r"user:\*\*\*@127.0.0.1.*Connection refused") as caught:
        upgrade("postgresql://user:secret@127.0.0.1:1/shop")
    assert "secret" not in str(caught.value)
