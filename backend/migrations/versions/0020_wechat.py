"""What the WeChat Official Account remembers: its access token, what it may send to whom, calls that wait for words."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "wechat_account",
        sa.Column("app_id", sa.String(40), primary_key=True),
        sa.Column("token", sa.Text, nullable=False, server_default=""),
        sa.Column("token_until", TIME),
        sa.Column("leased_until", TIME),
        sa.Column("answers_only_until", TIME),
    )
    op.create_table(
        "wechat_follower",
        sa.Column("openid", sa.String(120), primary_key=True),
        sa.Column("follows", sa.Boolean, nullable=False),
        sa.Column("left_after_message", sa.Integer, nullable=False),
        sa.Column("message_window_until", TIME),
        sa.Column("left_after_click", sa.Integer, nullable=False),
        sa.Column("click_window_until", TIME),
        sa.CheckConstraint("left_after_message >= 0 AND left_after_click >= 0", name="never_below_zero"),
    )
    op.create_table(
        "wechat_call",
        sa.Column("id", ID, primary_key=True),
        sa.Column("update_key", sa.String(100), nullable=False, unique=True),
        sa.Column("openid", sa.String(120), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("parts", sa.JSON, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
    )
    op.create_index("ix_wechat_call_openid", "wechat_call", ["openid", "id"])


def downgrade() -> None:
    for table in ("wechat_call", "wechat_follower", "wechat_account"):
        op.drop_table(table)
