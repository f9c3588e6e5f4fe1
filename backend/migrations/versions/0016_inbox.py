"""What platforms sent, before anything is made of it; rows of the outbox that are due later."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
ON_ITS_WAY = sa.text("delivery IN ('queued', 'sending')")
UNDONE = sa.text("done_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "platform_update",
        sa.Column("id", ID, primary_key=True),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("channel_user_id", sa.String(120), nullable=False),
        sa.Column("update_key", sa.String(100), nullable=False),
        sa.Column("ranking", ID, nullable=False),
        sa.Column("album", sa.String(100), nullable=False, server_default=""),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("leased_until", TIME),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("done_at", TIME),
        sa.Column("error", sa.Text, nullable=False, server_default=""),
        sa.UniqueConstraint("channel", "update_key"),
    )
    op.create_index(
        "ix_platform_update_undone",
        "platform_update",
        ["channel", "channel_user_id", "ranking"],
        sqlite_where=UNDONE,
        postgresql_where=UNDONE,
    )
    op.create_index("ix_platform_update_done_at", "platform_update", ["done_at"])
    op.add_column("message", sa.Column("due_at", TIME))
    op.create_index(
        "ix_message_on_its_way",
        "message",
        ["conversation_id", "seq"],
        sqlite_where=ON_ITS_WAY,
        postgresql_where=ON_ITS_WAY,
    )


def downgrade() -> None:
    raise NotImplementedError("what customers sent is never thrown away: restore a backup instead")
