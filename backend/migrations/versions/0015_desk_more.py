"""More of the desk: the merchant's own canned replies, how far customers have read, who dealt with an alert."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "own_reply",
        sa.Column("id", ID, primary_key=True),
        sa.Column("title", sa.String(40), nullable=False, unique=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_by", sa.String(60), sa.ForeignKey("staff.name"), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
    )
    op.create_table(
        "customer_read",
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
    )
    op.add_column("staff_alert", sa.Column("seen_by", sa.String(60)))


def downgrade() -> None:
    op.drop_column("staff_alert", "seen_by")
    op.drop_table("customer_read")
    op.drop_table("own_reply")
