"""When a customer shut the chat to us."""

import sqlalchemy as sa
from alembic import op

from backend.adapters.columns import UtcTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("left_at", UtcTime))


def downgrade() -> None:
    with op.batch_alter_table("conversation") as conversation:
        conversation.drop_column("left_at")
