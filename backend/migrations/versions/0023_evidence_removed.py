"""When the file of a piece of evidence was removed; what is kept, by when it was sent."""

import sqlalchemy as sa
from alembic import op

from backend.adapters.columns import UtcTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evidence", sa.Column("removed_at", UtcTime))
    kept = sa.text("removed_at IS NULL")
    op.create_index("ix_evidence_kept", "evidence", ["created_at"], sqlite_where=kept, postgresql_where=kept)


def downgrade() -> None:
    op.drop_index("ix_evidence_kept", "evidence")
    with op.batch_alter_table("evidence") as evidence:
        evidence.drop_column("removed_at")
