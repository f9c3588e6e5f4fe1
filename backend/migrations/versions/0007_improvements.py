"""Improvement actions against repeating causes, and the indexes that reports are counted by."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
INDEXES = {
    "ix_after_sales_case_submitted": ("after_sales_case", ["submitted_at"]),
    "ix_shop_order_placed": ("shop_order", ["placed_at"]),
    "ix_refund_leg_settled": ("refund_leg", ["settled_at"]),
    "ix_extra_settled": ("extra", ["settled_at"]),
    "ix_handoff_requested": ("handoff", ["requested_at"]),
}


def upgrade() -> None:
    op.create_table(
        "improvement_action",
        sa.Column("id", ID, primary_key=True),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("sku", sa.String(80), nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("owner", sa.String(60), nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("opened_by", sa.String(60), nullable=False),
        sa.Column("opened_at", TIME, nullable=False),
        sa.Column("closed_by", sa.String(60)),
        sa.Column("closed_at", TIME),
        sa.Column("outcome", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="closed_after_opened"),
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "uq_one_open_improvement",
        "improvement_action",
        ["reason", "sku"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    for name, (table, columns) in INDEXES.items():
        op.create_index(name, table, columns)
    customers = sa.text("author = 'customer'")
    op.create_index("ix_message_customer", "message", ["at"], sqlite_where=customers, postgresql_where=customers)


def downgrade() -> None:
    op.drop_index("ix_message_customer", "message")
    for name, (table, _columns) in INDEXES.items():
        op.drop_index(name, table)
    op.drop_table("improvement_action")
