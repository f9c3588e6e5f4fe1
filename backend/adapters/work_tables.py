"""Tables for the work on a case: staff, timers, parcels, alerts to staff."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from backend.adapters import complaint_tables  # noqa: F401 - what the foreign keys below name
from backend.adapters.columns import Id, UtcTime
from backend.adapters.tables import metadata

ONE_OWNER = "(case_id IS NULL) <> (complaint_id IS NULL)"
"""A timer is of a case or of a complaint."""

ONE_SUBJECT = (
    "CASE WHEN case_id IS NULL THEN 0 ELSE 1 END + CASE WHEN complaint_id IS NULL THEN 0 ELSE 1 END"
    " + CASE WHEN conversation_id IS NULL THEN 0 ELSE 1 END = 1"
)
"""An alert is about a case, a complaint or a conversation."""

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(60), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("added_at", UtcTime, nullable=False),
)

timer = Table(
    "timer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id")),
    Column("clock", String(60), nullable=False),
    Column("mark", String(16), nullable=False),
    Column("state", String(10), nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("remaining_seconds", Float),
    Column("set_at", UtcTime, nullable=False),
    Column("leased_until", UtcTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("detail", JSON, nullable=False),
    Column("complaint_id", Id, ForeignKey("complaint.id")),
    CheckConstraint(ONE_OWNER, name="one_owner"),
    Index("ix_timer_case", "case_id", "state"),
    Index("ix_timer_complaint", "complaint_id", "state"),
    Index(
        "ix_timer_due",
        "due_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
)

shipment = Table(
    "shipment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), nullable=False, index=True),
    Column("direction", String(12), nullable=False),
    Column("carrier", String(20), nullable=False),
    Column("waybill_no", String(40), nullable=False, index=True),
    Column("actor", String(80), nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(
        "uq_one_case_per_return_waybill",
        "waybill_no",
        unique=True,
        sqlite_where=text("direction = 'return'"),
        postgresql_where=text("direction = 'return'"),
    ),
)

staff_alert = Table(
    "staff_alert",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, ForeignKey("after_sales_case.id"), index=True),
    Column("kind", String(24), nullable=False),
    Column("role", String(16), nullable=False),
    Column("staff_name", String(60)),
    Column("detail", JSON, nullable=False),
    Column("dedupe_key", String(160), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("seen_at", UtcTime),
    Column("complaint_id", Id, ForeignKey("complaint.id"), index=True),
    Column("conversation_id", String(40), ForeignKey("conversation.id"), index=True),
    Column("seen_by", String(60)),
    UniqueConstraint("dedupe_key"),
    CheckConstraint(ONE_SUBJECT, name="one_subject"),
    Index(
        "ix_staff_alert_open",
        "role",
        "id",
        sqlite_where=text("seen_at IS NULL"),
        postgresql_where=text("seen_at IS NULL"),
    ),
)
