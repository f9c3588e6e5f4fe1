"""Ratings of finished cases and conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "rating",
        sa.Column("case_id", ID, sa.ForeignKey("after_sales_case.id"), primary_key=True, autoincrement=False),
        sa.Column("conversation_id", sa.String(40), sa.ForeignKey("conversation.id"), nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("staff_name", sa.String(60)),
        sa.Column("at", TIME, nullable=False),
        sa.CheckConstraint("score >= 1 AND score <= 5", name="score_on_scale"),
    )
    op.create_index("ix_rating_at", "rating", ["at"])


def downgrade() -> None:
    op.drop_table("rating")
