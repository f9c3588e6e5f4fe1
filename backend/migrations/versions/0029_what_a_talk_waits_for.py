"""What a conversation is asked at every message of its customer, however long it is: what is unanswered, what waits."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

UNANSWERED = {"sqlite_where": sa.text("answered = 0"), "postgresql_where": sa.text("NOT answered")}
KEPT_BACK = sa.text("delivery IN ('held', 'unknown')")


def upgrade() -> None:
    op.create_index("ix_message_unanswered_of", "message", ["conversation_id", "seq"], **UNANSWERED)
    op.drop_index("ix_message_unanswered", "message")
    op.create_index(
        "ix_message_kept_back", "message", ["conversation_id"], sqlite_where=KEPT_BACK, postgresql_where=KEPT_BACK
    )


def downgrade() -> None:
    op.create_index("ix_message_unanswered", "message", ["at"], **UNANSWERED)
    for name in ("ix_message_kept_back", "ix_message_unanswered_of"):
        op.drop_index(name, "message")
