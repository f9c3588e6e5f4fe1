"""Alembic's entry point: runs the migrations over the given connection, or over the settings' database."""

from alembic import context
from sqlalchemy.engine import Connection

from backend.adapters.database import Database
from backend.adapters.tables import metadata
from backend.settings import read_settings


def _migrate(connection: Connection) -> None:
    # SQLite's changes of structure can be rolled back too, so a migration is all or nothing on both.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _migrate(given)
else:
    with Database(read_settings().database_url).write() as work:
        _migrate(work.connection)
        work.commit()
