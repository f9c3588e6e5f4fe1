"""Indexes for the desk's queues of cases."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_after_sales_case_queue", "after_sales_case", ["state", "priority", "due_at", "id"])
    op.create_index("ix_after_sales_case_owner", "after_sales_case", ["owner", "state"])
    disputed = sa.text("dispute_open")
    op.create_index(
        "ix_after_sales_case_dispute",
        "after_sales_case",
        ["id"],
        sqlite_where=disputed,
        postgresql_where=disputed,
    )
    told = sa.text("case_id IS NOT NULL")
    op.create_index("ix_message_case", "message", ["case_id"], sqlite_where=told, postgresql_where=told)
    op.create_index("ix_customer_phone_tail", "customer", [sa.text("substr(phone, length(phone) - 3)")])


def downgrade() -> None:
    op.drop_index("ix_customer_phone_tail", "customer")
    op.drop_index("ix_message_case", "message")
    for name in ("dispute", "owner", "queue"):
        op.drop_index(f"ix_after_sales_case_{name}", "after_sales_case")
