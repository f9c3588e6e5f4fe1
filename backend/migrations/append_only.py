"""Triggers that make a table append-only: what was written there stays, whoever asks."""

from alembic import op
from sqlalchemy import inspect


def make_append_only(table: str) -> None:
    """Refuse every UPDATE and DELETE on a table of this migration, in the database itself."""
    if op.get_bind().dialect.name == "sqlite":
        _on_sqlite(table)
    else:
        _on_postgresql(table)


def let_erasures_in(table: str) -> None:
    """Let a transaction that has an erasure `busy` change the column `detail`; all else stays refused."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_refuses_update")
        op.execute(
            f"CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table} WHEN {_changes_more(table)} "
            f"OR NOT EXISTS (SELECT 1 FROM erasure WHERE busy) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return
    op.execute(f"DROP TRIGGER {table}_refuses_change ON {table}")
    refuses = f"FUNCTION {table}_is_append_only()"
    op.execute(
        f"CREATE TRIGGER {table}_refuses_change BEFORE DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE {refuses}"
    )
    op.execute(
        f"CREATE TRIGGER {table}_refuses_update BEFORE UPDATE ON {table} FOR EACH ROW "
        f"WHEN ({_changes_more(table)}) EXECUTE {refuses}"
    )
    op.execute(
        f"CREATE FUNCTION {table}_is_being_erased() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF NOT EXISTS (SELECT 1 FROM erasure WHERE busy) THEN "
        f"RAISE EXCEPTION '{table} is append-only'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_is_erased BEFORE UPDATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_being_erased()"
    )


def drop_let_in(table: str) -> None:
    """Take back what `let_erasures_in` added; the log is append-only as before."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {table}_refuses_update")
        op.execute(f"DROP TRIGGER {table}_refuses_delete")
    else:
        for trigger in ("refuses_change", "refuses_update", "is_erased"):
            op.execute(f"DROP TRIGGER {table}_{trigger} ON {table}")
        for function in ("is_being_erased", "is_append_only"):
            op.execute(f"DROP FUNCTION {table}_{function}()")
    make_append_only(table)


def _changes_more(table: str) -> str:
    """Whether an update would change any column but `detail`."""
    columns = [each["name"] for each in inspect(op.get_bind()).get_columns(table) if each["name"] != "detail"]
    differs = "IS NOT" if op.get_bind().dialect.name == "sqlite" else "IS DISTINCT FROM"
    return "(" + " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in columns) + ")"


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
