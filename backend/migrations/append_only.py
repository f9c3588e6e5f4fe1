"""Triggers that make a table append-only: what was written there stays, whoever asks."""

from alembic import op


def make_append_only(table: str) -> None:
    """Refuse every UPDATE and DELETE on a table of this migration, in the database itself."""
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite(table)
    else:
        _on_postgresql(table)


def drop_append_only(table: str) -> None:
    """Take the function away after the table, and with it its trigger, is dropped."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f"DROP FUNCTION IF EXISTS {table}_is_append_only()")


def _on_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _on_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
    )
