"""Answers to WeChat that nobody heard are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_wechat_call_unheard",
        "wechat_call",
        ["until"],
        sqlite_where=sa.text("handed_over = 0"),
        postgresql_where=sa.text("NOT handed_over"),
    )


def downgrade() -> None:
    op.drop_index("ix_wechat_call_unheard", "wechat_call")
