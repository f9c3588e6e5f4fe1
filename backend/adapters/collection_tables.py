"""The tables of money that customers are asked for. What was paid lies beside the order's payments, in `payment`."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from backend.adapters.columns import Id, UtcTime, log_columns
from backend.adapters.tables import metadata

_LIVE = text("state IN ('OPEN', 'PAID') AND used_at IS NULL")
_DUE = text("due_at IS NOT NULL")

collection = Table(
    "collection",
    metadata,
    Column("id", Id, primary_key=True),
    Column("collection_no", String(40), nullable=False, unique=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("purpose", String(12), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("collector", String(16), nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    Column("opened_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("polls", Integer, nullable=False),
    Column("paid_at", UtcTime),
    Column("method", String(12)),
    Column("provider_no", String(80), nullable=False),
    Column("settled_by", String(80), nullable=False),
    Column("used_at", UtcTime),
    Column("code", String(64), nullable=False),
    UniqueConstraint("case_id", "number"),
    CheckConstraint("amount_fen > 0", name="amount_positive"),
    CheckConstraint(
        "state IN ('OPEN', 'CANCELLED') OR (provider_no <> '' AND paid_at IS NOT NULL AND method IS NOT NULL)",
        name="paid_with_number",
    ),
    Index("uq_one_live_collection", "case_id", "purpose", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    Index("ix_collection_due", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
    Index("ix_collection_collector", "collector", "opened_at"),
)

collection_event = Table(
    "collection_event", metadata, *log_columns("collection_id", "collection"), Column("detail", JSON, nullable=False)
)

APPEND_ONLY = (collection_event,)
"""Like `tables.APPEND_ONLY`: a trigger refuses UPDATE and DELETE."""
