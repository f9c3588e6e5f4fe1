"""The table of improvement actions, and the indexes on other tables that reports are counted by."""

from sqlalchemy import CheckConstraint, Column, Date, Index, String, Table, Text, text

from backend.adapters.columns import Id, UtcTime
from backend.adapters.extra_tables import extra
from backend.adapters.refund_tables import refund_leg
from backend.adapters.tables import after_sales_case, handoff, message, metadata, shop_order

improvement_action = Table(
    "improvement_action",
    metadata,
    Column("id", Id, primary_key=True),
    Column("reason", String(24), nullable=False),
    Column("sku", String(80), nullable=False),
    Column("action", Text, nullable=False),
    Column("owner", String(60), nullable=False),
    Column("due", Date, nullable=False),
    Column("opened_by", String(60), nullable=False),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_by", String(60)),
    Column("closed_at", UtcTime),
    Column("outcome", Text, nullable=False, server_default=""),
    CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closed_after_opened"),
    Index(
        "uq_one_open_improvement",
        "reason",
        "sku",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

Index("ix_after_sales_case_submitted", after_sales_case.c.submitted_at)
Index("ix_shop_order_placed", shop_order.c.placed_at)
Index("ix_refund_leg_settled", refund_leg.c.settled_at)
Index("ix_extra_settled", extra.c.settled_at)
Index("ix_handoff_requested", handoff.c.requested_at)
Index(
    "ix_message_customer",
    message.c.at,
    sqlite_where=text("author = 'customer'"),
    postgresql_where=text("author = 'customer'"),
)
