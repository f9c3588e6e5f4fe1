"""The table of what platforms sent."""

from sqlalchemy import JSON, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

UNDONE = text("done_at IS NULL")

platform_update = Table(
    "platform_update",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("channel_user_id", String(120), nullable=False),
    Column("update_key", String(100), nullable=False),
    Column("ranking", Id, nullable=False),
    Column("album", String(100), nullable=False, server_default=""),
    Column("body", JSON, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("done_at", UtcTime),
    Column("error", Text, nullable=False, server_default=""),
    UniqueConstraint("channel", "update_key"),
    Index(
        "ix_platform_update_undone",
        "channel",
        "channel_user_id",
        "ranking",
        sqlite_where=UNDONE,
        postgresql_where=UNDONE,
    ),
    Index("ix_platform_update_done_at", "done_at"),
)
