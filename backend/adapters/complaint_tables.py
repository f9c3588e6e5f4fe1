"""The tables of complaints, their cases and their log, beside those of `tables`."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

complaint = Table(
    "complaint",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_no", String(20), nullable=False, unique=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), nullable=False, index=True),
    Column("cause", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("stage_since", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("outcome", String(12)),
    Column("ruling_reason", Text),
    Column("ruled_by", String(80)),
    Column("ruled_at", UtcTime),
    Column("ruling_final", Boolean, nullable=False, server_default=text("false")),
    Column("escalated", Boolean, nullable=False, server_default=text("false")),
    Column("sla_breached", Boolean, nullable=False, server_default=text("false")),
    Column("caseless", Boolean, nullable=False),
    CheckConstraint(
        "(outcome IS NULL AND ruling_reason IS NULL) OR (outcome IS NOT NULL AND length(ruling_reason) > 0)",
        name="ruled_with_a_reason",
    ),
    Index("ix_complaint_stage", "stage", "stage_since"),
    Index("ix_complaint_opened", "opened_at"),
    Index(
        "uq_one_open_caseless_complaint",
        "conversation_id",
        "cause",
        unique=True,
        sqlite_where=text("caseless AND stage <> 'CLOSED'"),
        postgresql_where=text("caseless AND stage <> 'CLOSED'"),
    ),
)

complaint_case = Table(
    "complaint_case",
    metadata,
    Column("complaint_id", Id, ForeignKey("complaint.id"), primary_key=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), primary_key=True),
    Column("cause", String(16), nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("ruled_to", String(24)),
    Column("ruled_fen", BigInteger),
    Column("executed", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("ruled_fen IS NULL OR ruled_fen > 0", name="ruled_fen_positive"),
    Index("ix_complaint_case_case", "case_id"),
    Index(
        "uq_one_open_complaint_per_case_and_cause",
        "case_id",
        "cause",
        unique=True,
        sqlite_where=text("is_open"),
        postgresql_where=text("is_open"),
    ),
)

complaint_event = Table(
    "complaint_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint_id", Id, ForeignKey("complaint.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("deed", String(24), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("role", String(16), nullable=False),
    Column("from_stage", String(16)),
    Column("to_stage", String(16), nullable=False),
    Column("detail", JSON, nullable=False),
    UniqueConstraint("complaint_id", "version"),
)

complaint_counter = Table(
    "complaint_counter",
    metadata,
    Column("day", Date, primary_key=True),
    Column("last", Integer, nullable=False),
)

APPEND_ONLY = (complaint_event,)
"""Like `tables.APPEND_ONLY`: a trigger refuses UPDATE and DELETE."""
