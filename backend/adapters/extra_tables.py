"""Tables of what cases give beside their refunds, and of the spot checks of refunds. Money in fen, times in UTC."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from backend.adapters.columns import Id, UtcTime, log_columns
from backend.adapters.tables import metadata

_ONE_FREIGHT = text("purpose = 'freight' AND state <> 'DECLINED'")
_ONE_CAUSE = text("cause <> ''")

extra = Table(
    "extra",
    metadata,
    Column("id", Id, primary_key=True),
    Column("extra_no", String(40), nullable=False, unique=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), nullable=False, index=True),
    Column("purpose", String(16), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("state", String(12), nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("proposed_by", String(80), nullable=False),
    Column("proposed_at", UtcTime, nullable=False),
    Column("reason", String(24)),
    Column("severity", String(12)),
    Column("override", Boolean, nullable=False),
    Column("asked_fen", BigInteger),
    Column("payer", String(12)),
    Column("cause", String(24), nullable=False),
    Column("evidence_id", String(40), ForeignKey("evidence.id")),
    Column("note", Text, nullable=False),
    Column("approved_by", String(80)),
    Column("settled_by", String(80)),
    Column("settled_at", UtcTime),
    Column("voucher", String(80), nullable=False),
    CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
    CheckConstraint("state NOT IN ('APPROVED', 'GIVEN') OR amount_fen > 0", name="approved_is_something"),
    CheckConstraint("state NOT IN ('APPROVED', 'GIVEN') OR approved_by IS NOT NULL", name="approved_by_somebody"),
    CheckConstraint("state <> 'GIVEN' OR voucher <> ''", name="given_with_voucher"),
    Index("uq_one_freight_per_case", "case_id", unique=True, sqlite_where=_ONE_FREIGHT, postgresql_where=_ONE_FREIGHT),
    Index(
        "uq_one_extra_per_cause",
        "case_id",
        "cause",
        unique=True,
        sqlite_where=_ONE_CAUSE,
        postgresql_where=_ONE_CAUSE,
    ),
)

extra_event = Table("extra_event", metadata, *log_columns("extra_id", "extra"), Column("detail", JSON, nullable=False))

spot_check = Table(
    "spot_check",
    metadata,
    Column("refund_no", String(64), ForeignKey("refund_leg.refund_no"), primary_key=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), nullable=False, index=True),
    Column("why", String(12), nullable=False),
    Column("drawn_at", UtcTime, nullable=False),
    Column("checked_by", String(80)),
    Column("checked_at", UtcTime),
    Column("found", String(12)),
    Column("note", Text, nullable=False),
    CheckConstraint("(checked_by IS NULL) = (found IS NULL)", name="found_by_somebody"),
    Index(
        "ix_spot_check_open",
        "drawn_at",
        sqlite_where=text("checked_by IS NULL"),
        postgresql_where=text("checked_by IS NULL"),
    ),
)

APPEND_ONLY = (extra_event,)
"""Like `tables.APPEND_ONLY`: a trigger refuses UPDATE and DELETE."""
