"""How far each WeCom customer-service account has been read; whether an answer to WeChat was handed over."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wecom_cursor",
        sa.Column("open_kfid", sa.String(64), primary_key=True),
        sa.Column("cursor", sa.String(100), nullable=False),
    )
    op.add_column("wechat_call", sa.Column("handed_over", sa.Boolean, nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("wechat_call", "handed_over")
    op.drop_table("wecom_cursor")
