"""The tables of money that goes back, beside those of `tables`. A reservation lies on `payment.reserved_fen`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from backend.adapters.columns import Id, UtcTime, log_columns
from backend.adapters.tables import metadata

refund_leg = Table(
    "refund_leg",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), nullable=False),
    Column("refund_no", String(64), nullable=False, unique=True),
    Column("leg_no", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("order_no", String(40), nullable=False),
    Column("method", String(12), nullable=False),
    Column("payment_no", String(80), nullable=False),
    Column("gateway", String(16), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("paid_fen", BigInteger, nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("planned_at", UtcTime, nullable=False),
    Column("due_at", UtcTime),
    Column("sent_at", UtcTime),
    Column("settled_at", UtcTime),
    Column("sends", Integer, nullable=False),
    Column("polls", Integer, nullable=False),
    Column("provider_no", String(80), nullable=False),
    Column("account", String(80), nullable=False),
    Column("code", String(64), nullable=False),
    Column("refused", Boolean, nullable=False),
    Column("finish", Boolean, nullable=False),
    Column("beside", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("case_id", "leg_no", "attempt"),
    ForeignKeyConstraint(
        ["order_no", "method", "payment_no"], ["payment.order_no", "payment.method", "payment.payment_no"]
    ),
    CheckConstraint("amount_fen > 0 AND amount_fen <= paid_fen", name="amount_within_paid"),
    Index(
        "ix_refund_leg_due",
        "due_at",
        sqlite_where=text("due_at IS NOT NULL"),
        postgresql_where=text("due_at IS NOT NULL"),
    ),
    Index("ix_refund_leg_payment", "order_no", "method", "payment_no"),
    Index("ix_refund_leg_gateway", "gateway", "planned_at"),
    Index("ix_refund_leg_state", "state", "id"),
)

refund_leg_event = Table(
    "refund_leg_event", metadata, *log_columns("leg_id", "refund_leg"), Column("code", String(64), nullable=False)
)

gateway_notification = Table(
    "gateway_notification",
    metadata,
    Column("gateway", String(16), primary_key=True),
    Column("notification_id", String(80), primary_key=True),
    Column("at", UtcTime, nullable=False),
)

APPEND_ONLY = (refund_leg_event,)
"""Like `tables.APPEND_ONLY`: a trigger refuses UPDATE and DELETE."""
