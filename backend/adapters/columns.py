"""Kinds of columns that the tables share."""

from datetime import datetime, timezone
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.sql.schema import SchemaItem
from sqlalchemy.types import TypeDecorator

Id = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only what it calls INTEGER."""


class UtcTime(TypeDecorator[datetime]):  # type: ignore[misc]
    """An aware time, stored in UTC. Refuses a naive one, so that no zone is ever guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value!r}")
        utc = value.astimezone(timezone.utc)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def log_columns(name: str, of: str) -> tuple[SchemaItem, ...]:
    """What a log says of every version of a row: `name` is the column that refers to the row, `of` the table of it."""
    return (
        Column("id", Id, primary_key=True),
        Column(name, Id, ForeignKey(f"{of}.id"), nullable=False),
        Column("version", Integer, nullable=False),
        Column("at", UtcTime, nullable=False),
        Column("actor", String(80), nullable=False),
        Column("state", String(12), nullable=False),
        UniqueConstraint(name, "version"),
    )
