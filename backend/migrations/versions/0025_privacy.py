"""Erasures of personal data, which conversations they closed, and how far transcripts were removed by their age."""

import sqlalchemy as sa
from alembic import op

from backend.adapters.columns import Id, UtcTime
from backend.migrations.append_only import drop_let_in, let_erasures_in

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

LOGS = ("case_event", "collection_event", "complaint_event", "extra_event")


def upgrade() -> None:
    undone = sa.text("files_gone_at IS NULL")
    op.create_table(
        "erasure",
        sa.Column("customer_id", Id, sa.ForeignKey("customer.id"), primary_key=True),
        sa.Column("asked_by", sa.String(60), nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("files_gone_at", UtcTime),
        sa.Column("busy", sa.Boolean, nullable=False, server_default=sa.text("false")),
    )
    op.create_index("ix_erasure_undone", "erasure", ["at"], sqlite_where=undone, postgresql_where=undone)
    op.add_column("conversation", sa.Column("erased_at", UtcTime))
    op.add_column("conversation", sa.Column("forgotten_seq", sa.Integer, nullable=False, server_default="0"))
    for table in LOGS:
        let_erasures_in(table)


def downgrade() -> None:
    for table in LOGS:
        drop_let_in(table)
    with op.batch_alter_table("conversation") as conversation:
        conversation.drop_column("forgotten_seq")
        conversation.drop_column("erased_at")
    op.drop_table("erasure")
