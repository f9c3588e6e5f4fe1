"""Complaints by when they were opened, for reports."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_complaint_opened", "complaint", ["opened_at"])


def downgrade() -> None:
    op.drop_index("ix_complaint_opened", "complaint")
